"""Text that changes no oftener than it can be read."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from stepviz.ui.slow_text import SlowLabel


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
