"""What does the updates is chosen in the Run menu, sent to the worker, and remembered."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Command, UseStepper
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences, load, save
from stepviz.ui.core.theme import Theme
from stepviz.ui.window.main_window import MainWindow
from tests.ui.frames import make_frame


def test_the_choice_is_sent_and_remembered(qtbot: QtBot, tmp_path: Path) -> None:
    sent: list[Command] = []
    window = MainWindow(Lab(Experiment(), sent.append), Theme("light"), Preferences(theme="light"))
    try:
        menu = next(action.menu() for action in window.menus.menus["Run"].actions() if action.menu())
        menu.aboutToShow.emit()
        auto, numpy = (action for action in menu.actions() if action.isCheckable())
        assert auto.isChecked()
        numpy.trigger()
        assert sent[-1] == UseStepper("numpy")
        save(tmp_path / "settings.json", window.remember())
        assert load(tmp_path / "settings.json").stepper == "numpy"
    finally:
        window.close()


def test_the_menu_says_what_does_the_updates_now(qtbot: QtBot) -> None:
    lab = Lab(Experiment(), lambda _command: None)
    window = MainWindow(lab, Theme("light"), Preferences(theme="light"))
    try:
        menu = next(action.menu() for action in window.menus.menus["Run"].actions() if action.menu())
        lab.show(replace(make_frame(Experiment(), probes=()), stepper="compiled"))
        menu.aboutToShow.emit()
        told = menu.actions()[-1]
        assert told.text() == "Now: the compiled step"
        assert "Chosen for this machine" in told.toolTip()
    finally:
        window.close()
