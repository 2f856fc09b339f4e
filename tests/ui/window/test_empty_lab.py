"""A lab whose instruments were all closed says how to get one back."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.instruments import SHOWN_AT_FIRST
from tests.ui.live import PATIENCE


def close_all(qtbot: QtBot, live: LiveLab) -> None:
    for name in SHOWN_AT_FIRST:
        qtbot.mouseClick(live.window.panel_docks[name].bar.hide_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(live.window.empty_lab.isVisible, timeout=PATIENCE)


@pytest.mark.parametrize("editor", [True, False])
def test_the_last_instrument_comes_back(qtbot: QtBot, live: LiveLab, editor: bool) -> None:
    window = live.window
    assert not window.empty_lab.isVisible()
    window.editor_dock.setVisible(editor)
    close_all(qtbot, live)
    qtbot.waitUntil(lambda: window.empty_lab.width() > 300, timeout=PATIENCE)
    last = SHOWN_AT_FIRST[-1]
    assert window.panel_docks[last].instrument.title in window.empty_lab.last_button.text()
    qtbot.mouseClick(window.empty_lab.last_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.panel_docks[last].isVisible() and not window.empty_lab.isVisible(), timeout=PATIENCE)


def test_all_instruments_come_back_as_at_first(qtbot: QtBot, live: LiveLab) -> None:
    close_all(qtbot, live)
    qtbot.mouseClick(live.window.empty_lab.all_button, Qt.MouseButton.LeftButton)
    docks = live.window.panel_docks
    qtbot.waitUntil(lambda: all(docks[name].isVisible() for name in SHOWN_AT_FIRST), timeout=PATIENCE)
    qtbot.waitUntil(lambda: not live.window.empty_lab.isVisible(), timeout=PATIENCE)


def test_an_instrument_afloat_or_behind_a_tab_is_one(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    window.panel_docks["loss"].setFloating(True)
    for name in SHOWN_AT_FIRST:
        if name != "loss":
            window.panel_docks[name].close()
    window.empty_lab.look()
    assert not window.empty_lab.isVisible()
    window.panel_docks["loss"].setFloating(False)
