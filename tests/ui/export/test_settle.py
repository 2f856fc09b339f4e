from __future__ import annotations

from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stepviz.ui.core.timers import single_shot
from stepviz.ui.export.settle import come_to_rest, settle
from stepviz.ui.text.throttled_label import SlowLabel


class Counting(QWidget):
    """Paints another number each time, up to ``last``."""

    def __init__(self, last: int) -> None:
        super().__init__()
        self.resize(80, 30)
        self.painted, self._last = 0, last

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.painted = min(self._last, self.painted + 1)
        painter = QPainter(self)
        painter.drawText(5, 20, str(self.painted))
        painter.end()


def test_a_text_that_waits_for_its_time_is_shown(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    label = SlowLabel(parent=window, pause=60.0)
    label.show_text("first")
    label.show_text("second")
    assert label.text() == "first"
    come_to_rest(window)
    assert label.text() == "second"


def test_what_a_timer_lets_wait_in_its_turn_is_shown_too(qtbot: QtBot) -> None:
    window = QWidget()
    qtbot.addWidget(window)
    shown: list[str] = []
    second = single_shot(window, lambda: shown.append("second"))
    first = single_shot(window, lambda: second.start(60_000))
    first.start(60_000)
    come_to_rest(window)
    assert shown == ["second"]


def test_it_is_painted_until_it_comes_out_the_same(qtbot: QtBot) -> None:
    widget = Counting(last=4)
    qtbot.addWidget(widget)
    assert settle(widget)
    assert widget.painted == 4


def test_what_never_comes_to_rest_is_given_up(qtbot: QtBot) -> None:
    widget = Counting(last=1000)
    qtbot.addWidget(widget)
    assert not settle(widget)
