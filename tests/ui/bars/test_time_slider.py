"""Dragged as a person drags it: the run is looked back at, and goes on from there."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import QEvent, QPoint, Qt
from PySide6.QtGui import QHelpEvent
from PySide6.QtWidgets import QApplication, QStyle, QStyleOptionSlider, QToolTip
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.common.number_format import measured_text
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import GoTo
from stepviz.runtime.frame import Frame
from stepviz.ui.bars.time_slider import PLACES, TimeSlider
from stepviz.ui.core.lab import Lab
from tests.ui.frames import make_frame
from tests.ui.live import wait_for_step


@pytest.fixture
def live(qtbot: QtBot, live: LiveLab) -> LiveLab:
    wait_for_step(qtbot, live, 100)
    return live


def frame_of(live: LiveLab) -> Frame:
    frame = live.lab.frame
    return frame if frame is not None else make_frame(Experiment(), 0, ())


def test_the_past_is_shown_with_its_settings_and_the_run_goes_on_from_there(qtbot: QtBot, live: LiveLab) -> None:
    slider = live.window.transport.time
    live.window.strip.switch("step")
    qtbot.waitUntil(lambda: frame_of(live).experiment.layers[0].activation.name == "step")
    switched = frame_of(live).step
    qtbot.waitUntil(lambda: frame_of(live).step > switched + 100, timeout=10_000)
    slider.setValue(PLACES // 10)
    qtbot.waitUntil(lambda: not live.lab.looking_back and not frame_of(live).running)
    frame = frame_of(live)
    assert frame.step < switched < frame.last_step
    assert live.lab.experiment.layers[0].activation.name == "tanh"
    assert live.window.strip.buttons["tanh"].isChecked()
    assert abs(slider.value() - PLACES * frame.step / frame.last_step) <= 1
    live.window.transport.play.trigger()
    qtbot.waitUntil(lambda: frame_of(live).ghost is not None)
    ghost = frame_of(live).ghost
    assert ghost is not None
    assert ghost.column("step")[0] >= frame.step
    assert slider.value() == PLACES


def test_a_press_on_the_line_goes_there_and_play_goes_on(qtbot: QtBot, live: LiveLab) -> None:
    slider = live.window.transport.time
    third = QPoint(slider.width() // 3, slider.height() // 2)
    qtbot.mouseClick(slider, Qt.MouseButton.LeftButton, pos=third)
    assert abs(slider.value() - PLACES / 3) < PLACES / 30
    asked = -(-slider.value() * slider._last_step // PLACES)
    qtbot.waitUntil(lambda: not live.lab.looking_back and not frame_of(live).running)
    frame = frame_of(live)
    # Moments are kept once in a slice of training: under load, with slices of many steps, the last one not after the
    # step that was asked for may lie far before it.
    kept = live.worker._run.checkpoints.at(asked)
    assert kept is not None
    assert frame.step == kept.step <= asked
    qtbot.keyClick(live.window, Qt.Key.Key_Space)
    qtbot.waitUntil(lambda: frame_of(live).running and frame_of(live).step > frame.step)


def test_undo_brings_the_settings_back_that_were_left(qtbot: QtBot, live: LiveLab) -> None:
    live.window.strip.switch("step")
    qtbot.waitUntil(lambda: frame_of(live).experiment.layers[0].activation.name == "step")
    switched = frame_of(live).step
    qtbot.waitUntil(lambda: frame_of(live).step > switched + 50, timeout=10_000)
    live.window.transport.time.setValue(10)
    qtbot.waitUntil(lambda: live.lab.experiment.layers[0].activation.name == "tanh")
    live.lab.undo_stack.undo()
    qtbot.waitUntil(lambda: frame_of(live).experiment.layers[0].activation.name == "step")
    assert live.lab.experiment.layers[0].activation.name == "step"


def test_while_one_look_is_under_way_only_the_newest_wish_is_kept(qtbot: QtBot) -> None:
    sent: list[object] = []
    lab = Lab(Experiment(), sent.append)
    slider = TimeSlider(lab)
    qtbot.addWidget(slider)
    slider.resize(300, 24)
    slider.show()
    frame = make_frame(Experiment(), 5, ())
    lab.show(replace(frame, step=1000, last_step=1000))
    slider.show_frame(lab.frame)  # type: ignore[arg-type]  # just shown
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    qtbot.mousePress(slider, Qt.MouseButton.LeftButton, pos=handle.center())
    for x in (200, 150, 100):
        qtbot.mouseMove(slider, QPoint(x, handle.center().y()))
        slider.setSliderPosition(round(PLACES * x / 300))
    qtbot.mouseRelease(slider, Qt.MouseButton.LeftButton, pos=QPoint(100, handle.center().y()))
    assert len(sent) == 1
    first = sent[0]
    assert isinstance(first, GoTo)
    lab.show(replace(frame, step=first.step, last_step=1000, look_back=first.look_back))
    slider.show_frame(lab.frame)  # type: ignore[arg-type]  # just shown
    assert len(sent) == 2
    second = sent[1]
    assert isinstance(second, GoTo)
    assert second.step < first.step


def test_it_says_what_is_kept_and_how_much_there_is_room_for(qtbot: QtBot, live: LiveLab) -> None:
    slider = live.window.transport.time
    live.window.transport.play.trigger()
    qtbot.waitUntil(lambda: not frame_of(live).running)
    QApplication.sendEvent(slider, QHelpEvent(QEvent.Type.ToolTip, QPoint(5, 5), slider.mapToGlobal(QPoint(5, 5))))
    QToolTip.hideText()
    qtbot.waitUntil(lambda: not QToolTip.isVisible())
    held = live.worker._run.checkpoints.held
    assert held.moments > 1
    assert f"{held.moments} moments are kept" in slider.toolTip()
    assert f"{measured_text(held.nbytes / 2**20, 2)} MB" in slider.toolTip()
    assert "room for 2,000, and for 128 MB" in slider.toolTip()
