"""The transport, pressed as a person presses it."""

from __future__ import annotations

from dataclasses import replace as with_parts

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMainWindow, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Change, Command, Pause, Play, Restart, SetSpeed, Step, StepBack
from stepviz.ui.bars.transport import LARGEST_SEED, Transport
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.speed_scale import FULL, position_of, speed_text
from stepviz.ui.core.theme import Theme
from tests.ui.frames import make_frame
from tests.ui.live import open_lab


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def window(qtbot: QtBot) -> QMainWindow:
    window = QMainWindow()
    qtbot.addWidget(window)
    return window


@pytest.fixture
def transport(qtbot: QtBot, window: QMainWindow, sent: list[Command]) -> Transport:
    transport = Transport(Lab(Experiment(), sent.append), Theme("light"))
    window.addToolBar(transport)
    window.addActions([transport.play, transport.step, transport.restart, transport.renew])
    window.resize(1366, 100)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    return transport


def press(qtbot: QtBot, transport: Transport, action: QAction) -> None:
    button = transport.widgetForAction(action)
    assert isinstance(button, QWidget)
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_play_and_pause_take_turns(qtbot: QtBot, transport: Transport, sent: list[Command]) -> None:
    press(qtbot, transport, transport.play)
    assert (sent, transport.play.text()) == ([Play()], "Pause")
    press(qtbot, transport, transport.play)
    assert (sent, transport.play.text()) == ([Play(), Pause()], "Play")


@pytest.mark.parametrize(
    ("key", "expected"),
    [(Qt.Key.Key_Space, Play()), (Qt.Key.Key_Right, Step(1)), (Qt.Key.Key_S, Step(1)), (Qt.Key.Key_R, Restart())],
)
def test_the_keys(qtbot: QtBot, transport: Transport, sent: list[Command], key: Qt.Key, expected: Command) -> None:
    qtbot.keyClick(transport.window(), key)
    assert sent == [expected]


def test_as_many_steps_as_set(qtbot: QtBot, transport: Transport, sent: list[Command]) -> None:
    transport.count.selectAll()
    qtbot.keyClicks(transport.count, "250")
    press(qtbot, transport, transport.steps)
    assert sent == [Step(250)]


def test_one_step_and_one_back(qtbot: QtBot, transport: Transport, sent: list[Command]) -> None:
    press(qtbot, transport, transport.step)
    press(qtbot, transport, transport.back)
    assert sent == [Step(1), StepBack()]


def test_new_weights_are_those_of_the_next_seed_and_can_be_undone(
    qtbot: QtBot, transport: Transport, sent: list[Command]
) -> None:
    press(qtbot, transport, transport.renew)
    assert sent == [Change(Experiment(seed=1), "New weights (seed 1)")]
    transport.lab.undo_stack.undo()
    assert transport.lab.experiment.seed == 0


def test_after_the_largest_seed_comes_the_first(transport: Transport) -> None:
    transport.lab.put(replace(Experiment(), seed=LARGEST_SEED), "")
    transport.draw_weights()
    assert transport.lab.experiment.seed == 0


def test_the_slider_goes_from_one_step_a_second_to_full_speed(transport: Transport, sent: list[Command]) -> None:
    transport.speed.setValue(0)
    assert (sent[-1], transport.speed_label.text()) == (SetSpeed(1.0), "1 step/s")
    transport.speed.setValue(20)
    assert (sent[-1], transport.speed_label.text()) == (SetSpeed(100.0), "100 steps/s")
    transport.speed.setValue(FULL)
    assert (sent[-1], transport.speed_label.text()) == (SetSpeed(None), "full speed")


def test_slower_and_faster_move_the_slider(transport: Transport) -> None:
    transport.set_speed(100.0)
    transport.faster.trigger()
    assert transport.speed.value() == 25
    transport.slower.trigger()
    transport.slower.trigger()
    assert transport.speed.value() == 15


def test_a_paused_frame_shows_its_numbers_exactly(transport: Transport) -> None:
    transport.show_frame(make_frame(steps=1234, probes=()))
    texts = {name: label.text() for name, label in transport.counters.items()}
    assert texts == {"step": "1,234", "epoch": "137.1", "steps/s": "0"}


def test_the_speed_says_what_does_the_updates(transport: Transport) -> None:
    frame = make_frame(Experiment(), probes=())
    transport.show_frame(with_parts(frame, stepper="numpy"))
    assert transport.counters["steps/s"].toolTip() == "NumPy does the updates"
    transport.show_frame(with_parts(frame, stepper="compiled"))
    assert transport.counters["steps/s"].toolTip() == "The compiled step does the updates"


def test_the_button_follows_the_run_but_not_a_frame_that_was_under_way(
    transport: Transport, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 100.0
    monkeypatch.setattr("stepviz.ui.bars.transport.time.perf_counter", lambda: now)
    transport.play.trigger()
    stale = make_frame(probes=())
    transport.show_frame(stale)
    assert transport.play.text() == "Pause"
    now += 1.0
    transport.show_frame(stale)
    assert transport.play.text() == "Play"


def test_the_slider_shows_the_speed_in_force_whoever_set_it(qtbot: QtBot) -> None:
    live = open_lab(qtbot)
    bar = live.window.transport
    try:
        for speed in (100.0, 37.0, None, 5.0):
            # As the scene of a lesson does.
            live.lab.send(SetSpeed(speed))
            qtbot.waitUntil(lambda speed=speed: bar.speed_label.text() == speed_text(speed))
            assert bar.speed.value() == position_of(speed)
        bar.set_speed(1234.0)
        assert bar.speed_label.text() == "1,234 steps/s"
        qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.speed == 1234.0)
        assert bar.speed_label.text() == "1,234 steps/s"
    finally:
        live.window.close()
