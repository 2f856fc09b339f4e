"""The window of studies without a mouse: Tab leads to every control, each has a name, and focus is to be seen."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QLineEdit,
    QPlainTextEdit,
    QScrollBar,
    QWidget,
)  # fmt: skip
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.studies.study_table import STUDIES
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.studies.window import StudiesWindow
from tests.ui.window.test_keyboard import CONTROLS, walk, words

EDITED = (*CONTROLS, QLineEdit, QPlainTextEdit, QAbstractItemView)


@pytest.fixture(params=["light", "dark"])
def window(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[StudiesWindow]:
    main = QWidget()
    qtbot.addWidget(main)
    found = StudiesWindow(Lab(Experiment(), lambda _command: None), Theme(request.param), main)
    found.resize(1366, 768)
    found.open()
    qtbot.waitUntil(found.isActiveWindow)
    blink = QApplication.cursorFlashTime()
    QApplication.setCursorFlashTime(0)
    yield found
    QApplication.setCursorFlashTime(blink)
    found.close()


def controls(window: StudiesWindow) -> list[QWidget]:
    return [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, EDITED) and not isinstance(widget, QScrollBar) and widget.isVisibleTo(window)
        # The button that empties a line, which the keys of the line do too.
        if not (isinstance(widget, QAbstractButton) and isinstance(widget.parent(), QLineEdit))
    ]


@pytest.mark.parametrize("key", ["slope", "sweep"])
def test_tab_leads_to_every_control_and_focus_is_seen(qtbot: QtBot, window: StudiesWindow, key: str) -> None:
    window.choose(key)
    seen, unseen = walk(qtbot, window)
    wanted = [widget for widget in controls(window) if widget.isEnabled()]
    assert len(wanted) >= 11
    assert [words(widget) for widget in wanted if widget not in seen] == []
    assert unseen == []


def test_every_control_has_a_name_and_says_what_it_is_for(window: StudiesWindow) -> None:
    for key in STUDIES:
        window.choose(key)
        for widget in controls(window):
            named = widget.accessibleName() or (isinstance(widget, QAbstractButton) and widget.text())
            assert named, f"{type(widget).__name__} in {type(widget.parent()).__name__}"
            assert widget.toolTip() or isinstance(widget, QAbstractItemView), words(widget)
