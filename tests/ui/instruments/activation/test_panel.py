"""The activation panel, its controls, and the curves it draws."""

from __future__ import annotations

import math
from dataclasses import replace as changed

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.setup.validation import validate
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import LIGHT, Theme
from stepviz.ui.instruments.activation.panel import EDGES, ActivationPanel
from stepviz.ui.plotting.activation_curves import is_zero, sample, split_zeros
from stepviz.ui.widgets.layer_choice import layer_choices
from stepviz.ui.widgets.parameter_control import ParameterControl
from stepviz.ui.widgets.slider_scale import value_at
from tests.ui.built_panels import look, network, walk

PROBES = ("activation",)
SIGMOID = ActivationChoice("sigmoid", {"slope": 2.0})
RULED = ActivationChoice("step", rule=Choice("straight-through"))


def panel_of(qtbot: QtBot, experiment: Experiment) -> ActivationPanel:
    lab = Lab(experiment, lambda command: None)
    panel = ActivationPanel(lab, Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(560, 320)
    panel.show()
    frame = look(Run(experiment), PROBES)
    lab.show(frame)
    panel.show_frame(frame)
    return panel


def control(panel: ActivationPanel, name: str) -> ParameterControl:
    return next(found for found in panel.parameters.controls if found.parameter.name == name)


def pixels_of_zero(panel: ActivationPanel) -> int:
    image, wanted = panel.view.grab().toImage(), QColor(LIGHT.zero).rgb()
    return sum(image.pixel(x, y) == wanted for x in range(0, image.width(), 2) for y in range(0, image.height(), 2))


@pytest.mark.parametrize(
    ("name", "says"), [("softplus", "f′, at most 1"), ("sigmoid", "f′, at most 0.25"), ("step", "f′, exactly 0")]
)
def test_the_largest_derivative_is_that_of_all_z_not_of_the_picture(qtbot: QtBot, name: str, says: str) -> None:
    panel = panel_of(qtbot, network(8, 8, activation=name))
    assert says in panel.view.legend.split("; ")


def test_a_step_network_says_and_shows_that_every_derivative_is_0(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, network(8, 8, activation="step"))
    qtbot.waitUntil(lambda: panel.readout.text().startswith("100 % of pre-activations have derivative exactly 0;"))
    assert panel.view.legend == "f: Step; f′, exactly 0; pre-activations z; z where f′ is exactly 0"
    smooth = panel_of(qtbot, network(8, 8))
    assert pixels_of_zero(panel) > 100
    assert pixels_of_zero(smooth) == 0


def test_the_share_and_the_count_are_those_of_the_network(qtbot: QtBot) -> None:
    experiment = network(8, 8, activation="relu")
    run = Run(experiment)
    panel = panel_of(qtbot, experiment)
    z = np.concatenate([layer[0].ravel() for layer in run.look().train.z[:2]])
    share = round(100 * float(np.mean(z <= 0)))
    zeros = int(np.count_nonzero(z == 0))
    expected = f"{share} % of pre-activations have derivative exactly 0; {zeros} pre-activations are exactly 0"
    qtbot.waitUntil(lambda: panel.readout.text() == expected)


def test_the_slider_changes_all_layers_alike_as_one_entry_to_undo(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, network(8, 8, activation=SIGMOID))
    slope = control(panel, "slope")
    assert slope.box.value() == 2.0
    for place in (700, 800, 900):
        slope.slider.setValue(place)
    wanted = value_at(slope.parameter, 900)
    assert wanted == pytest.approx(34.6, rel=0.01)
    found = [layer.activation.parameters["slope"] for layer in panel.lab.experiment.layers]
    assert found == pytest.approx([wanted, wanted])
    assert slope.box.value() == pytest.approx(wanted)
    assert panel.lab.undo_stack.count() == 1
    panel.lab.undo_stack.undo()
    assert slope.box.value() == 2.0


def test_a_typed_value_may_lie_outside_the_slider(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, network(8, activation=SIGMOID))
    slope = control(panel, "slope")
    slope.box.selectAll()
    qtbot.keyClicks(slope.box, "250")
    qtbot.keyClick(slope.box, Qt.Key.Key_Return)
    assert panel.lab.experiment.layers[0].activation.parameters == {"slope": 250.0}
    assert slope.slider.value() == slope.slider.maximum()


@pytest.mark.parametrize("name", ["step", "relu", "elu", "tanh"])
def test_a_number_typed_but_not_confirmed_goes_with_its_function(qtbot: QtBot, name: str) -> None:
    panel = panel_of(qtbot, network(8, activation=SIGMOID))
    panel.activateWindow()
    qtbot.waitUntil(panel.isActiveWindow)
    box = control(panel, "slope").box
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "35")
    wanted = with_activation(panel.lab.experiment, name)
    panel.lab.change(wanted, "another activation")
    assert panel.lab.experiment == wanted
    # Its number is no other function's.
    assert panel.lab.undo_stack.count() == 1


def test_one_layer_can_be_chosen_and_changed_alone(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, network(8, 8, activation=SIGMOID))
    panel.layers.setCurrentText("Layer 2")
    control(panel, "shift").slider.setValue(0)
    first, second = (layer.activation for layer in panel.lab.experiment.layers)
    assert first == SIGMOID
    assert second.parameters["shift"] < 0
    assert panel.layers.currentText() == "Layer 2"


def test_layers_with_another_activation_stand_apart() -> None:
    mixed = with_activation(network(8, 8, 8, activation="relu"), "tanh", 2)
    choices = layer_choices(mixed)
    assert [(choice.label, choice.layers) for choice in choices] == [
        ("All ReLU layers", (0, 2)), ("Layer 1", (0,)), ("Layer 2", (1,)), ("Layer 3", (2,)), ("Output", (3,)),
    ]  # fmt: skip
    after = choices[0].with_activation(mixed, ActivationChoice("step"))
    assert [layer.activation.name for layer in after.layers] == ["step", "tanh", "step"]
    assert layer_choices(replace(mixed, layers=()))[0].layers == (0,)


def test_a_rule_is_offered_for_step_only_and_named(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, network(8, 8, activation="step"))
    assert panel.rule.isVisible()
    panel.rule.setCurrentIndex(panel.rule.findData("straight-through"))
    panel.rule.activated.emit(panel.rule.currentIndex())
    assert [layer.activation for layer in panel.lab.experiment.layers] == [RULED, RULED]
    assert "Straight-through rule stands in for f′: 1 everywhere" in panel.view.legend
    frame = look(Run(panel.lab.experiment), PROBES)
    panel.show_frame(frame)
    qtbot.waitUntil(lambda: panel.readout.text().startswith("0 % of pre-activations have Straight-through stand-in"))
    panel.lab.put(network(8, 8), "")
    assert not panel.rule.isVisible()


def test_a_rule_brings_its_own_parameters(qtbot: QtBot) -> None:
    triangle = ActivationChoice("step", rule=Choice("triangle"))
    panel = panel_of(qtbot, network(8, activation=triangle))
    control(panel, "width").slider.setValue(control(panel, "width").slider.maximum())
    assert panel.lab.experiment.layers[0].activation.rule.parameters["width"] == pytest.approx(
        control(panel, "width").parameter.slider[1]
    )
    assert panel.lab.experiment.layers[0].activation.parameters == {}


def test_a_trained_slope_shows_the_mean_of_the_units_and_cannot_be_set(qtbot: QtBot) -> None:
    experiment = network(8, activation="prelu")
    panel = panel_of(qtbot, experiment)
    run = Run(experiment)
    frame = walk(run, 1, 60, PROBES)
    panel.show_frame(frame)
    mean = float(np.mean(run.trainer.parameters()["layer1.slope"]))
    slope = control(panel, "slope")
    assert slope.box.value() == pytest.approx(mean, abs=6e-4)
    assert mean != pytest.approx(0.25, abs=1e-3)
    assert not slope.slider.isEnabled()
    slope.trained.click()
    assert panel.lab.experiment.layers[0].activation.trained == ()
    assert slope.slider.isEnabled()
    kept = panel.lab.experiment.layers[0].activation.parameters["slope"]
    assert kept == pytest.approx(mean, rel=1e-5), "it stays where training brought it, not near to it"


def test_without_a_reading_it_says_what_will_appear(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, network(8))
    panel.show_frame(changed(look(Run(network(8)), ()), readings={}))
    qtbot.waitUntil(lambda: "appears here" in panel.readout.text())


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_activation_can_be_shown_and_every_control_moved(qtbot: QtBot, name: str) -> None:
    panel = panel_of(qtbot, network(4, activation=name))
    for found in panel.parameters.controls:
        for place in (0, 500, 1000):
            found.slider.setValue(place)
            validate(panel.lab.experiment)
    assert not panel.grab().isNull()


@pytest.mark.parametrize("name", BACKWARD_RULES)
@pytest.mark.parametrize("size", [(300, 190), (1900, 1000)])
def test_every_rule_can_be_shown_at_every_size(qtbot: QtBot, name: str, size: tuple[int, int]) -> None:
    panel = panel_of(qtbot, network(4, activation=ActivationChoice("step", rule=Choice(name))))
    panel.resize(*size)
    assert (panel.width(), panel.height()) == size
    assert not panel.grab().isNull()


def test_a_curve_is_broken_at_a_jump_and_nowhere_else() -> None:
    step, relu = ACTIVATIONS["step"], ACTIVATIONS["relu"]
    curve = sample(step.value, (), -6, 6, step.kinks(()))
    assert np.count_nonzero(np.isnan(curve.z)) == 1
    assert curve.dots == ((0.0, 1.0),)
    bent = sample(relu.value, (0.0,), -6, 6, relu.kinks((0.0,)))
    assert not np.isnan(bent.z).any()
    assert not bent.dots


@pytest.mark.parametrize("slope", [1.0, 30.0, 1000.0, -1000.0])
def test_the_peak_of_the_sharpest_sigmoid_is_not_missed(slope: float) -> None:
    sigmoid, values = ACTIVATIONS["sigmoid"], (slope, 0.7 * slope)
    value = sample(sigmoid.value, values, -6, 6)
    derivative = sample(sigmoid.derivative, values, -6, 6, (), value.z)
    assert np.abs(derivative.y).max() == pytest.approx(abs(slope) / 4, rel=0.02)
    assert len(derivative.z) < 3000


def test_zero_parts_are_told_from_the_others() -> None:
    relu = ACTIVATIONS["relu"]
    zero, rest = split_zeros(sample(relu.derivative, (0.0,), -6, 6, (0.0,)))
    assert np.nanmax(zero.z) < 0 < np.nanmax(rest.z)
    assert np.nanmin(rest.z) > -0.1


@pytest.mark.parametrize(("name", "share"), [("step", 1.0), ("relu", 0.5), ("tanh", 0.0), ("hard-tanh", 10 / 12)])
def test_bins_are_zero_where_the_derivative_is(name: str, share: float) -> None:
    activation = ACTIVATIONS[name]
    values = resolve({}, activation.parameters, name)
    assert is_zero(activation.derivative, values, EDGES, "float32").mean() == pytest.approx(share)


def test_zeros_are_those_of_the_precision() -> None:
    sharp = UnitFunction.of(ActivationChoice("sigmoid", {"slope": 5.0}))
    half = is_zero(sharp.activation.derivative, sharp.values, EDGES, "float16").mean()
    double = is_zero(sharp.activation.derivative, sharp.values, EDGES, "float64").mean()
    assert double == 0
    assert half > 0.1
    assert math.isfinite(half)


def test_the_readout_fits_into_a_narrow_panel(qtbot: QtBot) -> None:
    panel = panel_of(qtbot, network(8, activation=ActivationChoice("step", rule=Choice("triangle"))))
    panel.resize(300, 190)
    panel.show_frame(look(Run(panel.lab.experiment), PROBES))
    qtbot.waitUntil(lambda: " of z: Triangle stand-in exactly 0" in panel.readout.text())
    assert panel.readout.fontMetrics().horizontalAdvance(panel.readout.text()) <= panel.readout.width()
