"""The slice as a person sees and moves it."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.curvature import Curvature
from stepviz.probes.slice import Slice, SliceOptions, measure_slice
from stepviz.runtime.commands import Command, SetOptions
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.slice.panel import SlicePanel, readouts
from tests.ui.frames import make_frame


def frame_of(name: str, options: SliceOptions, rule: str = "true", probes: tuple[str, ...] = ()) -> Frame:
    experiment = with_activation(Experiment(), ActivationChoice(name, rule=Choice(rule)), None)
    run = Run(experiment)
    run.step(100)
    found = next(reading for reading in measure_slice(run.look(), options) if reading is not None)
    frame = make_frame(experiment, 100, probes)
    return dataclasses.replace(frame, readings={**frame.readings, Slice: found})


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def panel(qtbot: QtBot, sent: list[Command]) -> SlicePanel:
    panel = SlicePanel(Lab(Experiment(), sent.append), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(600, 450)
    panel.show()
    return panel


def pixels(panel: SlicePanel) -> np.ndarray:
    picture = panel.plot.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return (
        np.frombuffer(picture.constBits(), dtype=np.uint32).reshape(picture.height(), -1)[:, : picture.width()].copy()
    )


def count(panel: SlicePanel, colour: str) -> int:
    return int(np.count_nonzero(pixels(panel) == QColor(colour).rgb()))


def test_a_step_network_has_a_line_of_exact_zeros_and_the_words_say_it(panel: SlicePanel) -> None:
    panel.show_frame(frame_of("step", SliceOptions(direction="parameter", span=3.0)))
    zero = panel.theme.colours.zero
    assert count(panel, zero) > 1000
    assert "the slope is exactly 0 at every point" in panel.readout.text()
    assert panel.legend.entries()[1].words == "slope by backpropagation: exactly 0"
    panel.show_frame(frame_of("tanh", SliceOptions(direction="parameter", span=3.0)))
    assert count(panel, zero) == 0


def test_what_was_seen_of_the_last_run_goes_with_it(panel: SlicePanel, qtbot: QtBot) -> None:
    frame = frame_of("step", SliceOptions(direction="parameter", span=3.0))
    panel.show_frame(frame)
    assert "the slope is exactly 0 at every point" in panel.readout.text()
    panel.show_frame(dataclasses.replace(frame, readings={}))
    assert panel.plot.slice is None
    assert count(panel, panel.theme.colours.zero) == 0
    assert panel.legend.entries() == []
    qtbot.waitUntil(lambda: panel.readout.text() == "")


def test_a_rule_is_named_and_the_true_slope_drawn_beside_it(panel: SlicePanel) -> None:
    panel.show_frame(frame_of("step", SliceOptions(direction="parameter"), "straight-through"))
    words = [entry.words for entry in panel.legend.entries()]
    assert words == ["loss", "slope by the backward rule", "true slope: exactly 0", "slope by differences"]
    assert count(panel, panel.theme.colours.zero) > 500


def test_the_two_plots_stand_over_each_other(panel: SlicePanel) -> None:
    panel.show_frame(frame_of("tanh", SliceOptions()))
    upper, lower = panel.plot.plots()
    assert (upper.box.left(), upper.box.right()) == (lower.box.left(), lower.box.right())
    assert upper.box.bottom() < lower.box.top()
    assert lower.box.bottom() < panel.plot.height()


def test_the_numbers_under_the_mouse_are_those_of_the_slice(panel: SlicePanel) -> None:
    frame = frame_of("tanh", SliceOptions(points=101))
    panel.show_frame(frame)
    found = frame.reading(Slice)
    assert found is not None
    box = panel.plot.plots()[0].box
    text = panel.plot.describe(QPointF(box.left() + 0.25 * box.width(), box.top() + 5))
    assert text.splitlines()[0] == "−0.5 from here"
    assert f"{found.loss[25]:.5g}" in text
    assert panel.plot.describe(QPointF(box.right() + 9, 5)) == ""


def test_directions_zoom_and_seed_are_asked_for(panel: SlicePanel, sent: list[Command], qtbot: QtBot) -> None:
    panel.show_frame(frame_of("tanh", SliceOptions()))
    qtbot.mouseClick(panel.seed, Qt.MouseButton.LeftButton)
    assert sent[-1] == SetOptions("slice", SliceOptions(seed=1))
    qtbot.mouseClick(panel.closer, Qt.MouseButton.LeftButton)
    assert sent[-1] == SetOptions("slice", SliceOptions(seed=1, span=1 / 1.5))
    next(action for action in panel._actions if action.data() == "gradient").trigger()
    assert sent[-1] == SetOptions("slice", SliceOptions(direction="gradient", seed=1))
    panel.choose_parameter(7)
    assert sent[-1] == SetOptions("slice", SliceOptions(direction="parameter", index=7, seed=1))
    assert panel.index.isVisible()
    assert "layer" in panel.index.toolTip()
    before = len(sent)
    panel.choose_parameter(-1)
    assert len(sent) == before


def test_the_curvature_is_said_or_why_there_is_none(panel: SlicePanel) -> None:
    frame = frame_of("tanh", SliceOptions(), probes=("curvature",))
    found, curvature = frame.reading(Slice), frame.reading(Curvature)
    assert found is not None
    assert curvature is not None
    assert f"λ = {curvature.eigenvalue:.3g}" in readouts(found, curvature)[0]
    assert (
        "not defined: step jumps"
        in readouts(found, Curvature(1, float("nan"), float("nan"), "not defined: step jumps"))[0]
    )


@pytest.mark.parametrize("size", [(300, 190), (1200, 800)])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_is_painted_at_any_size(panel: SlicePanel, size: tuple[int, int], theme: str) -> None:
    panel.theme.choose(theme)
    panel.resize(*size)
    panel.show_frame(frame_of("relu", SliceOptions()))
    assert len(np.unique(pixels(panel))) > 20
    upper, lower = panel.plot.plots()
    assert min(upper.box.height(), lower.box.height()) >= 20
    panel.theme.choose("light")


def test_a_curvature_that_comes_later_is_said_too(panel: SlicePanel) -> None:
    frame = frame_of("tanh", SliceOptions())
    panel.resize(1200, 500)
    panel.show_frame(frame)
    assert "λ" not in panel.readout.text()
    late = {**frame.readings, Curvature: Curvature(100, 1.81, 1e-4)}
    panel.show_frame(dataclasses.replace(frame, number=2, running=False, readings=late))
    panel.readout.show_now(panel.readout._waiting or panel.readout.text())
    assert "λ = 1.81" in panel.readout.text()
