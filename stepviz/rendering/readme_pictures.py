"""Pictures of the running lab and of each instrument: what the README shows is made by the program itself."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from pathlib import Path

import msgspec
from PySide6.QtCore import QCoreApplication, QEventLoop
from PySide6.QtWidgets import QWidget

from stepviz.app import SWITCH_INTERVAL, LiveLab, application
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.instruments import HIDDEN_AT_FIRST, INSTRUMENTS
from stepviz.probes.loss_surface import LossSurface
from stepviz.probes.stuck_units import StuckUnits
from stepviz.runtime.commands import Pause, SetSpeed
from stepviz.runtime.frame import Frame
from stepviz.ui.core.preferences import Preferences

WHOLE = (1600, 900)
LEARNED = 600
STUCK = 600
RACE_SEEDS = 8
COLOURS = 256
PATIENCE = 60.0
# Text is refreshed a few times a second: a picture waits for it.
SETTLE = 1.2


def tour(folder: Path) -> list[Path]:
    """Leave pictures of the lab, light and dark, learning and stuck, and of every instrument; return their paths.

    Raises OSError for a folder that cannot be written to.
    """
    folder.mkdir(parents=True, exist_ok=True)
    qt = application()
    sys.setswitchinterval(SWITCH_INTERVAL)
    made: list[Path] = []
    for theme in ("dark", "light"):
        live = LiveLab(Experiment(), msgspec.structs.replace(Preferences(), theme=theme, hint_done=True))
        try:
            made += _visit(live, folder, theme)
        finally:
            live.window.close()
            live.stop()
            qt.processEvents()
    return made


def _visit(live: LiveLab, folder: Path, theme: str) -> list[Path]:
    window = live.window
    window.resize(*WHOLE)
    live.start()
    live.lab.send(SetSpeed(400.0))
    made = []
    _until(live, lambda frame: frame.step >= LEARNED and frame.reading(LossSurface) is not None)
    _settle()
    made.append(_save(window, folder / f"lab-tanh-{theme}.png"))
    live.lab.change(with_activation(live.lab.experiment, "step"), "Switch to step")
    switched = live.lab.frame.step if live.lab.frame is not None else 0
    _until(live, lambda frame: frame.step >= switched + STUCK and _all_stuck(frame))
    live.lab.send(Pause())
    _settle()
    made.append(_save(window, folder / f"lab-step-{theme}.png"))
    if theme == "dark":
        for name in HIDDEN_AT_FIRST:
            window.panel_docks[name].show()
            window.panel_docks[name].raise_()
            _settle()
        for name in INSTRUMENTS:
            dock = window.panel_docks[name]
            dock.show()
            dock.raise_()
            dock.setFloating(True)
            dock.resize(760, 460)
            _settle()
            made.append(_save(dock, folder / f"{name}.png"))
            dock.setFloating(False)
    made.append(_race(live, folder / f"race-{theme}.png"))
    return made


def _race(live: LiveLab, path: Path) -> Path:
    """Leave a picture of a race that is over."""
    live.window.races.open()
    races = live.window.races
    assert races is not None
    assert races.window is not None
    window = races.window
    window.resize(*WHOLE)
    window.bar.speed.setValue(window.bar.speed.maximum())
    window.chooser.seeds.setValue(RACE_SEEDS)
    window.chooser.steps.setValue(LEARNED)
    _wait(lambda: window.frame is not None)
    window.bar.play.trigger()
    _wait(lambda: window.frame is not None and window.frame.done and not window.frame.running)
    _settle()
    _save(window, path)
    window.close()
    return path


def _all_stuck(frame: Frame) -> bool:
    units = frame.reading(StuckUnits)
    return units is not None and units.stuck == units.total


def _until(live: LiveLab, condition: Callable[[Frame], bool]) -> None:
    _wait(lambda: live.lab.frame is not None and condition(live.lab.frame))


def _wait(condition: Callable[[], bool]) -> None:
    ends = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > ends:
            raise InputError("the tour", "a run that does not get on", f"what it waits for within {PATIENCE:g} s")
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 50)


def _settle() -> None:
    ends = time.monotonic() + SETTLE
    while time.monotonic() < ends:
        QCoreApplication.processEvents(QEventLoop.ProcessEventsFlag.AllEvents, 20)


def _save(widget: QWidget, path: Path) -> Path:
    if not widget.grab().save(str(path)):
        raise OSError(f"{path}: the picture cannot be written")
    _shrink(path)
    return path


def _shrink(path: Path) -> None:
    """Write a picture again with 256 colours: a third of the size, and the guide carries all of them."""
    from PIL import Image

    with Image.open(path) as picture:
        shrunk = picture.convert("RGB").quantize(COLOURS, Image.Quantize.MEDIANCUT, dither=Image.Dither.NONE)
    shrunk.save(path, optimize=True)
