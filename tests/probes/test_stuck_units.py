from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.arrays import with_ones
from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Choice, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.largest_derivative import largest_derivatives
from stepviz.probes.stuck_units import ACTIVE, FLAT, SATURATED, STARVED, measure_units, stuck_units
from tests.probes.runs import experiment, instant_of, regression, train


def test_states_of_units_known_by_hand():
    local = np.zeros((1, 100, 5))
    delta = np.zeros((1, 100, 5))
    local[0, 0, 1] = 1.0  # starved: it would pass one example on
    local[0, :, 2], delta[0, :, 2] = 0.009, 1.0  # below 1 % of 1 everywhere
    local[0, :, 3], delta[0, :, 3] = 0.009, 1.0
    local[0, :6, 3] = 0.5  # only 94 % of the examples
    local[0, :, 4], delta[0, 0, 4] = 1.0, 1e-300  # one example with the least of signals

    units = stuck_units([local], [delta], [np.ones(5)])

    assert units.states[0].tolist() == [FLAT, STARVED, SATURATED, ACTIVE, ACTIVE]
    np.testing.assert_allclose(units.active_share[0], [0.0, 0.01, 1.0, 1.0, 1.0])
    np.testing.assert_allclose(units.signal_share[0], [0.0, 0.0, 1.0, 1.0, 0.01])
    assert (units.stuck, units.total, units.count(ACTIVE)) == (2, 5, 2)


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_a_derivative_of_exactly_one_per_cent_is_not_below_it_in_any_precision(precision):
    local = np.full((1, 10, 2), 0.01, dtype=precision)
    local[..., 1] = np.nextafter(local[0, 0, 0], local.dtype.type(0))

    units = stuck_units([local], [np.ones_like(local)], [np.ones(2)])

    assert units.states[0].tolist() == [ACTIVE, SATURATED]


KINDS = {
    "step": ("step", "step"),
    "relu": ("relu", "relu"),
    "relu before step": ("relu", "step"),
    "tanh before step": ("tanh", "step"),
    "step before tanh": ("step", "tanh"),
    "tanh": ("tanh", "tanh"),
    "leaky": ("leaky-relu", "relu"),
}


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("activations", KINDS.values(), ids=KINDS.keys())
@pytest.mark.parametrize("seed", range(3))
def test_states_by_brute_force(activations, seed, norm):
    """Move each parameter of a unit a little: it is stuck where no example's loss changes at all."""
    generator = np.random.default_rng(seed)
    inputs, targets = generator.normal(size=(20, 2)), generator.normal(size=(20, 1))
    settings = regression("plane", precision="float64")
    layers = tuple(HiddenLayer(6, ActivationChoice(name), normalization=norm) for name in activations)
    shift = "biases" if norm == "none" else "beta"
    start = {f"layer1.{shift}": generator.normal(-1.5, 1.5, 6), f"layer2.{shift}": generator.normal(-1.0, 1.5, 6)}
    trainer = Trainer(
        replace(settings, layers=layers), dataset_from_arrays(inputs, targets, test_share=0.0), parameters=start
    )
    trainer.theta[:] += 0.5 * generator.normal(size=trainer.theta.shape)
    named = trainer.network.layout.named(trainer.theta)
    named["layer2.weights"][2] = 0.0  # nothing of the third unit is heard
    units = measure_units(instant_of(trainer))
    # Through the statistics over its layer's units it has a say all the same, where the others are heard.
    assert norm == "layer" or units.states[0][2] in (FLAT, STARVED)

    x = with_ones(inputs, "float64")
    evaluation = Pass(trainer.network, trainer.theta, 20)
    before = evaluation.forward(x).copy()
    hidden = [h.copy() for h in evaluation.h]
    for layer, name in enumerate(("layer1", "layer2")):
        for unit in range(6):
            heard = moved = False
            places = [*named[f"{name}.weights"][:, unit : unit + 1]]
            # A bias below batch norm moves nothing but the last digits.
            own = {"none": ("biases",), "batch": ("gamma", "beta"), "layer": ("biases", "gamma", "beta")}[norm]
            for place in [*places, *(named[f"{name}.{what}"][unit : unit + 1] for what in own)]:
                kept = place[0]
                for change in (-1e-7, 1e-7):
                    place[0] = kept + change
                    heard |= not np.array_equal(evaluation.forward(x), before)
                    moved |= not np.array_equal(evaluation.h[layer][:, :, unit], hidden[layer][:, :, unit])
                place[0] = kept
            state = units.states[layer][unit]
            assert (state in (FLAT, STARVED)) == (not heard)
            if state in (FLAT, STARVED):
                assert (state == FLAT) == (not moved)


def test_step_network_is_flat_in_every_unit():
    units = measure_units(train(experiment(activation="step"), 20))
    assert all(np.all(states == FLAT) for states in units.states)
    assert units.stuck == units.total == 16
    assert all(np.all(share == 0.0) for share in units.active_share + units.signal_share)


def test_a_living_layer_before_a_flat_one_is_starved():
    settings = experiment()
    layers = (HiddenLayer(8, ActivationChoice("tanh")), HiddenLayer(8, ActivationChoice("step")))
    units = measure_units(train(replace(settings, layers=layers), 5))
    assert np.all(units.states[0] == STARVED)
    assert np.all(units.states[1] == FLAT)
    assert np.all(units.active_share[0] == 1.0)


def test_large_weights_saturate():
    start = {"layer1.biases": np.full(8, 6.0)}
    units = measure_units(train(experiment(widths=(8,)), parameters=start))
    assert np.all(units.states[0] == SATURATED)


@pytest.mark.parametrize("rule", [key for key in BACKWARD_RULES if key != "true"])
def test_the_largest_of_a_rule_bounds_it_and_is_reached(rule):
    function = UnitFunction.of(ActivationChoice("step", rule=Choice(rule)))
    network = Network(1, (3, 1), (function, UnitFunction.of(ActivationChoice("linear"))), LOSSES["squared-error"])
    largest = largest_derivatives(network, np.zeros((1, network.layout.size)))[0]
    z = np.linspace(-9.0, 9.0, 100_003)
    out, scratch = np.empty_like(z), np.empty_like(z)
    function.rule.derivative(z, function.rule_values, out, scratch)
    assert largest.shape == (3,)
    assert np.all(np.abs(out).max() <= largest * (1 + 1e-12))
    assert np.all(np.abs(out).max() >= 0.99 * largest)


def test_trained_slopes_have_a_largest_derivative_per_unit():
    function = UnitFunction.of(ActivationChoice("prelu"))
    network = Network(1, (3, 1), (function, UnitFunction.of(ActivationChoice("linear"))), LOSSES["squared-error"])
    theta = np.zeros((1, network.layout.size))
    network.layout.named(theta)["layer1.slope"][:] = [0.0, -3.0, 2.0]
    np.testing.assert_allclose(
        largest_derivatives(network, theta)[0],
        [ACTIVATIONS["prelu"].largest_derivative((a,)) for a in (0.0, -3.0, 2.0)],
    )


@pytest.mark.parametrize(("width", "layers"), [(2, 3), (3, 4), (3, 6)])
def test_born_dead_as_often_as_the_formula_says(width, layers):
    """Lu et al. 2020: ReLU, zero biases, symmetric weights, one input point: 1 - (1 - 2^-N)^(L-1)."""
    trials = 3000
    relu, linear = UnitFunction.of(ActivationChoice("relu")), UnitFunction.of(ActivationChoice("linear"))
    functions = (*[relu] * (layers - 1), linear)
    network = Network(1, (*[width] * (layers - 1), 1), functions, LOSSES["squared-error"])
    theta = np.random.default_rng(7).normal(size=(trials, network.layout.size))
    for layer in range(layers):
        network.layout.block(theta, layer)[:, -1] = 0.0
    evaluation = Pass(network, theta, 1, gradient=np.zeros_like(theta))
    point = with_ones(np.array([[0.7]]), "float64")
    evaluation.forward(point)
    evaluation.backward(point, np.array([[3.0]]))
    ones = [np.ones(width)] * (layers - 1)
    dead = 0
    for run in range(trials):
        local = [values[run : run + 1] for values in evaluation.local[:-1]]
        delta = [values[run : run + 1] for values in evaluation.delta[:-1]]
        units = stuck_units(local, delta, ones)
        dead += units.stuck == units.total
    expected = 1.0 - (1.0 - 2.0**-width) ** (layers - 1)
    assert abs(dead / trials - expected) < 4.0 * np.sqrt(expected * (1.0 - expected) / trials)


@pytest.mark.parametrize(
    ("settings", "bias"),
    [
        (experiment(widths=(8,), activation="sigmoid", precision="float16"), -20.0),
        (experiment(widths=(8,), activation="sigmoid"), -110.0),
        (experiment(widths=(8,), activation="softplus"), -200.0),
        (experiment(widths=(4,)), 52.0),
        (experiment(widths=(4,)), 4000.0),
    ],
)
def test_a_derivative_that_underflows_is_not_0(settings, bias):
    trainer = Trainer(settings, parameters={"layer1.biases": np.full(settings.layers[0].width, bias)})
    units = measure_units(instant_of(trainer))
    assert units.count(SATURATED) == units.total
    assert units.stuck == 0


def test_a_relu_below_0_on_all_examples_is_flat_in_every_precision():
    for precision in ("float16", "float32", "float64"):
        settings = experiment(widths=(8,), activation="relu", precision=precision)
        trainer = Trainer(settings, parameters={"layer1.biases": np.full(8, -50.0)})
        assert measure_units(instant_of(trainer)).count(FLAT) == 8
