"""The unit inspector: which unit it shows, what it says of it, and its first aid."""

from __future__ import annotations

from dataclasses import replace as with_fields

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.probe_table import PROBES
from stepviz.probes.unit import UnitOptions, UnitReading
from stepviz.runtime.commands import Command, PutParameters, SetOptions
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.unit_inspector.panel import UnitInspectorPanel, input_names
from stepviz.ui.instruments.weight_edits import parameters_of_unit
from tests.probes.runs import experiment, regression
from tests.ui.built_panels import look, network

RELU = network(8, 8, activation="relu")


class Bench:
    """A panel on a lab whose commands reach a real run, as the worker would carry them out."""

    def __init__(self, qtbot: QtBot, settings: Experiment, size: tuple[int, int] = (460, 300)) -> None:
        self.run = Run(settings)
        self.options = UnitOptions()
        self.sent: list[Command] = []
        self.lab = Lab(settings, self._carry_out)
        self.panel = UnitInspectorPanel(self.lab, Theme("light"))
        # Held until the panel is closed: garbage that goes while it is being painted takes the process with it.
        qtbot.addWidget(self.panel, before_close_func=self._hold)
        self.panel.resize(*size)
        self.panel.show()

    def _hold(self, _panel: object) -> None:
        pass

    def _carry_out(self, command: Command) -> None:
        self.sent.append(command)
        if isinstance(command, SetOptions):
            self.options = command.options
        if isinstance(command, PutParameters):
            self.run.put(command.indices, command.values, command.note)

    def frame(self, *, running: bool = False) -> Frame:
        table = {**PROBES, "unit": with_fields(PROBES["unit"], options=self.options)}
        return with_fields(look(self.run, ("unit",), 1, table), running=running)

    def show(self) -> Frame:
        frame = self.frame()
        self.lab.show(frame)
        self.panel.show_frame(frame)
        return frame

    @property
    def state(self) -> str:
        # The newest text, shown or about to be.
        label = self.panel.state
        return label.text() if label._waiting is None else label._waiting


def test_before_the_first_reading_it_says_what_will_appear(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    assert bench.panel.empty.isVisible()
    assert not bench.panel.curves.isVisible()


def test_what_a_unit_has_learned_of_its_slope_and_shift_is_said(qtbot: QtBot) -> None:
    learning = ActivationChoice("sigmoid", trained=("slope", "shift"))
    bench = Bench(qtbot, network(3, activation=learning))
    bench.run.step(50)
    bench.show()
    for unit in (0, 2):
        bench.panel.show_unit(0, unit)
        frame = bench.show()
        (slope,), (shift,) = frame.setup.network.layout.trained(frame.parameters[None], 0)[0][:, unit : unit + 1]
        assert f"f: Sigmoid, learned a = {number_text(round(float(slope), 3))}, b = " in bench.panel.curves.legend
        assert abs(float(shift)) > 0.001
    bench = Bench(qtbot, network(3, activation="sigmoid"))
    bench.show()
    assert "learned" not in bench.panel.curves.legend


def test_showing_a_unit_asks_for_it_and_then_shows_it(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    bench.show()
    bench.panel.show_unit(1, 5)
    assert bench.sent == [SetOptions("unit", UnitOptions(1, 5))]
    assert (bench.panel.layer.value(), bench.panel.unit.value()) == (2, 6)
    frame = bench.show()
    layout = frame.setup.network.layout
    block = layout.block(frame.parameters[None], 1)[0]
    np.testing.assert_allclose(bench.panel.weights.weights, block[:, 5])
    assert bench.panel.first_aid.bias.value() == pytest.approx(float(block[-1, 5]), abs=1e-3)


def test_a_reading_of_another_unit_is_not_taken_for_this_one(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    late = bench.frame()
    bench.panel.show_unit(1, 5)
    bench.panel.show_frame(late)
    assert bench.panel.empty.isVisible()


def test_another_network_brings_the_choice_back_into_its_limits(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    bench.show()
    bench.panel.show_unit(1, 7)
    bench.run.change(replace(RELU, layers=(HiddenLayer(3),)), "")
    bench.show()
    assert bench.options == UnitOptions(1, 0)
    bench.show()
    assert bench.state == "output unit"
    assert (bench.panel.layer.maximum(), bench.panel.unit.maximum()) == (2, 1)


def test_a_click_that_comes_before_any_frame_is_kept(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    bench.panel.show_unit(0, 6)
    bench.show()
    assert bench.options == UnitOptions(0, 6)
    assert bench.panel.curves.isVisible()


def test_it_says_the_state_and_the_share_of_examples_with_derivative_0(qtbot: QtBot) -> None:
    bench = Bench(qtbot, network(8, 8, activation="step"))
    frame = bench.show()
    examples = len(frame.setup.dataset.train)
    assert bench.state == "flat, born dead"
    expected = f"f'(z) is exactly 0 for 100 % of {examples} examples; a signal arrives for 0 %"
    assert bench.panel.readout.toolTip() == expected
    assert bench.panel.readout.text() in expected


def test_a_stand_in_for_the_derivative_is_named_at_every_width(qtbot: QtBot) -> None:
    ruled = with_activation(RELU, ActivationChoice("step", rule=Choice("clipped-straight-through")))
    for width in (300, 460, 1200):
        bench = Bench(qtbot, ruled, (width, 300))
        bench.show()
        assert "stand-in" in bench.panel.readout.text()
        assert "Clipped straight-through" in bench.panel.readout.toolTip()
        assert "Clipped straight-through rule stands in" in bench.panel.curves.legend


def test_re_initialising_draws_this_unit_only_and_can_be_undone(qtbot: QtBot) -> None:
    settings = replace(RELU, biases=Choice("constant", {"value": -50.0}))
    bench = Bench(qtbot, settings)
    bench.show()
    bench.panel.show_unit(0, 3)
    before = bench.show().parameters
    bench.panel.first_aid.redraw.click()
    after = bench.show().parameters
    own = parameters_of_unit(bench.run.trainer.network.layout, 0, 3)
    changed = np.flatnonzero(before != after).tolist()
    # The bias is drawn anew too: it is the same constant again.
    assert changed == own[:-1]
    assert bench.lab.undo_stack.undoText() == "Re-initialise layer 1, unit 4"
    assert bench.panel.first_aid.undo.isEnabled()
    assert bench.panel.first_aid.undo.toolTip() == "Undo: Re-initialise layer 1, unit 4"
    bench.panel.first_aid.redraw.click()
    assert not np.array_equal(bench.show().parameters, after)
    bench.panel.first_aid.undo.click()
    bench.panel.first_aid.undo.click()
    np.testing.assert_array_equal(bench.show().parameters, before)
    assert not bench.panel.first_aid.undo.isEnabled()


def test_shifting_the_bias_revives_a_dead_unit_as_one_entry_of_the_undo_stack(qtbot: QtBot) -> None:
    bench = Bench(qtbot, replace(RELU, biases=Choice("constant", {"value": -3.0})))
    bench.show()
    assert bench.state == "flat, born dead"
    for _ in range(14):
        bench.panel.first_aid.bias.stepUp()
        bench.show()
    assert bench.lab.undo_stack.count() == 1
    assert bench.lab.undo_stack.undoText() == "Shift the bias of layer 1, unit 1 to 0.5"
    layout = bench.run.trainer.network.layout
    assert bench.run.trainer.theta[0, parameters_of_unit(layout, 0, 0)[2]] == pytest.approx(0.5)
    assert bench.show().reading(UnitReading).zero_share < 1.0  # type: ignore[union-attr]  # it is asked for
    bench.lab.undo_stack.undo()
    bench.show()
    assert bench.state == "flat, born dead"


def test_shifts_of_two_units_are_two_entries(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    bench.show()
    bench.panel.first_aid.bias.stepUp()
    bench.panel.show_unit(0, 1)
    bench.show()
    bench.panel.first_aid.bias.stepUp()
    assert bench.lab.undo_stack.count() == 2


def test_the_bias_follows_the_training_but_not_while_it_is_being_changed(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    bench.show()
    first = bench.panel.first_aid.bias.value()
    bench.run.step(200)
    bench.panel.first_aid._shown_at = 0.0
    frame = bench.show()
    bias = frame.parameters[parameters_of_unit(frame.setup.network.layout, 0, 0)[2]]
    assert bench.panel.first_aid.bias.value() == pytest.approx(float(bias), abs=1e-3) != first
    bench.panel.first_aid.bias.stepUp()
    shifted = bench.panel.first_aid.bias.value()
    bench.run.step(200)
    bench.show()
    assert bench.panel.first_aid.bias.value() == shifted
    assert bench.lab.undo_stack.count() == 1


@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("size", [(300, 190), (460, 300), (1200, 800), (1900, 1000), (230, 160)])
@pytest.mark.parametrize(
    "settings",
    [
        RELU,
        with_activation(RELU, "step"),
        regression("sine", activation="relu"),
        experiment("digits", (8,), "relu", loss="softmax-cross-entropy", samples=60),
        replace(RELU, layers=()),
    ],
    ids=["relu", "step", "one input", "pictures", "no hidden layer"],
)
def test_it_is_painted_at_every_size_and_nothing_stands_out(
    qtbot: QtBot, theme: str, size: tuple[int, int], settings: Experiment
) -> None:
    bench = Bench(qtbot, settings, size)
    bench.panel.theme.choose(theme)
    bench.show()
    qtbot.waitUntil(lambda: bench.panel.curves.width() > 0.5 * (size[0] - 20) * (1.0 if size[0] < 420 else 0.9))
    panel = bench.panel
    assert (panel.width(), panel.height()) == size
    inside = QRect(0, 0, *size)
    for widget in (panel.layer, panel.unit, panel.state, panel.curves, panel.response, panel.weights, panel.readout):
        if widget.isVisible():
            assert inside.contains(QRect(widget.mapTo(panel, QPoint(0, 0)), widget.size()))
    assert panel.curves.height() >= 40
    assert not panel.grab().isNull()


def test_where_the_derivative_is_0_the_map_is_hatched_in_the_colour_of_zero(qtbot: QtBot) -> None:
    def share(settings: Experiment) -> float:
        bench = Bench(qtbot, settings, (800, 500))
        bench.show()
        picture = bench.panel.response.grab().toImage()
        zero = QColor(bench.panel.theme.colours.zero).rgb()
        pixels = [picture.pixel(x, y) for x in range(0, picture.width()) for y in range(0, picture.height(), 3)]
        return float(np.mean(np.array(pixels) == zero))

    nothing, half, everything = (
        share(network(8)),
        share(network(8, activation="relu")),
        share(network(8, activation="step")),
    )
    assert nothing == 0.0
    assert 0.0 < half < everything


def test_bars_tell_weight_and_gradient(qtbot: QtBot) -> None:
    bench = Bench(qtbot, with_activation(RELU, "step"), (800, 500))
    bench.show()
    bars = bench.panel.weights
    assert bars.names == ("x1", "x2", "bias")
    assert bars.at(QPoint(8, 40)) == 0
    assert bars.describe(0).startswith("Weight from x1: ")
    assert bars.describe(2).endswith("Its gradient: exactly 0")
    bench.panel.show_unit(1, 0)
    bench.show()
    assert bars.names[:3] == ("h1", "h2", "h3")
    assert input_names(bench.run.trainer.setup, 1)[-1] == "h8"


def test_a_frame_seen_already_costs_nothing(qtbot: QtBot) -> None:
    bench = Bench(qtbot, RELU)
    frame = bench.show()
    bench.panel._shown_at = 0.0
    bench.panel.show_frame(frame)
    bench.panel.show_frame(with_fields(frame, number=2, running=True))
    assert bench.panel._shown_at == 0.0


def test_a_trained_slope_is_drawn_as_it_is_now(qtbot: QtBot) -> None:
    bench = Bench(qtbot, network(8, activation="prelu"))
    bench.show()
    before = bench.panel._drawn
    bench.run.step(300)
    bench.show()
    assert bench.panel._drawn != before


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_of_a_normalised_unit_beta_is_shifted_which_moves_every_z(qtbot: QtBot, norm: str) -> None:
    bench = Bench(qtbot, experiment(norm=norm, precision="float64"), (900, 600))
    bench.show()
    bench.panel.show_unit(1, 4)
    bench.show()
    assert bench.panel.first_aid.bias.prefix() == "beta "
    assert bench.panel.first_aid.bias.accessibleName() == "Beta of the unit"
    assert bench.panel.weights.names[-3:] == ("bias", "gamma", "beta")
    assert bench.panel.weights.describe(9).startswith("Gamma: 1")
    # A bias below batch norm has no gradient, and is seen to have none.
    assert (bench.panel.weights.gradient[8] == 0.0) == (norm == "batch")
    assert f"pre-activations z after {norm} norm" in bench.panel.curves.legend
    before = bench.run.trainer.train_pass().z[1][0, :, 4].copy()
    bench.panel.first_aid.bias.stepUp()
    assert bench.lab.undo_stack.undoText() == "Shift the beta of layer 2, unit 5 to 0.25"
    np.testing.assert_allclose(bench.run.trainer.train_pass().z[1][0, :, 4], before + 0.25)
