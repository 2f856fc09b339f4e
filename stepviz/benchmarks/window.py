"""How well the window and the training share this machine: frames, gaps, steps, and the time to the first frame."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from statistics import median

import numpy as np
from PySide6.QtCore import QEventLoop, QTimer

from stepviz.app import SWITCH_INTERVAL, LiveLab, application
from stepviz.engine.common.arrays import Array
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.instruments import HIDDEN_AT_FIRST
from stepviz.runtime.commands import Pause, Play, SetSpeed
from stepviz.ui.core.preferences import Preferences

# The speed of a machine that others share changes by the second: each round is compared with what is done alone
# just before it, in the same process.
ROUNDS = 8
WARM_UP_MS, SETTLE_MS, MEASURED_MS = 3000, 300, 1500
ALONE = 0.4
STARTS = 7

# A window with one plot and nothing else; prints the seconds from the start of the process to its first frame.
_FIRST_FRAME = """
import sys, time
began = float(sys.argv[1])
from PySide6.QtCore import QEvent, QObject, QTimer
class FirstFrame(QObject):
    def eventFilter(self, watched, event):
        if event.type() in (QEvent.Type.UpdateRequest, QEvent.Type.Paint):
            QTimer.singleShot(0, self.done)
        return False
    def done(self):
        print(time.time() - began, flush=True)
        import os
        os._exit(0)
"""
BARE = (
    _FIRST_FRAME
    + """
import numpy, pyqtgraph
from PySide6.QtWidgets import QApplication, QMainWindow
app = QApplication([])
window = QMainWindow()
plot = pyqtgraph.PlotWidget()
plot.plot(numpy.zeros(100))
window.setCentralWidget(plot)
window.resize(1366, 768)
watch = FirstFrame()
window.installEventFilter(watch)
window.show()
app.exec()
"""
)
OURS = (
    _FIRST_FRAME
    + """
from stepviz.app import LiveLab, application
from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.preferences import Preferences
app = application()
lab = LiveLab(Experiment(), Preferences())
watch = FirstFrame()
lab.window.installEventFilter(watch)
lab.start()
app.exec()
"""
)


@dataclass(frozen=True, slots=True)
class Shared:
    """What was measured over some seconds at full speed with every instrument of the first start visible.

    ``frames`` painted per second, ``gap`` the 99th percentile of the time between two of them in seconds, ``share``
    of the training speed without a window that was left, ``surfaces`` loss surfaces per second.
    """

    frames: float
    gap: float
    share: float
    surfaces: float


def shared(experiment: Experiment | None = None, everything: bool = False) -> Shared:
    """Measure the live lab; with ``everything`` all instruments that there are, also those hidden at first."""
    qt = application()
    interval = sys.getswitchinterval()
    sys.setswitchinterval(SWITCH_INTERVAL)
    experiment = experiment or Experiment()
    lab = LiveLab(experiment, Preferences())
    seen: list[object] = []

    def note(frame: object) -> None:
        from stepviz.probes.loss_surface import LossSurface
        from stepviz.runtime.frame import Frame

        assert isinstance(frame, Frame)
        reading = frame.reading(LossSurface)
        if reading is not None and (not seen or seen[-1] is not reading):
            seen.append(reading)

    try:
        lab.window.resize(1366, 768)
        if everything:
            # Behind tabs they would not be painted.
            for name in HIDDEN_AT_FIRST:
                dock = lab.window.panel_docks[name]
                dock.setFloating(True)
                dock.resize(440, 320)
                dock.show()
        lab.start()
        lab.lab.send(SetSpeed(None))
        _turn(WARM_UP_MS)
        lab.lab.frame_shown.connect(note)
        trainer = Trainer(experiment)
        rounds = [_round(lab, trainer, seen) for _ in range(ROUNDS)]
    finally:
        lab.window.close()
        lab.stop()
        qt.processEvents()
        sys.setswitchinterval(interval)
    gaps = np.concatenate([found.gaps for found in rounds])
    return Shared(
        1.0 / float(gaps.mean()),
        float(np.percentile(gaps, 99)),
        median(found.share for found in rounds),
        sum(found.surfaces for found in rounds) / sum(found.seconds for found in rounds),
    )


@dataclass(frozen=True, slots=True)
class Round:
    """Seconds measured, the gaps between frames (s), the share of the speed alone, and the surfaces that came."""

    seconds: float
    gaps: Array
    share: float
    surfaces: int


def _round(lab: LiveLab, trainer: Trainer, seen: list[object]) -> Round:
    lab.lab.send(Pause())
    _turn(SETTLE_MS)
    alone = _rate(trainer)
    lab.lab.send(Play())
    _turn(SETTLE_MS)
    lab.clock.forget_gaps()
    seen.clear()
    first, began = lab.lab.frame, time.perf_counter()
    _turn(MEASURED_MS)
    last, seconds = lab.lab.frame, time.perf_counter() - began
    assert first is not None
    assert last is not None
    return Round(seconds, np.array(lab.clock.frame_gaps), (last.step - first.step) / seconds / alone, len(seen))


def first_frames() -> tuple[float, float]:
    """Return the median seconds from process start to the first frame, of the lab and of a bare window, in turns."""
    times: tuple[list[float], list[float]] = ([], [])
    with tempfile.TemporaryDirectory() as folder:
        # An installed program is compiled: both are, by their first start, which does not count.
        environment = {**os.environ, "PYTHONPYCACHEPREFIX": folder}
        environment.pop("PYTHONDONTWRITEBYTECODE", None)
        for start in range(STARTS + 1):
            for code, record in zip((OURS, BARE), times, strict=True):
                command = [sys.executable, "-c", code, str(time.time())]
                answer = subprocess.run(
                    command, capture_output=True, text=True, check=True, timeout=30, env=environment
                )
                if start:
                    record.append(float(answer.stdout.split()[-1]))
    return median(times[0]), median(times[1])


def main() -> int:
    """Print what was measured beside its goal; return 1 where one is missed."""
    found, all_open = shared(), shared(everything=True)
    rows = [
        ("frames a second, all first instruments, full speed", found.frames, "at least", 55.0, found.frames >= 55.0),
        ("99th percentile between two frames, ms", 1e3 * found.gap, "at most", 25.0, found.gap <= 0.025),
        ("the same with every instrument open, ms", 1e3 * all_open.gap, "at most", 25.0, all_open.gap <= 0.025),
        ("training speed kept beside the window, %", 100 * found.share, "at least", 60.0, found.share >= 0.6),
        ("loss surfaces a second", found.surfaces, "at least", 10.0, found.surfaces >= 10.0),
    ]
    # A program of its own has no Python to start another window with.
    if not getattr(sys, "frozen", False):
        ours, bare = first_frames()
        rows.append(("first frame, times that of a bare window", ours / bare, "at most", 2.0, ours / bare <= 2.0))
    for name, value, word, goal, holds in rows:
        print(f"{name:52} {value:8.2f}   {word} {goal:g} {'✓' if holds else '✗'}")
    return 0 if all(row[-1] for row in rows) else 1


def _rate(trainer: Trainer) -> float:
    began, steps = time.perf_counter(), 0
    while time.perf_counter() < began + ALONE:
        steps += trainer.step(100)
    return steps / (time.perf_counter() - began)


def _turn(milliseconds: int) -> None:
    loop = QEventLoop()
    QTimer.singleShot(milliseconds, loop.quit)
    loop.exec()
