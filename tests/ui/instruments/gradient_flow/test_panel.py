"""The panel of the gradient flow."""

from __future__ import annotations

from dataclasses import replace as changed
from itertools import pairwise

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint
from PySide6.QtGui import QColor, QImage
from pytestqt.qtbot import QtBot

from stepviz.engine.common.number_format import measured_text, share_text
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import LIGHT, Theme
from stepviz.ui.instruments.gradient_flow.panel import HISTOGRAM, GradientFlowPanel
from stepviz.ui.plotting.flow_image import flow_image
from stepviz.ui.plotting.flow_measures import MEASURES, UNKNOWN, ZERO, colour_table
from stepviz.ui.text.number_format import step_ticks
from tests.ui.built_panels import network, walk

PROBES = ("gradient_flow",)
RMS, ZEROS = MEASURES[0], MEASURES[1]


@pytest.fixture
def panel(qtbot: QtBot) -> GradientFlowPanel:
    panel = GradientFlowPanel(Lab(Experiment(), lambda command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(460, 300)
    panel.show()
    return panel


def switched() -> Frame:
    """Return a frame of a run that was tanh for 40 steps and step for 40 more."""
    run = Run(network(8, 8))
    walk(run, 20, 2)
    run.change(with_activation(run.trainer.experiment, "step"), "Switch to Step")
    return walk(run, 20, 2, PROBES)


def share_of(image: QImage, colour: str) -> float:
    wanted = QColor(colour).rgb()
    found = [image.pixel(x, y) == wanted for x in range(image.width()) for y in range(image.height())]
    return sum(found) / len(found)


def test_an_exact_zero_has_its_own_colour_and_the_smallest_number_has_not() -> None:
    assert RMS.codes(np.array([0.0, 1e-300, 1e-8, 1.0, 1e9, np.inf, np.nan])).tolist() == [
        ZERO,
        0,
        0,
        255,
        255,
        255,
        UNKNOWN,
    ]
    table = colour_table(LIGHT, True)
    assert table[ZERO] == QColor(LIGHT.zero).rgb()
    assert table[ZERO] not in table[:ZERO]


def test_a_share_of_zeros_is_in_the_colour_of_zero_only_at_100_percent() -> None:
    assert ZEROS.codes(np.array([0.0, 0.999, 1.0])).tolist() == [0, 255, ZERO]


def test_the_map_shows_the_zeros_of_a_step_network_from_the_switch_on(panel: GradientFlowPanel) -> None:
    image = flow_image(switched().history, RMS, [0, 20, 40, 60], 100, LIGHT)
    assert image is not None
    left, right = image.copy(0, 0, 45, 39), image.copy(55, 0, 45, 39)
    output = image.copy(0, 41, 100, 18)
    assert share_of(left, LIGHT.zero) == 0
    assert share_of(right, LIGHT.zero) > 0.6
    assert share_of(right, LIGHT.surface) > 0.1  # hatched: not by colour alone
    assert share_of(output, LIGHT.zero) == 0


def test_the_panel_of_a_step_network_looks_different(panel: GradientFlowPanel) -> None:
    panel.show_frame(walk(Run(network(8, 8)), 20, 2, PROBES))
    healthy = share_of(panel.grab().toImage(), LIGHT.zero)
    panel.show_frame(switched())
    assert healthy == 0
    assert share_of(panel.grab().toImage(), LIGHT.zero) > 0.08


def test_hover_reads_the_present_numbers_of_a_layer(panel: GradientFlowPanel) -> None:
    panel.show_frame(switched())
    text = panel.chart.describe(QPoint(panel.chart.width() - 80, 40))
    assert text.startswith("Layer 1, now\nRMS gradient: exactly 0\nExact zeros: 100 %")
    assert "Entries exactly 0: 24" in text
    assert "the true derivative" in text


def test_hover_reads_the_past(panel: GradientFlowPanel) -> None:
    frame = switched()
    panel.show_frame(frame)
    late = panel.chart.describe(QPoint(200, 40))
    early = panel.chart.describe(QPoint(70, 40))
    assert late.startswith("Layer 1, about step ")
    assert late.endswith("RMS gradient: exactly 0")
    assert "exactly 0" not in early


def test_a_backward_rule_is_named(panel: GradientFlowPanel) -> None:
    ruled = ActivationChoice("step", rule=Choice("straight-through"))
    panel.resize(900, 400)
    panel.show_frame(walk(Run(with_activation(network(8, 8), ruled, 2)), 2, 1, PROBES))
    assert panel.rules.text() == "Straight-through stands in for f′ in layer 2"
    panel.show_frame(walk(Run(network(8, 8)), 2, 1, PROBES))
    assert panel.rules.text() == ""


def test_the_modes_change_what_is_read(panel: GradientFlowPanel) -> None:
    panel.show_frame(switched())
    panel.mode.setCurrentIndex(1)
    assert panel.chart.describe(QPoint(200, 40)).endswith("Exact zeros: 100 %")
    panel.mode.setCurrentText(HISTOGRAM)
    assert panel.histogram.isVisible()
    assert "24 of 24 exactly 0 (100 %)" in panel.histogram.describe(QPoint(80, 30))
    assert share_of(panel.grab().toImage(), LIGHT.zero) > 0.05


def test_before_two_records_the_chart_says_what_will_appear(panel: GradientFlowPanel) -> None:
    frame = walk(Run(network(8, 8)), 0, 1, PROBES)
    assert flow_image(frame.history, RMS, [0, 20, 40, 60], 100, LIGHT) is None
    panel.show_frame(changed(frame, readings={}))
    assert panel.empty.isVisible()
    panel.show_frame(frame)
    assert panel.chart.isVisible()


@pytest.mark.parametrize("hidden", [0, 64])
@pytest.mark.parametrize("size", [(300, 190), (1900, 1000)])
def test_it_paints_the_fewest_and_the_most_layers(panel: GradientFlowPanel, hidden: int, size: tuple[int, int]) -> None:
    panel.resize(*size)
    experiment = network(*[2] * hidden) if hidden else replace(Experiment(seed=1), layers=())
    panel.show_frame(walk(Run(experiment), 3, 1, PROBES))
    for mode in range(panel.mode.count()):
        panel.mode.setCurrentIndex(mode)
        assert not panel.grab().isNull()


@pytest.mark.parametrize("hidden", [2, 12, 20, 64])
def test_the_output_has_its_number_and_no_number_touches_the_next(panel: GradientFlowPanel, hidden: int) -> None:
    panel.show_frame(walk(Run(network(*[2] * hidden)), 3, 1, PROBES))
    across, _, _ = panel.chart._columns()
    tops = panel.chart._tops(across.height())
    rows = panel.chart._rows_in_words(tops)
    assert rows[-1] == hidden
    assert hidden > 2 or rows == [0, 1, 2]
    middles = [(tops[row] + tops[row + 1]) / 2 for row in rows]
    assert all(after - before >= panel.chart.fontMetrics().height() - 1 for before, after in pairwise(middles))


def test_a_reading_of_another_shape_is_not_drawn(panel: GradientFlowPanel) -> None:
    frame = walk(Run(network(8, 8)), 3, 1, PROBES)
    other = walk(Run(network(8)), 3, 1, PROBES)
    panel.show_frame(changed(frame, readings={GradientFlow: other.readings[GradientFlow]}))
    assert panel.chart.flow is None


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "exactly 0"),
        (5e-324, "4.94·10⁻³²⁴"),
        (0.0321, "0.0321"),
        (12345.0, "12,345"),
        (float("nan"), "not a number"),
    ],
)
def test_numbers_in_words(value: float, text: str) -> None:
    assert measured_text(value) == text


def test_a_share_is_0_or_100_only_where_it_is_exactly_so() -> None:
    assert [share_text(share) for share in (0.0, 1e-9, 0.123, 0.37, 0.999999, 1.0)] == [
        "0 %", "10⁻⁷ %", "12 %", "37 %", "99.9 %", "100 %",
    ]  # fmt: skip


@pytest.mark.parametrize(("first", "last", "count"), [(0, 0, 3), (5, 750, 3), (0, 1, 5), (0, 10**9, 4), (7, 9, 1)])
def test_ticks_are_whole_steps_within_the_range(first: float, last: float, count: int) -> None:
    ticks = step_ticks(first, last, count)
    assert all(first <= tick <= last and tick == int(tick) for tick in ticks)
    assert len(ticks) <= count + 1
