"""Text that changes no oftener than it can be read."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject
from PySide6.QtGui import QAccessible
from PySide6.QtWidgets import QApplication, QHBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from stepviz.ui.text.throttled_label import SlowLabel


def test_the_first_text_is_shown_at_once_and_of_many_the_last_remains(qtbot: QtBot) -> None:
    label = SlowLabel(pause=0.05)
    qtbot.addWidget(label)
    label.show_text("first")
    assert label.text() == "first"
    for number in range(20):
        label.show_text(str(number))
    assert label.text() == "first"
    qtbot.waitUntil(lambda: label.text() == "19", timeout=1000)


def test_going_back_to_the_text_on_screen_drops_the_one_that_waits(qtbot: QtBot) -> None:
    label = SlowLabel(pause=0.05)
    qtbot.addWidget(label)
    label.show_text("a")
    label.show_text("b")
    label.show_text("a")
    qtbot.waitUntil(lambda: not label._timer.isActive(), timeout=1000)
    assert label.text() == "a"


def test_what_must_not_be_late_is_shown_now_and_not_overwritten_by_what_waited(qtbot: QtBot) -> None:
    label = SlowLabel(pause=10.0)
    qtbot.addWidget(label)
    label.show_text("a")
    label.show_text("b")
    label.show_now("diverged")
    assert (label.text(), label._timer.isActive()) == ("diverged", False)


def test_where_the_text_does_not_fit_a_shorter_one_stands_and_the_tool_tip_says_all(qtbot: QtBot) -> None:
    label = SlowLabel(pause=0.0)
    qtbot.addWidget(label)
    texts = ("Right: train 88 %, test 89 %", "Right: 88 %, test 89 %", "88 %")
    label.resize(label.fontMetrics().horizontalAdvance(texts[1]) + 2, 20)
    label.show_text(*texts)
    assert (label.text(), label.toolTip()) == (texts[1], texts[0])
    label.resize(1000, 20)
    label.show_text(*texts)
    assert label.text() == texts[0]
    label.resize(5, 20)
    label.show_text(*texts)
    assert label.text() == texts[2]


class Layouts(QObject):
    """Counts how often a widget is asked to be laid out anew."""

    count = 0

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        self.count += event.type() == QEvent.Type.LayoutRequest
        return False


def in_a_row(qtbot: QtBot, label: SlowLabel) -> tuple[QWidget, Layouts]:
    window, layouts = QWidget(), Layouts()
    qtbot.addWidget(window)
    row = QHBoxLayout(window)
    row.addWidget(label)
    row.addStretch(1)
    window.show()
    qtbot.waitExposed(window)
    QApplication.sendPostedEvents()
    window.installEventFilter(layouts)
    return window, layouts


def test_a_text_that_finds_room_moves_nothing_and_one_that_does_not_gets_it(qtbot: QtBot) -> None:
    label = SlowLabel("loss 0.1234")
    window, layouts = in_a_row(qtbot, label)
    wide = label.width()
    for text in ("loss 0.1111", "loss 0.4", "loss 0.1234"):
        label.setText(text)
        QApplication.sendPostedEvents()
    assert (layouts.count, label.width()) == (0, wide)
    label.setText("loss 0.1234, test 0.5678")
    QApplication.sendPostedEvents()
    assert layouts.count == 1
    assert label.width() == label.fontMetrics().horizontalAdvance("loss 0.1234, test 0.5678")
    label.setText("0")
    QApplication.sendPostedEvents()
    assert label.width() < wide / 2, "room that nobody needs is given back"
    assert window.isVisible()


def test_the_text_is_painted_in_the_colour_of_its_style_and_another_font_gets_its_room(qtbot: QtBot) -> None:
    label = SlowLabel("████████")
    label.setStyleSheet("color: #ff0000")
    window, _layouts = in_a_row(qtbot, label)
    picture = label.grab().toImage()
    assert picture.pixelColor(picture.width() // 2, picture.height() // 2).name() == "#ff0000"
    wide, larger = label.width(), label.font()
    larger.setPointSizeF(3 * larger.pointSizeF())
    label.setFont(larger)
    qtbot.waitUntil(lambda: label.width() > 2.5 * wide)
    assert window.isVisible()


def test_a_screen_reader_finds_the_text_beside_the_name(qtbot: QtBot) -> None:
    label = SlowLabel()
    qtbot.addWidget(label)
    label.setAccessibleName("Loss on the training set")
    label.show_text("train 0.25")
    reader = QAccessible.queryAccessibleInterface(label)
    assert reader.text(QAccessible.Text.Name) == "Loss on the training set"
    assert reader.text(QAccessible.Text.Description) == "train 0.25"
    assert reader.role() == QAccessible.Role.StaticText


def test_the_room_of_a_text_that_is_gone_can_be_given_back(qtbot: QtBot) -> None:
    label = SlowLabel(pause=0.0)
    qtbot.addWidget(label)
    label.show_text("a text as long as this")
    wide = label.sizeHint().width()
    label.show_text("a text as long as")
    assert label.sizeHint().width() == wide, "a number that gets shorter moves nothing"
    label.forget_room()
    assert label.sizeHint().width() < wide
