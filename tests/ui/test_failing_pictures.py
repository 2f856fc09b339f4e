"""Pictures that fail, several at once: told as any other error, and the window goes on."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

# A crash would take the tests with it.
PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtGui import QFontMetricsF
from stepviz import app
from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.plotting.activation_plot import CurveView
from stepviz.ui.instruments.gradient_flow.chart import FlowChart
from stepviz.ui.race.opening import RaceWindow
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.text.throttled_label import SlowLabel
from stepviz.ui.plotting.unit_grid import UnitGrid

def fail(widget, _event):
    QFontMetricsF(widget.font())
    raise ZeroDivisionError(widget.width())

for kind in (CurveView, FlowChart, SlowLabel, UnitGrid):
    kind.paintEvent = fail
qt = app.application()
told = []
sys.excepthook = lambda kind, error, trace: told.append(kind)
live = app.LiveLab(Experiment(), Preferences(theme="light"))
window = live.window
window.closing.connect(qt.quit)
live.start()
if "race" in sys.argv:
    window.menus.open_race()
    window = window.menus.races.window
updates = QTimer()
updates.timeout.connect(window.update)
updates.start(10)
QTimer.singleShot(1500, live.window.close)
qt.exec()
live.stop()
print("ZeroDivisionError" if ZeroDivisionError in told else told)
"""


@pytest.mark.parametrize("which", ["lab", "race"])
def test_pictures_that_fail_do_not_end_the_process(which: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"if __name__ == '__main__':\n    exec({PROGRAM!r})", which],
        env=os.environ | {"PYTHONPATH": os.pathsep.join(sys.path), "QT_QPA_PLATFORM": "offscreen"},
        capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-2000:]
    assert done.stdout.split() == ["ZeroDivisionError"]
