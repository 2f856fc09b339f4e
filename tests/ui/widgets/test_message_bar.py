"""The message bar."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDockWidget, QLabel, QMainWindow, QToolBar
from pytestqt.qtbot import QtBot

from stepviz.ui.core.theme import Theme
from stepviz.ui.widgets import message_bar as module
from stepviz.ui.widgets.message_bar import MOST, Notices


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    window.resize(900, 500)
    window.show()
    return window


@pytest.fixture
def notices(window: QMainWindow) -> Notices:
    line = QLabel("status", window)
    line.setFixedHeight(46)
    bar = QToolBar()
    bar.addWidget(line)
    bar.setObjectName("bar")
    window.addToolBar(Qt.ToolBarArea.BottomToolBarArea, bar)
    dock = QDockWidget(window)
    window.addDockWidget(Qt.DockWidgetArea.LeftDockWidgetArea, dock)
    return Notices(window, Theme("light"))


def test_a_message_lies_inside_the_window_and_over_nothing_else(
    qtbot: QtBot, window: QMainWindow, notices: Notices
) -> None:
    beside = [*window.findChildren(QToolBar), *window.findChildren(QDockWidget)]
    before = [each.geometry() for each in beside]
    notices.warn("layers[0].width: found 1000000000, expected a number from 1 to 4096 " * 5)
    assert notices.isVisible()
    for size in ((900, 500), (500, 400), (900, 500)):
        window.resize(*size)
        qtbot.waitUntil(lambda: not any(each.geometry().intersects(notices.geometry()) for each in beside))
        assert window.rect().contains(notices.geometry())
        label = notices._shown[0].label
        assert label.height() >= label.heightForWidth(label.width())
    notices.drop(notices._shown[0])
    qtbot.waitUntil(lambda: [each.geometry() for each in beside] == before)


def test_a_long_message_leaves_room_for_the_instruments(window: QMainWindow, notices: Notices) -> None:
    notices.warn("an error\nof many lines\n" * 400)
    assert notices.height() < window.height() // 2
    notices.withdraw("an error\nof many lines\n" * 400)
    assert notices.texts == []


def test_the_same_again_is_counted_and_not_stacked(notices: Notices) -> None:
    for _ in range(3):
        notices.warn("no")
    assert notices.texts == ["no"]
    assert notices._shown[0].label.text() == "no  (×3)"


def test_the_oldest_makes_room(notices: Notices) -> None:
    for number in range(MOST + 2):
        notices.warn(str(number))
    assert notices.texts == ["2", "3", "4"]


def test_a_click_closes_it(qtbot: QtBot, notices: Notices) -> None:
    notices.warn("a")
    notices.tell("b")
    qtbot.mouseClick(notices._shown[0].close_button, Qt.MouseButton.LeftButton)
    assert notices.texts == ["b"]
    qtbot.mouseClick(notices._shown[0].close_button, Qt.MouseButton.LeftButton)
    assert notices.isHidden()


def test_it_goes_by_itself_but_a_problem_stays_longer(
    qtbot: QtBot, notices: Notices, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 0.0
    monkeypatch.setattr(module.time, "perf_counter", lambda: now)
    notices.tell("good to know")
    notices.warn("a problem")
    now = module.LASTS["info"] + 1
    notices._drop_old()
    assert notices.texts == ["a problem"]
    now = module.LASTS["problem"] + 1
    notices._drop_old()
    assert notices.texts == []


def test_text_of_a_file_is_shown_as_text(notices: Notices) -> None:
    notices.warn("<b>bold</b> <img src='x'>")
    assert notices._shown[0].label.textFormat() == Qt.TextFormat.PlainText


def test_messages_wait_while_something_is_filmed(window: QMainWindow, notices: Notices) -> None:
    notices.tell("before")
    notices.hold()
    assert notices.texts == []
    notices.warn("meanwhile")
    assert notices.isHidden()
    assert window.contentsMargins().bottom() == 0
    notices.release()
    assert notices.texts == ["meanwhile"]
