"""Opening the dialog from the window."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from stepviz.runtime.commands import Command, Pause, Play, TakeSession
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.network_diagram.panel import NetworkDiagramPanel
from stepviz.ui.window.main_window import MainWindow
from tests.ui.built_panels import look, network


class Opened:
    """A main window over a run that rests."""

    def __init__(self) -> None:
        self.run, self.sent = Run(replace(network(3), precision="float64")), []
        self.window = MainWindow(
            Lab(self.run.trainer.experiment, self.answer), Theme("dark"), Preferences(theme="dark")
        )
        self.window.resize(1366, 768)
        self.window.show()
        self.window.lab.show(look(self.run, ("trace", "parameter_gradient", "stuck_units", "unit_maps")))

    def answer(self, command: Command) -> None:
        self.sent.append(command)
        if isinstance(command, TakeSession):
            command.give(self.run.session())


@pytest.fixture
def opened(qtbot: QtBot) -> Iterator[Opened]:
    opened = Opened()
    yield opened
    opened.window.close()


def open_dialog(opened: Opened) -> None:
    menu = opened.window.menus.menus["Lab"]
    next(action for action in menu.actions() if "One step" in action.text()).trigger()


def test_the_run_rests_and_the_drawing_marks_the_parameter(opened: Opened) -> None:
    open_dialog(opened)
    step = opened.window.one_step
    assert step is not None
    assert step.dialog is not None
    assert step.dialog.isVisible()
    assert any(isinstance(command, Pause) for command in opened.sent)
    step.dialog.unit.setValue(3)
    panel = opened.window.panel_docks["network_diagram"].panel
    assert isinstance(panel, NetworkDiagramPanel)
    assert panel.canvas.selected == 2
    assert step.dialog.stages is not None
    assert step.dialog.stages.index == 2
    step.dialog.close()
    assert not step.dialog.isVisible()
    assert not any(isinstance(command, Play) for command in opened.sent), "a run that was paused stays so"


def test_it_is_one_dialog_and_goes_with_the_window(opened: Opened) -> None:
    open_dialog(opened)
    step = opened.window.one_step
    assert step is not None
    dialog = step.dialog
    open_dialog(opened)
    assert step.dialog is dialog
    opened.window.close()
    assert dialog is not None
    assert not dialog.isVisible()
