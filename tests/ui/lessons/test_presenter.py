"""On stage and back, by the keys of a lecturer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Command, StepBack
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme, scaled
from stepviz.ui.lessons.presenter import stage_type
from stepviz.ui.window.main_window import MainWindow
from tests.ui.frames import make_frame


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def window(qtbot: QtBot, sent: list[Command]) -> Iterator[MainWindow]:
    lab = Lab(Experiment(), sent.append)
    window = MainWindow(lab, Theme("light"), Preferences(theme="light"))
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    lab.show(make_frame(Experiment(), 5, ("gradient_flow", "stuck_units", "diagnosis")))
    yield window
    window.close()
    assert QApplication.overrideCursor() is None
    assert scaled(100) == 100


def test_f5_goes_on_stage_and_escape_comes_back(qtbot: QtBot, window: MainWindow) -> None:
    screen = window.screen().size()
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.presenter.on_stage
    assert window.isFullScreen()
    assert not window.editor_dock.isVisible()
    assert not window.transport.isVisible()
    assert scaled(100) == round(100 * stage_type(screen.width(), screen.height(), 1.0))
    assert window.status.sentence.scale == 1.5
    assert QApplication.overrideCursor() is not None
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.presenter.on_stage
    assert not window.isFullScreen()
    assert window.editor_dock.isVisible()
    assert window.transport.isVisible()


def test_type_takes_the_same_share_of_any_projector() -> None:
    assert stage_type(1366, 768, 1.0) == 1.25
    assert stage_type(1024, 768, 1.0) == pytest.approx(1.25 * 1024 / 1366)
    assert stage_type(3840, 2160, 1.0) == 2.5
    assert stage_type(640, 360, 1.0) == 0.8
    assert stage_type(1024, 768, 1.4) == 1.4


def test_on_stage_the_keys_of_the_lab_still_work(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    qtbot.keyClick(window, Qt.Key.Key_1)
    assert window.lab.experiment.layers[0].activation.name == "step"


def test_b_goes_dark_and_any_key_comes_back(qtbot: QtBot, window: MainWindow, sent: list[Command]) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    for dark, light in ((Qt.Key.Key_B, Qt.Key.Key_B), (Qt.Key.Key_Period, Qt.Key.Key_Space)):
        qtbot.keyClick(window, dark)
        assert window.presenter.curtain.isVisible()
        window.resize(window.width() + 40, window.height() + 20)
        assert window.presenter.curtain.geometry() == window.rect()
        qtbot.keyClick(window, light)
        assert not window.presenter.curtain.isVisible()
    qtbot.keyClick(window, Qt.Key.Key_B)
    qtbot.mouseClick(window.presenter.curtain, Qt.MouseButton.LeftButton)
    assert not window.presenter.curtain.isVisible()
    assert StepBack() not in sent


def test_off_stage_b_is_one_step_back(qtbot: QtBot, window: MainWindow, sent: list[Command]) -> None:
    qtbot.keyClick(window, Qt.Key.Key_B)
    assert not window.presenter.curtain.isVisible()
    assert StepBack() in sent


def test_escape_first_puts_an_enlarged_instrument_back(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    window.layout_of_docks.enlarge(window.panel_docks["loss"])
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert window.layout_of_docks.enlarged is None
    assert window.presenter.on_stage
    assert not window.editor_dock.isVisible()
