"""The status line: the diagnosis of the run that is shown."""

from __future__ import annotations

from dataclasses import replace as with_fields

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.divergence import Divergence
from stepviz.probes.diagnosis import Diagnosis
from stepviz.runtime.commands import Command, Restart, StepBack
from stepviz.runtime.frame import Frame
from stepviz.ui.bars.status_line import StatusLine
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from tests.ui.built_panels import network
from tests.ui.frames import make_frame


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def line(qtbot: QtBot, sent: list[Command]) -> StatusLine:
    line = StatusLine(Lab(Experiment(), sent.append), Theme("light"))
    qtbot.addWidget(line)
    line.resize(1366, 46)
    line.show()
    return line


def diverged() -> Frame:
    return with_fields(make_frame(probes=()), diverged=Divergence(12, 2, "a pre-activation"))


def left_end(line: StatusLine) -> QColor:
    return line.grab().toImage().pixelColor(2, 20)


def test_it_says_what_the_diagnosis_of_the_frame_says(line: StatusLine) -> None:
    frame = make_frame(network(8, 8, activation="step"), steps=30, probes=("diagnosis",))
    diagnosis = frame.reading(Diagnosis)
    assert diagnosis is not None
    line.show_frame(frame)
    assert line.sentence.text() == diagnosis.sentence
    assert "16 hidden units" in line.sentence.text()
    assert diagnosis.findings[0].advice in line.toolTip()
    assert left_end(line) == QColor(line.theme.colours.zero)


def test_a_healthy_run_has_no_colour_of_alarm(line: StatusLine) -> None:
    line.show_frame(make_frame(steps=100, probes=("diagnosis",)))
    assert left_end(line) == QColor(line.theme.colours.accent)


def test_a_divergence_names_step_and_layer_and_offers_two_ways_out(
    qtbot: QtBot, line: StatusLine, sent: list[Command]
) -> None:
    line.show_frame(diverged())
    assert line.sentence.text().startswith("Diverged at step 12: a pre-activation of layer 2")
    qtbot.mouseClick(line.back, Qt.MouseButton.LeftButton)
    qtbot.mouseClick(line.restart, Qt.MouseButton.LeftButton)
    assert sent == [StepBack(), Restart()]


def test_the_two_ways_out_go_when_the_run_is_finite_again(qtbot: QtBot, line: StatusLine) -> None:
    line.show_frame(diverged())
    frame = make_frame(probes=("diagnosis",))
    line.show_frame(frame)
    assert line.restart.isHidden()
    assert line.back.isHidden()
    diagnosis = frame.reading(Diagnosis)
    assert diagnosis is not None
    qtbot.waitUntil(lambda: line.sentence.text() == diagnosis.sentence)


def test_the_offer_comes_and_goes(line: StatusLine) -> None:
    line.offer.show_offer("Press 1", "why")
    assert (line.offer.button.text(), line.offer.isVisible()) == ("Press 1", True)
    line.offer.show_offer("", "")
    assert not line.offer.isVisible()


@pytest.mark.parametrize("words", [3, 30, 300])
def test_no_sentence_holds_the_window_wide_or_is_painted_outside(line: StatusLine, words: int) -> None:
    line.sentence.show_now("gradient " * words)
    line.resize(500, 46)
    picture = line.sentence.grab().toImage()
    assert line.width() == 500
    rows = [
        any(picture.pixelColor(x, y) != picture.pixelColor(0, 0) for x in range(0, picture.width(), 2))
        for y in (0, picture.height() - 1)
    ]
    assert rows == [False, False]
