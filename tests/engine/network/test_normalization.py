"""Batch and layer normalisation compute what their formulas say, forward, backward, in training and in measurements."""

from __future__ import annotations

import json
from itertools import pairwise
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.arrays import Array, with_ones
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.network.dropout import Dropout
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.race.joint_training import line_up
from stepviz.engine.race.race import Lane, Race, differences
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.batch_order import Batches
from stepviz.engine.training.trainer import Trainer
from tests.engine.memory import peak_of
from tests.engine.network.test_forward_backward import numeric_gradient, targets_for

KINDS = [key for key, entry in NORMALIZATIONS.items() if entry.axis is not None]
EXAMPLES = 7


def experiment(norm: str = "batch", name: str = "tanh", widths: tuple[int, ...] = (8, 8), **changes: Any) -> Experiment:
    layers = tuple(HiddenLayer(width, ActivationChoice(name), normalization=norm) for width in widths)
    return replace(Experiment(precision="float64", seed=3), layers=layers, **changes)


def build(
    norm: str, loss: str = "squared-error", name: str = "tanh", dropout: float = 0.0, rule: str = "true", runs: int = 3
) -> tuple[Pass, Array, Array]:
    """Return a pass over a population, its inputs and targets; gamma and beta are not where they start."""
    choice = ActivationChoice(name, rule=Choice(rule))
    functions = [UnitFunction.of(choice, dropout, norm) for _ in range(2)]
    network = Network(3, [4, 5, 2], [*functions, UnitFunction.of(ActivationChoice("linear"))], LOSSES[loss])
    generator = np.random.default_rng(8)
    theta = generator.normal(size=(runs, network.layout.size))
    masks = Dropout(network, range(runs), EXAMPLES, theta.dtype) if dropout else None
    if masks is not None:
        masks.draw(4)
    evaluation = Pass(network, theta, EXAMPLES, gradient=np.zeros_like(theta), dropout=masks)
    inputs = with_ones(generator.normal(size=(EXAMPLES, 3)), "float64")
    return evaluation, inputs, targets_for(loss, EXAMPLES, 2, generator)


def by_hand(norm: str, sums: Array, named: dict[str, Array], layer: str) -> Array:
    """Return gamma û + beta (examples, units) of sums (examples, units)."""
    axis = 0 if norm == "batch" else 1
    mean, variance = sums.mean(axis=axis, keepdims=True), sums.var(axis=axis, keepdims=True)
    return named[f"{layer}.gamma"] * (sums - mean) / np.sqrt(variance + 1e-5) + named[f"{layer}.beta"]


def answers_by_hand(norm: str, x: Array, named: dict[str, Array]) -> Array:
    h = x
    for layer in ("layer1", "layer2"):
        h = np.tanh(by_hand(norm, h @ named[f"{layer}.weights"] + named[f"{layer}.biases"], named, layer))
    return h @ named["layer3.weights"] + named["layer3.biases"]


@pytest.mark.parametrize("norm", KINDS)
def test_answers_are_those_of_the_formula_run_by_run(norm: str) -> None:
    evaluation, inputs, _ = build(norm)
    answers = evaluation.forward(inputs)
    for run in range(3):
        named = evaluation.network.layout.named(evaluation.theta, run)
        np.testing.assert_allclose(answers[run], answers_by_hand(norm, inputs[0, :, :-1], named), rtol=1e-12)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("name", ["tanh", "prelu", "linear", "sigmoid"])
@pytest.mark.parametrize("norm", KINDS)
def test_gradient_equals_central_differences(norm: str, name: str, loss: str) -> None:
    _compare(*build(norm, loss, name))


@pytest.mark.parametrize("norm", KINDS)
def test_gradient_together_with_dropout(norm: str) -> None:
    _compare(*build(norm, dropout=0.3))


def _compare(evaluation: Pass, inputs: Array, targets: Array) -> None:
    expected = numeric_gradient(evaluation, inputs, targets)
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    np.testing.assert_allclose(evaluation.gradient, expected, rtol=1e-5, atol=2e-7)
    assert np.all(np.any(expected != 0.0, axis=0)[-20:])


@pytest.mark.parametrize("norm", KINDS)
def test_a_backward_rule_stands_in_between_as_a_linear_unit_would(norm: str) -> None:
    """With straight-through the step's hidden gradient is that of the answers' error through linear units."""
    evaluation, inputs, targets = build(norm, name="step", rule="straight-through")
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    for layer in range(2):
        np.testing.assert_array_equal(evaluation.delta[layer], evaluation.upstream_grad[layer])
        scale = evaluation.network.layout.trained(evaluation.theta, layer)[:, 0, None, :]
        normalizer = evaluation.normalizers[layer]
        assert normalizer is not None
        signal, u, axis = evaluation.delta[layer] * scale, normalizer.normalised, 1 if norm == "batch" else 2
        left = signal - signal.mean(axis=axis, keepdims=True) - u * (signal * u).mean(axis=axis, keepdims=True)
        np.testing.assert_allclose(evaluation.error[layer], left * normalizer.factor / scale, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("norm", KINDS)
def test_steps_without_a_rule_pass_exactly_nothing(norm: str) -> None:
    evaluation, inputs, targets = build(norm, name="step")
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    assert evaluation.gradient is not None
    assert not evaluation.gradient[:, : evaluation.network.layout.offsets[2]].any()


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_below_batch_norm_a_bias_has_no_gradient_and_never_moves(precision: str) -> None:
    trainer = Trainer(experiment(biases=Choice("constant"), precision=precision))
    start = trainer.parameters()
    trainer.step(30)
    for name, values in trainer.parameters().items():
        still = name in ("layer1.biases", "layer2.biases")
        assert np.array_equal(values, start[name]) == still
        assert np.any(trainer.gradients()[name]) != still


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_below_batch_norm_a_weight_from_what_is_the_same_for_all_examples_has_none_either(precision: str) -> None:
    rule = ActivationChoice("step", rule=Choice("straight-through"))
    layers = (HiddenLayer(4, rule), HiddenLayer(4, normalization="batch"))
    trainer = Trainer(replace(experiment(precision=precision), layers=layers))
    trainer.network.layout.named(trainer.theta)["layer1.biases"][1] = 100.0
    assert np.all(trainer.train_pass().h[0][0, :, 1] == 1.0)
    gradient = trainer.gradients()["layer2.weights"]
    assert not gradient[1].any()
    assert gradient[[0, 2, 3]].all()


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize("norm", KINDS)
def test_equal_sums_are_normalised_to_exactly_0(norm: str, precision: str) -> None:
    trainer = Trainer(experiment(norm, precision=precision, weights=Choice("zeros"), biases=Choice("constant")))
    found = trainer.train_pass()
    assert found.normalizers[0] is not None
    assert not found.normalizers[0].normalised.any()
    assert not found.z[0].any()


@pytest.mark.parametrize("norm", KINDS)
def test_numbers_whose_squares_overflow_float16_are_normalised(norm: str) -> None:
    generator = np.random.default_rng(0)
    data = dataset_from_arrays(generator.normal(size=(400, 2)) * 3000.0, generator.normal(size=(400, 1)))
    trainer = Trainer(experiment(norm, precision="float16", loss="squared-error"), data)
    z = trainer.train_pass().z[0].astype(np.float64)
    np.testing.assert_allclose(z.var(axis=1 if norm == "batch" else 2), 1.0, atol=0.01)


@pytest.mark.parametrize("norm", KINDS)
def test_a_trained_trajectory_is_that_of_the_formula(norm: str) -> None:
    """Plain gradient descent on the whole training set, its gradient by differences of the formula's loss."""
    settings = experiment(
        norm, widths=(5, 5), optimizer=Choice("sgd"), learning_rate=0.1, batch_size=0, loss="squared-error", l2=0.1
    )
    generator = np.random.default_rng(1)
    x, t = generator.normal(size=(12, 2)), generator.normal(size=(12, 1))
    trainer = Trainer(settings, dataset_from_arrays(x, t, test_share=0.0))
    x, t = trainer.setup.train.inputs[0, :, :-1], trainer.setup.train.targets
    named = trainer.parameters()
    assert np.all(named["layer1.gamma"] == 1.0)
    assert np.all(named["layer1.beta"] == 0.0)

    def loss() -> float:
        return float(np.mean((answers_by_hand(norm, x, named) - t) ** 2)) * scale

    # The engine's squared error, whatever its factor.
    scale = 1.0
    scale = trainer.loss() / loss()
    assert scale in (pytest.approx(1.0), pytest.approx(0.5))
    for _ in range(5):
        slopes = {}
        for name, values in named.items():
            slope = np.zeros_like(values)
            for place in np.ndindex(values.shape):
                kept = values[place]
                values[place] = kept + 1e-5
                above = loss()
                values[place] = kept - 1e-5
                slope[place] = (above - loss()) / 2e-5
                values[place] = kept
            # Weights alone are penalised: not gamma, not beta.
            slopes[name] = slope + (0.1 * values if name.endswith("weights") else 0.0)
        for name, values in named.items():
            values -= 0.1 * slopes[name]
        trainer.step()
        for name, values in trainer.parameters().items():
            np.testing.assert_allclose(values, named[name], rtol=1e-6, atol=1e-7)


def test_what_is_not_a_batch_goes_by_the_statistics_of_the_training_set() -> None:
    trainer = Trainer(experiment(batch_size=8))
    trainer.step(40)
    named, setup = trainer.parameters(), trainer.setup
    train, test = (examples.inputs[0, :, :-1] for examples in (setup.train, setup.test))
    for layer in ("layer1", "layer2"):
        sums = [h @ named[f"{layer}.weights"] + named[f"{layer}.biases"] for h in (train, test)]
        mean, spread = sums[0].mean(axis=0), np.sqrt(sums[0].var(axis=0) + 1e-5)
        train, test = (
            np.tanh(named[f"{layer}.gamma"] * (u - mean) / spread + named[f"{layer}.beta"]) for u in sums
        )  # fmt: skip
    expected = test @ named["layer3.weights"] + named["layer3.biases"]
    np.testing.assert_allclose(trainer.test_pass().y[0], expected, rtol=1e-10)
    before = trainer.loss("test")
    # Each example's answer is its own affair: others beside it change nothing.
    other = Pass(trainer.network, trainer.theta, 3, follows=True)
    other.follow(trainer.train_pass())
    np.testing.assert_allclose(other.forward(setup.test.inputs[:, 4:7])[0], expected[4:7], rtol=1e-10)
    assert trainer.loss("test") == before


def test_a_pass_that_follows_nothing_yet_answers_nothing() -> None:
    trainer = Trainer(experiment())
    assert np.isnan(
        Pass(trainer.network, trainer.theta, 3, follows=True).forward(trainer.setup.test.inputs[:, :3])
    ).all()


@pytest.mark.parametrize("norm", KINDS)
@pytest.mark.parametrize("key", OPTIMIZERS)
def test_every_optimizer_moves_gamma_and_beta(key: str, norm: str) -> None:
    if OPTIMIZERS[key].mistakes:
        pytest.skip("has no hidden layers")
    trainer = Trainer(experiment(norm, optimizer=Choice(key)))
    before = trainer.loss()
    trainer.step(60)
    named = trainer.parameters()
    assert np.any(named["layer2.gamma"] != 1.0)
    assert np.any(named["layer1.beta"] != 0.0)
    assert trainer.loss() < before


@pytest.mark.parametrize("norm", KINDS)
def test_runs_side_by_side_are_what_each_is_alone(norm: str) -> None:
    lanes = (Lane("plain", experiment("none")), Lane("normalised", experiment(norm)))
    for lane, runs in zip(lanes, line_up(Race(lanes[0].experiment, lanes, seeds=3)), strict=True):
        runs.trainer.step(30)
        for place, seed in enumerate(range(3, 6)):
            alone = Trainer(lane.experiment, seeds=[seed])
            alone.step(30)
            np.testing.assert_allclose(runs.theta[place], alone.theta[0], rtol=1e-9, atol=1e-12)


def test_it_is_switched_while_the_run_goes_on() -> None:
    trainer = Trainer(experiment("none"))
    trainer.step(10)
    before = trainer.parameters()
    assert trainer.change(experiment("batch"))
    for name, values in trainer.parameters().items():
        expected = before.get(name, 1.0 if name.endswith("gamma") else 0.0)
        np.testing.assert_array_equal(values, np.broadcast_to(expected, values.shape))
    trainer.step(10)
    trained = trainer.parameters()
    assert trainer.change(experiment("layer"))
    np.testing.assert_array_equal(trainer.parameters()["layer1.gamma"], trained["layer1.gamma"])
    assert trainer.change(experiment("none"))
    assert "layer1.gamma" not in trainer.parameters()


@pytest.mark.parametrize("norm", KINDS)
def test_a_run_goes_on_from_a_moment_bit_for_bit(norm: str) -> None:
    trainer = Trainer(experiment(norm))
    trainer.step(20)
    moment = trainer.moment()
    trainer.step(20)
    later = trainer.theta.copy()
    trainer.go_to(moment)
    trainer.loss("test")
    trainer.step(21)
    assert trainer.step_back()
    np.testing.assert_array_equal(trainer.theta, later)


# Batches


def test_no_batch_of_batch_norm_is_a_single_example() -> None:
    batches, before = Batches(33, 8, 0, no_single=True), Batches(33, 8, 0)
    sizes = [len(batches.following()) for _ in range(12)]
    assert sizes == [8] * 12
    assert batches.epochs == 3.0
    assert [len(before.following()) for _ in range(5)] == [8, 8, 8, 8, 1]
    left = set(range(33)) - {int(place) for _ in range(12) for place in batches.following()}
    assert not left, "each epoch leaves out another one"


def test_switched_on_in_the_middle_of_an_epoch_there_is_no_single_example_either() -> None:
    for steps in range(1, 12):
        trainer = Trainer(experiment("none", batch_size=9))
        trainer.step(steps)
        trainer.change(experiment("batch", batch_size=23))
        sizes = {len(trainer.batches.following()) for _ in range(40)}
        assert 1 not in sizes


def test_a_race_says_that_batches_differ_only_where_they_do() -> None:
    plain, normalised = experiment("none", batch_size=8), experiment("batch", batch_size=8)
    assert any("leaves out" in words for words in differences(plain, normalised, 33))
    assert differences(plain, normalised, 32) == ()
    assert differences(plain, experiment("layer", batch_size=8), 33) == ()


# Settings


def test_a_batch_of_one_is_refused_with_batch_norm_alone() -> None:
    with pytest.raises(InputError, match=r"batch_size: found 1, expected 0 or at least 2, because of batch norm"):
        validate(experiment("batch", batch_size=1))
    validate(experiment("layer", batch_size=1))
    trainer = Trainer(experiment("none", batch_size=1))
    with pytest.raises(InputError, match="batch_size"):
        trainer.change(experiment("batch", batch_size=1))


def test_one_training_example_is_refused_with_batch_norm() -> None:
    data = dataset_from_arrays(np.array([[1.0, 2.0]]), np.array([[1.0]]), test_share=0.0)
    with pytest.raises(InputError, match="one training example"):
        Trainer(experiment("batch", loss="squared-error"), data)


def test_a_layer_of_one_unit_cannot_be_normalised_over_its_units() -> None:
    with pytest.raises(InputError, match=r"layers\[1\]\.width: found 1, expected at least 2, because of layer norm"):
        validate(experiment("layer", widths=(4, 1)))
    validate(experiment("batch", widths=(4, 1)))


def test_an_unknown_name_is_refused_by_field() -> None:
    with pytest.raises(InputError, match=r"layers\[0\]\.normalization.*none, batch, layer"):
        validate(experiment("group"))


@pytest.mark.parametrize("norm", KINDS)
def test_files_keep_it_and_older_files_are_read(norm: str) -> None:
    assert decode(encode(experiment(norm)), "a file") == experiment(norm)
    older = json.loads(encode(experiment("none")))
    for layer in older["experiment"]["layers"]:
        layer.pop("normalization", None)
    assert decode(json.dumps(older).encode(), "a file") == experiment("none")


# The hot loop


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("norm", KINDS)
def test_updates_do_not_allocate(norm: str, precision: str) -> None:
    trainer = Trainer(experiment(norm, widths=(1024,), precision=precision, batch_size=64))
    # Past the shorter batch that ends an epoch.
    trainer.step(10)
    # NumPy broadcasts and casts by way of a small buffer of its own, whatever the size of the arrays.
    assert peak_of(trainer.step) < 80_000 < 64 * 1024 * np.dtype(precision).itemsize


def test_without_normalisation_the_loops_run_the_functions_of_the_tables_themselves() -> None:
    evaluation, _, _ = build("none")
    assert evaluation.normalizers == [None, None, None]
    for layer, function in enumerate(evaluation.network.functions[:-1]):
        assert evaluation._forward[layer][2] is function.activation.value
        assert evaluation.error[layer] is evaluation.delta[layer]
    for (_, after, _, multiply, *_rest), _ in pairwise(evaluation._backward):
        assert after is None
        assert multiply is np.matmul
