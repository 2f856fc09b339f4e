"""Dropout leaves out what it says, in updates only, and a run that goes on leaves out the same."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.arrays import with_ones
from stepviz.engine.common.errors import InputError
from stepviz.engine.network.dropout import Dropout
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.race.joint_training import line_up
from stepviz.engine.race.race import Lane, Race
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer
from tests.engine.memory import peak_of

EXAMPLES = 30


def experiment(*shares: float, name: str = "tanh", **changes: Any) -> Experiment:
    layers = tuple(HiddenLayer(8, ActivationChoice(name), dropout=share) for share in shares)
    return replace(Experiment(precision="float64", seed=3), layers=layers, **changes)


def network(*shares: float) -> Network:
    functions = [UnitFunction.of(ActivationChoice("tanh"), dropout=share) for share in shares]
    functions.append(UnitFunction.of(ActivationChoice("linear")))
    return Network(2, [6] * len(shares) + [1], functions, LOSSES["squared-error"])


def dropping_pass(*shares: float, runs: int = 2) -> tuple[Pass, Dropout, np.ndarray]:
    built = network(*shares)
    generator = np.random.default_rng(1)
    theta = generator.normal(size=(runs, built.layout.size))
    dropout = Dropout(built, range(runs), EXAMPLES, theta.dtype)
    evaluation = Pass(built, theta, EXAMPLES, gradient=np.zeros_like(theta), dropout=dropout)
    return evaluation, dropout, with_ones(generator.normal(size=(EXAMPLES, 2)), "float64")


def test_a_unit_is_left_out_with_its_probability_and_scaled_up_otherwise() -> None:
    _, dropout, _ = dropping_pass(0.25, 0.0, 0.8)
    assert dropout.masks[1] is dropout.masks[3] is None
    for layer, share in ((0, 0.25), (2, 0.8)):
        mask = dropout.masks[layer]
        assert mask is not None
        left_out = 0
        for step in range(200):
            dropout.draw(step)
            assert set(np.unique(mask)) <= {0.0, 1.0 / (1.0 - share)}
            left_out += np.count_nonzero(mask == 0.0)
        drawn = 200 * mask.size
        assert abs(left_out / drawn - share) < 5.0 * np.sqrt(share * (1.0 - share) / drawn)


def test_units_examples_runs_and_updates_are_left_out_independently() -> None:
    _, dropout, _ = dropping_pass(0.5)
    mask = dropout.masks[0]
    assert mask is not None
    kept = []
    for step in range(50):
        dropout.draw(step)
        kept.append((mask > 0.0).ravel())
    # (updates, runs * examples * units): no two places, and no two updates, go together.
    table = np.array(kept, dtype=float)
    assert np.abs(np.corrcoef(table))[~np.eye(50, dtype=bool)].max() < 0.3
    assert len(np.unique(table, axis=1).T) == table.shape[1]


def test_the_mean_over_the_masks_is_what_the_network_without_dropout_answers() -> None:
    evaluation, dropout, inputs = dropping_pass(0.4)
    answers = []
    for step in range(4000):
        dropout.draw(step)
        answers.append(evaluation.forward(inputs).copy())
    bare = Pass(evaluation.network, evaluation.theta, EXAMPLES).forward(inputs)
    error = np.std(answers, axis=0) / np.sqrt(len(answers))
    assert np.all(np.abs(np.mean(answers, axis=0) - bare) < 5.0 * error)


def test_the_gradient_is_that_of_the_network_that_is_left() -> None:
    evaluation, dropout, inputs = dropping_pass(0.5, 0.3)
    dropout.draw(7)
    targets = np.random.default_rng(2).normal(size=(EXAMPLES, 1))
    evaluation.forward(inputs)
    evaluation.backward(inputs, targets)
    assert evaluation.gradient is not None
    found, theta, loss = evaluation.gradient.copy(), evaluation.theta, np.zeros((2, 2))
    for place in range(theta.shape[1]):
        for side, width in enumerate((1e-6, -1e-6)):
            theta[:, place] += width
            evaluation.forward(inputs)
            evaluation.losses(targets, loss[side])
            theta[:, place] -= width
        np.testing.assert_allclose(found[:, place], (loss[0] - loss[1]) / 2e-6, rtol=1e-5, atol=1e-8)


def test_no_measurement_leaves_anything_out_or_changes_what_follows() -> None:
    watched, alone = Trainer(experiment(0.5, 0.2)), Trainer(experiment(0.5, 0.2))
    for _ in range(40):
        watched.step()
        watched.loss()
        watched.loss("test")
        watched.gradients()
    alone.step(40)
    np.testing.assert_array_equal(watched.theta, alone.theta)
    plain = Trainer(experiment(0.0, 0.0))
    plain.put_parameters(alone.theta[0])
    assert alone.loss() == plain.loss()
    assert alone.loss("test") == plain.loss("test")
    for name, values in plain.gradients().items():
        np.testing.assert_array_equal(alone.gradients()[name], values)
    plain.step()
    alone.step()
    assert np.any(plain.theta != alone.theta)


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_from_a_moment_the_same_units_are_left_out(precision: str) -> None:
    trainer = Trainer(experiment(0.5, 0.2, precision=precision))
    trainer.step(20)
    moment = trainer.moment()
    trainer.step(20)
    later = trainer.theta.copy()
    trainer.go_to(moment)
    trainer.step(20)
    np.testing.assert_array_equal(trainer.theta, later)
    again = Trainer(trainer.experiment)
    again.step(41)
    assert again.step_back()
    np.testing.assert_array_equal(again.theta, later)


def test_runs_side_by_side_are_what_each_is_alone() -> None:
    lanes = tuple(Lane(f"{share}", experiment(share, share)) for share in (0.0, 0.3, 0.6))
    race = Race(lanes[0].experiment, lanes, seeds=3)
    for lane, runs in zip(lanes, line_up(race), strict=True):
        runs.trainer.step(30)
        for place, seed in enumerate(range(3, 6)):
            alone = Trainer(lane.experiment, seeds=[seed])
            alone.step(30)
            np.testing.assert_array_equal(runs.theta[place], alone.theta[0])


def test_a_step_network_stays_where_it_is() -> None:
    trainer = Trainer(experiment(0.5, 0.5, name="step"))
    before = trainer.parameters()
    trainer.step(50)
    for name, values in trainer.parameters().items():
        assert np.any(values != before[name]) == name.startswith("layer3")


def test_it_is_switched_while_the_run_goes_on() -> None:
    trainer = Trainer(experiment(0.0, 0.0))
    trainer.step(10)
    before = trainer.theta.copy()
    assert trainer.change(experiment(0.0, 0.5))
    np.testing.assert_array_equal(trainer.theta, before)
    trainer.step()
    assert np.any(trainer.theta != before)


def test_masks_are_drawn_without_allocating() -> None:
    built = Network(2, [512, 1], [*network(0.5).functions], LOSSES["squared-error"])
    dropout = Dropout(built, range(2), 100, np.dtype("float32"))
    assert peak_of(lambda: dropout.draw(3)) < 16_000


@pytest.mark.parametrize("share", [-0.1, 1.0, float("nan"), "half"])
def test_a_share_that_makes_no_sense_is_refused_by_name(share: Any) -> None:
    with pytest.raises(InputError, match=r"layers\[1\]\.dropout"):
        validate(replace(Experiment(), layers=(HiddenLayer(), HiddenLayer(dropout=share))))


def test_files_keep_it_and_older_files_are_read() -> None:
    dropped = experiment(0.5, 0.0)
    assert decode(encode(dropped), "a file") == dropped
    older = json.loads(encode(experiment(0.0, 0.0)))
    for layer in older["experiment"]["layers"]:
        layer.pop("dropout", None)
    assert decode(json.dumps(older).encode(), "a file") == experiment(0.0, 0.0)


def test_the_optimizer_sees_the_gradient_of_the_masked_pass() -> None:
    trainer = Trainer(experiment(0.95, optimizer=Choice("sgd"), learning_rate=1.0, batch_size=1))
    trainer.step()
    weights = trainer.network.layout.block(trainer.last_update(), 1)[0, :-1]
    # Of eight units hardly one is left: the output weights of those left out do not move.
    assert np.count_nonzero(weights) < 4
