from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.settings.experiment import ActivationChoice, Choice, HiddenLayer
from stepviz.probes.findings.flat import flat_activation, flat_units, starved_units
from stepviz.probes.stuck_units import FLAT, STARVED
from tests.probes.findings.cases import evidence, layers_of, with_trend
from tests.probes.runs import experiment

DEAD = Choice("constant", {"value": -9.0})


def test_step_in_all_hidden_layers():
    found = flat_activation(evidence(experiment(activation="step"), 10))
    assert found.sentence.startswith("All 16 hidden units are stuck, step has derivative 0; ")
    assert {layer.activation.rule.name for layer in found.remedy.layers} == {"clipped-straight-through"}


def test_step_in_one_layer_names_it_and_counts_what_it_starves():
    found = flat_activation(evidence(replace(experiment(), layers=layers_of("tanh", "sign", "tanh")), 10))
    assert found.sentence.startswith("16 of 24 hidden units are stuck, sign has derivative 0 in layer 2; ")
    assert [layer.activation.rule.name for layer in found.remedy.layers] == ["true", "clipped-straight-through", "true"]


def test_a_step_with_a_rule_is_not_flat():
    for rule in BACKWARD_RULES:
        found = flat_activation(evidence(experiment(activation="step", rule=rule), 1))
        assert (found is None) == (rule != "true")


def test_a_sigmoid_of_slope_0_is_flat_too():
    settings = replace(experiment(), layers=(HiddenLayer(4, ActivationChoice("sigmoid", {"slope": 0.0})),))
    assert "sigmoid has derivative 0" in flat_activation(evidence(settings)).sentence


def test_dead_relu_layer():
    start = {"layer1.biases": np.full(8, -100.0)}
    ill = evidence(experiment(activation="relu", widths=(8, 4)), parameters=start)
    found = flat_units(ill)
    assert found.sentence.startswith(
        "All 8 units of layer 1 and all 4 units of layer 2 are flat: ReLU gives them derivative 0 on every one of 140"
    )
    assert {layer.activation.name for layer in found.remedy.layers} == {"leaky-relu"}


def test_a_few_dead_units_are_no_illness_while_the_loss_falls_but_half_are_when_it_does_not():
    biases = np.array([-100.0] * 4 + [0.0] * 4)
    settings = experiment(activation="relu", widths=(8,), weights=Choice("he-uniform"))
    ill = evidence(settings, parameters={"layer1.biases": biases})
    assert np.count_nonzero(ill.units.states[0] == FLAT) == 4
    assert flat_units(with_trend(ill, "falling")) is None
    assert "4 of 8 units of layer 1" in flat_units(with_trend(ill, "flat")).sentence


def test_three_half_dead_layers_are_counted_together():
    start = {f"layer{layer}.biases": np.array([-100.0] * 4 + [1.0] * 4) for layer in (1, 2, 3)}
    ill = with_trend(evidence(experiment(activation="relu", widths=(8, 8, 8)), parameters=start), "flat")
    assert flat_units(ill).sentence.startswith("12 of 24 units of layers 1, 2 and 3 are flat: ReLU")


def test_a_rule_that_gives_0_is_blamed_by_name():
    start = {"layer1.biases": np.full(8, -100.0)}
    ill = evidence(experiment(activation="step", rule="clipped-straight-through", widths=(8,)), parameters=start)
    found = flat_units(ill)
    assert "the clipped straight-through rule gives them derivative 0" in found.sentence
    assert found.remedy.layers[0].activation.rule.name == "straight-through"


def test_a_living_layer_under_a_dead_one_is_starved_and_the_dead_one_named():
    found = starved_units(evidence(replace(experiment(), layers=layers_of("tanh", "step"))))
    assert found.sentence == (
        "All 8 units of layer 1 are starved: they would pass a gradient on, "
        "but every unit of layer 2 behind them is flat"
    )


def test_units_behind_zero_weights_are_starved_and_those_whose_signal_underflows_are_not():
    start = {"layer3.weights": np.zeros((8, 1))}
    assert "all weights from them to layer 3 are 0" in starved_units(evidence(experiment(), parameters=start)).sentence
    tiny = {"layer3.weights": np.full((8, 1), 1e-7), "layer2.weights": np.full((8, 8), 1e-3)}
    # A product that underflows is no 0: float64 has an error signal there.
    assert starved_units(evidence(experiment(precision="float16"), parameters=tiny)) is None


def test_a_signal_that_no_precision_would_bring_is_not_called_too_small():
    weights = np.random.default_rng(0).normal(size=(8, 1))
    weights[0] = 0.0
    start = {"layer2.biases": np.array([0.0] + [-50.0] * 7), "layer3.weights": weights}
    ill = evidence(replace(experiment(), layers=layers_of("tanh", "relu")), parameters=start)
    assert set(ill.units.states[1]) == {FLAT, STARVED}
    found = starved_units(with_trend(ill, "flat"))
    assert "layer 2 behind them passes none back: the error signal that arrives is exactly 0" in found.sentence
    assert found.remedy is None


def test_a_layer_whose_gamma_is_0_starves_the_one_before_it():
    start = {"layer2.gamma": np.zeros(8), "layer2.beta": np.linspace(-1.0, 1.0, 8)}
    found = starved_units(evidence(experiment(norm="batch"), parameters=start))
    assert found.sentence.endswith("every gamma of layer 2 is 0, and its normalisation passes nothing on")


def test_of_a_deep_dead_network_one_sentence_can_be_read() -> None:
    found = flat_units(evidence(experiment(widths=(2,) * 20, activation="relu", biases=DEAD), 0))
    assert found.sentence.startswith("All 40 units of layers 1 to 20 are flat: ReLU gives them derivative 0")
