"""The forward and backward pass, against central differences, PyTorch-free closed forms and themselves."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.arrays import with_ones
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Choice

SMOOTH_ENOUGH = [key for key, activation in ACTIVATIONS.items() if not activation.takes_rules]


def targets_for(loss: str, examples: int, outputs: int, generator: np.random.Generator) -> np.ndarray:
    if loss == "squared-error":
        return generator.normal(size=(examples, outputs))
    if loss == "hinge":
        return generator.choice([-1.0, 1.0], size=(examples, outputs))
    if loss == "softmax-cross-entropy":
        return np.eye(outputs)[generator.integers(0, outputs, examples)]
    return generator.integers(0, 2, (examples, outputs)).astype(float)


def build(
    activation: str, loss: str, trained: tuple[str, ...] | None = None, runs: int = 2
) -> tuple[Pass, np.ndarray, np.ndarray]:
    generator = np.random.default_rng(5)
    choice = ActivationChoice(activation, trained=trained)
    functions = [UnitFunction.of(choice), UnitFunction.of(choice), UnitFunction.of(ActivationChoice("linear"))]
    network = Network(3, [4, 5, 2], functions, LOSSES[loss])
    theta = generator.normal(size=(runs, network.layout.size))
    inputs = with_ones(generator.normal(size=(6, 3)), "float64")
    targets = targets_for(loss, 6, 2, generator)
    return Pass(network, theta, 6, gradient=np.zeros_like(theta)), inputs, targets


def numeric_gradient(evaluation: Pass, inputs: np.ndarray, targets: np.ndarray, width: float = 1e-6) -> np.ndarray:
    theta = evaluation.theta
    result = np.zeros_like(theta)
    above, below = np.zeros(len(theta)), np.zeros(len(theta))
    for place in range(theta.shape[1]):
        kept = theta[:, place].copy()
        theta[:, place] = kept + width
        evaluation.forward(inputs)
        evaluation.losses(targets, above)
        theta[:, place] = kept - width
        evaluation.forward(inputs)
        evaluation.losses(targets, below)
        theta[:, place] = kept
        result[:, place] = (above - below) / (2 * width)
    return result


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("activation", SMOOTH_ENOUGH)
def test_gradient_equals_central_differences(activation: str, loss: str) -> None:
    evaluation, inputs, targets = build(activation, loss)
    expected = numeric_gradient(evaluation, inputs, targets)
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    np.testing.assert_allclose(evaluation.gradient, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize(
    ("activation", "trained"), [(key, entry.trainable) for key, entry in ACTIVATIONS.items() if entry.trainable]
)
def test_gradient_of_trained_activation_parameters(activation: str, trained: tuple[str, ...]) -> None:
    evaluation, inputs, targets = build(activation, "squared-error", trained)
    shape = evaluation.network.layout.layers[0]
    assert shape.trained == trained
    expected = numeric_gradient(evaluation, inputs, targets)
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    np.testing.assert_allclose(evaluation.gradient, expected, rtol=1e-5, atol=1e-7)


@pytest.mark.parametrize("activation", [key for key, entry in ACTIVATIONS.items() if entry.takes_rules])
def test_step_units_pass_exactly_no_gradient_and_any_small_move_changes_nothing(activation: str) -> None:
    evaluation, inputs, targets = build(activation, "squared-error")
    layout = evaluation.network.layout
    hidden = layout.offsets[2]
    expected = numeric_gradient(evaluation, inputs, targets)
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    assert evaluation.gradient is not None
    assert np.all(evaluation.gradient[:, :hidden] == 0.0)
    assert np.all(expected[:, :hidden] == 0.0)
    assert np.any(evaluation.gradient[:, hidden:] != 0.0)
    np.testing.assert_allclose(evaluation.gradient, expected, rtol=1e-5, atol=1e-7)


def test_straight_through_rule_gives_the_gradient_of_a_linear_backward_pass() -> None:
    rule = ActivationChoice("step", rule=Choice("straight-through"))
    functions = [UnitFunction.of(rule), UnitFunction.of(ActivationChoice("linear"))]
    generator = np.random.default_rng(2)
    network = Network(3, [4, 1], functions, LOSSES["squared-error"])
    theta = generator.normal(size=(1, network.layout.size))
    x, t = generator.normal(size=(7, 3)), generator.normal(size=(7, 1))
    inputs = with_ones(x, "float64")
    evaluation = Pass(network, theta, 7, gradient=np.zeros_like(theta))
    y = evaluation.forward(inputs)[0]
    evaluation.backward(inputs, t)
    blocks = network.layout.named(theta)
    delta = 2 * (y - t) / 7 @ blocks["layer2.weights"].T
    assert evaluation.gradient is not None
    found = network.layout.named(evaluation.gradient)
    np.testing.assert_allclose(found["layer1.weights"], x.T @ delta, rtol=1e-12)
    np.testing.assert_allclose(found["layer1.biases"], delta.sum(0), rtol=1e-12)


def test_many_runs_side_by_side_are_the_runs_alone() -> None:
    evaluation, inputs, targets = build("tanh", "squared-error", runs=5)
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    assert evaluation.gradient is not None
    for run in range(5):
        theta = evaluation.theta[run : run + 1].copy()
        alone = Pass(evaluation.network, theta, 6, gradient=np.zeros_like(theta))
        alone.forward(inputs)
        alone.backward(inputs, targets)
        np.testing.assert_array_equal(alone.gradient, evaluation.gradient[run : run + 1])


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_every_buffer_has_the_runs_precision(precision: str) -> None:
    functions = [UnitFunction.of(ActivationChoice("gelu")), UnitFunction.of(ActivationChoice("linear"))]
    network = Network(2, [3, 1], functions, LOSSES["binary-cross-entropy"])
    theta = np.ones((1, network.layout.size), dtype=precision)
    evaluation = Pass(network, theta, 4, gradient=np.zeros_like(theta))
    inputs = with_ones(np.ones((4, 2)), precision)
    with np.errstate(all="ignore"):
        evaluation.forward(inputs)
        evaluation.backward(inputs, np.ones((4, 1), dtype=precision))
    arrays = [*evaluation.z, *evaluation.h, *evaluation.delta, *evaluation.local, evaluation.gradient]
    assert {array.dtype.name for array in arrays if array is not None} == {precision}
