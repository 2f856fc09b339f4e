"""Without a mouse: Tab leads to every control, and the one it has come to is to be seen."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractSlider,
    QAbstractSpinBox,
    QApplication,
    QComboBox,
    QLineEdit,
    QScrollBar,
    QToolButton,
    QWidget,
)
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.window.main_window import MainWindow
from tests.ui.frames import make_frame

MOST = 300
AROUND = 4
CONTROLS = (QAbstractButton, QAbstractSlider, QAbstractSpinBox, QComboBox)


@pytest.fixture(params=["light", "dark"])
def window(qtbot: QtBot, request: pytest.FixtureRequest) -> Iterator[MainWindow]:
    lab = Lab(Experiment(), lambda _command: None)
    window = MainWindow(lab, Theme(request.param), Preferences(theme=request.param))
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    lab.show(make_frame(Experiment(), 5, ("gradient_flow", "stuck_units", "diagnosis")))
    # A text cursor that blinks is no focus that can be seen in a picture.
    blink = QApplication.cursorFlashTime()
    QApplication.setCursorFlashTime(0)
    yield window
    QApplication.setCursorFlashTime(blink)
    window.close()


def picture(window: MainWindow, place: QRect) -> np.ndarray:
    assert not place.isEmpty(), "what has the focus is out of sight"
    image = window.grab(place).toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits(), dtype=np.uint8, copy=True)


def place_of(widget: QWidget, window: MainWindow) -> QRect:
    place = QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())
    return place.adjusted(-AROUND, -AROUND, AROUND, AROUND) & window.rect()


def walk(qtbot: QtBot, window: MainWindow) -> tuple[list[QWidget], list[str]]:
    """Press Tab once round; return where it leads, and where nothing shows it."""
    seen: list[QWidget] = []
    unseen: list[str] = []
    for _ in range(MOST):
        before = QApplication.focusWidget()
        assert before is not None
        qtbot.keyClick(before, Qt.Key.Key_Tab)
        after = QApplication.focusWidget()
        assert after is not None
        assert after is not before, f"Tab does not leave {words(before)}"
        if after in seen:
            return seen, unseen
        seen.append(after)
        if after is not window:
            place = place_of(after, window)
            assert not place.isEmpty(), f"{words(after)} is out of sight"
            focused = picture(window, place)
            after.clearFocus()
            if np.array_equal(focused, picture(window, place)):
                unseen.append(words(after))
            after.setFocus(Qt.FocusReason.TabFocusReason)
    raise AssertionError("Tab does not come round")


def words(widget: QWidget) -> str:
    name = widget.accessibleName() or (widget.text() if isinstance(widget, QAbstractButton) else "")
    return f"{type(widget).__name__} «{name}» in {type(widget.parent()).__name__}"


def is_group_member(widget: QWidget) -> bool:
    """Return whether Tab leads to another of the same group, and the arrows from there."""
    group = widget.group() if isinstance(widget, QAbstractButton) else None
    return group is not None and group.exclusive() and not widget.isChecked()  # type: ignore[attr-defined]


def test_tab_leads_to_every_control_and_focus_is_seen(qtbot: QtBot, window: MainWindow) -> None:
    seen, unseen = walk(qtbot, window)
    wanted = [
        widget
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and not isinstance(widget, QScrollBar)
        if widget.isVisibleTo(window) and widget.isEnabled() and not is_group_member(widget)
        # The arrows of a tab bar that is too narrow for its tabs: the tabs are reached by the arrow keys.
        if not (isinstance(widget, QToolButton) and type(widget.parent()).__name__ == "QTabBar")
    ]
    assert len(wanted) > 60
    assert [words(widget) for widget in wanted if widget not in seen] == []
    assert unseen == []


def test_every_control_has_a_name(window: MainWindow) -> None:
    nameless = [
        f"{type(widget).__name__} in {type(widget.parent()).__name__}"
        for widget in window.findChildren(QWidget)
        if isinstance(widget, CONTROLS) and not isinstance(widget, QScrollBar)
        if not widget.accessibleName() and not (isinstance(widget, QAbstractButton) and widget.text())
        if not isinstance(widget.parent(), QComboBox) and type(widget.parent()).__name__ != "QTabBar"
    ]
    assert nameless == []
    free = [edit for edit in window.findChildren(QLineEdit) if not isinstance(edit.parent(), CONTROLS)]
    assert [edit for edit in free if not edit.accessibleName()] == []
