"""The lab as it runs for a person: a window, and a run that goes on."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.preferences import Preferences

# Milliseconds that a loaded machine may take.
PATIENCE = 10_000


def open_lab(qtbot: QtBot, experiment: Experiment | None = None, preferences: Preferences | None = None) -> LiveLab:
    """Return the lab with its window in front and the first steps done; close the window in the end."""
    live = LiveLab(experiment or Experiment(seed=1), preferences or Preferences(theme="light"))
    live.start()
    live.window.activateWindow()
    qtbot.waitUntil(live.window.isActiveWindow)
    wait_for_step(qtbot, live, 1)
    return live


def wait_for_step(qtbot: QtBot, live: LiveLab, step: int) -> None:
    """Wait until the window has a frame of this step or a later one."""
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step >= step, timeout=PATIENCE)
