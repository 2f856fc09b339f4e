"""The clock that brings frames to the window and holds the worker while they are painted."""

from __future__ import annotations

import threading
from collections.abc import Iterator

import pytest
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QApplication, QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Play
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, Mailbox, News, Refusal
from stepviz.ui.core.frame_clock import FrameClock
from stepviz.ui.core.lab import Lab
from tests.ui.frames import make_frame


@pytest.fixture
def gate() -> threading.Event:
    gate = threading.Event()
    gate.set()
    return gate


@pytest.fixture
def mailbox() -> Mailbox:
    return Mailbox()


@pytest.fixture
def lab() -> Lab:
    return Lab(Experiment(), lambda command: None)


@pytest.fixture
def clock(qtbot: QtBot, lab: Lab, mailbox: Mailbox, gate: threading.Event) -> Iterator[FrameClock]:
    clock = FrameClock(lab, mailbox, gate, threading.Event())
    yield clock
    clock.stop()


class Watched(QWidget):
    """Notes whether the gate was open while it was painted."""

    def __init__(self, parent: QWidget, gate: threading.Event) -> None:
        super().__init__(parent)
        self._gate = gate
        self.open_while_painting: list[bool] = []

    def paintEvent(self, _event: QPaintEvent) -> None:
        self.open_while_painting.append(self._gate.is_set())
        painter = QPainter(self)
        painter.fillRect(self.rect(), 0)
        painter.end()


def test_the_gate_is_closed_while_a_frame_is_shown_and_painted_and_open_afterwards(
    qtbot: QtBot, clock: FrameClock, lab: Lab, mailbox: Mailbox, gate: threading.Event
) -> None:
    window = QMainWindow()
    qtbot.addWidget(window)
    watched = Watched(window, gate)
    window.show()
    qtbot.waitUntil(lambda: bool(watched.open_while_painting))
    watched.open_while_painting.clear()
    shown_with_gate_open: list[bool] = []

    def show(_frame: Frame) -> None:
        shown_with_gate_open.append(gate.is_set())
        watched.update()

    lab.frame_shown.connect(show)
    clock.start()
    for number in range(1, 4):
        mailbox.post(make_frame(number=number, probes=()))
        qtbot.waitUntil(lambda number=number: len(watched.open_while_painting) == number and gate.is_set())
    assert shown_with_gate_open == [False] * 3
    assert watched.open_while_painting == [False] * 3
    assert len(clock.frame_gaps) == 2
    assert all(0 < gap < 5 for gap in clock.frame_gaps)


def test_the_newest_frame_only_is_shown_and_the_next_is_asked_for(
    qtbot: QtBot, clock: FrameClock, lab: Lab, mailbox: Mailbox
) -> None:
    shown: list[int] = []
    lab.frame_shown.connect(lambda frame: shown.append(frame.number))
    for number in (1, 2, 3):
        mailbox.post(make_frame(number=number, probes=()))
    clock.start()
    qtbot.waitUntil(lambda: bool(shown))
    qtbot.waitUntil(clock._wanted.is_set)
    assert shown == [3]


def test_a_frame_that_cannot_be_shown_does_not_stop_the_run(
    qtbot: QtBot, clock: FrameClock, lab: Lab, mailbox: Mailbox, gate: threading.Event
) -> None:
    lab.frame_shown.connect(lambda frame: {}["missing"])
    with qtbot.captureExceptions() as errors:
        clock.start()
        mailbox.post(make_frame(probes=()))
        qtbot.waitUntil(lambda: bool(errors))
        qtbot.waitUntil(gate.is_set)
    assert errors[0][0] is KeyError


def test_all_news_is_passed_on_in_order(qtbot: QtBot, clock: FrameClock, mailbox: Mailbox) -> None:
    news: list[News] = [Refusal(Play(), "no"), Failure("ZeroDivisionError", "…")]
    for item in news:
        mailbox.tell(item)
    told: list[object] = []
    clock.news_came.connect(told.append)
    clock.start()
    qtbot.waitUntil(lambda: len(told) == 2)
    assert told == news


def test_a_stopped_clock_leaves_the_gate_open_and_shows_nothing(
    qtbot: QtBot, clock: FrameClock, lab: Lab, mailbox: Mailbox, gate: threading.Event
) -> None:
    clock.start()
    gate.clear()
    clock.stop()
    assert gate.is_set()
    mailbox.post(make_frame(probes=()))
    qtbot.wait(40)
    assert lab.frame is None


def test_a_frame_announced_from_another_thread_is_shown_in_the_window_s_own(
    qtbot: QtBot, clock: FrameClock, lab: Lab, mailbox: Mailbox
) -> None:
    shown_in: list[int] = []
    lab.frame_shown.connect(lambda _frame: shown_in.append(threading.get_ident()))
    clock.start()
    clock._timer.stop()
    mailbox.post(make_frame(probes=()))
    thread = threading.Thread(target=clock.wake)
    thread.start()
    thread.join()
    qtbot.waitUntil(lambda: bool(shown_in))
    assert shown_in == [threading.get_ident()]


def test_an_announcement_that_comes_after_the_stop_shows_nothing(
    qtbot: QtBot, clock: FrameClock, lab: Lab, mailbox: Mailbox, qapp: QApplication
) -> None:
    clock.start()
    mailbox.post(make_frame(probes=()))
    clock.wake()
    clock.stop()
    qapp.processEvents()
    assert lab.frame is None
