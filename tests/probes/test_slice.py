"""Slices beside brute force; a step network's slope is 0 while its loss jumps."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.data.datasets import dataset_from_arrays
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.instant import Instant, Path
from stepviz.probes.slice import Slice, SliceOptions, measure_slice, plateaus


def slice_of(trainer: Trainer, options: SliceOptions, path: np.ndarray | None = None) -> Slice:
    walked = trainer.theta.copy() if path is None else path
    instant = Instant(trainer, Path(np.arange(len(walked)), walked))
    found = [reading for reading in measure_slice(instant, options) if reading is not None]
    assert len(found) == 1
    return found[0]


def trained(name: str, rule: str = "true", steps: int = 60, layers: int = 2, norm: str = "none") -> Trainer:
    choice = ActivationChoice(name, rule=Choice(rule))
    experiment = replace(
        Experiment(), layers=(HiddenLayer(5, choice, normalization=norm),) * layers, precision="float64"
    )
    trainer = Trainer(experiment)
    trainer.step(steps)
    return trainer


@pytest.mark.parametrize("direction", ["parameter", "random", "gradient"])
def test_the_loss_is_that_of_a_network_with_the_parameters_moved(direction: str) -> None:
    trainer = trained("tanh")
    options = SliceOptions(direction=direction, index=3, span=0.5, points=11)  # type: ignore[arg-type]  # all allowed
    found = slice_of(trainer, options)
    assert found.here == pytest.approx(trainer.loss(), rel=1e-12)
    if direction == "parameter":
        for alpha, loss in zip(found.alpha, found.loss, strict=True):
            kept = trainer.theta[0, 3]
            trainer.theta[0, 3] = kept + alpha
            assert trainer.loss() == pytest.approx(loss, rel=1e-12)
            trainer.theta[0, 3] = kept


@pytest.mark.parametrize("norm", ["none", "batch", "layer"])
@pytest.mark.parametrize("direction", ["parameter", "random", "gradient", "path"])
def test_the_slope_is_the_limit_of_differences(direction: str, norm: str) -> None:
    trainer = trained("tanh", norm=norm)
    path = np.random.default_rng(0).normal(size=(9, trainer.theta.shape[1]))
    # A normalised loss bends more.
    span = 1e-4 if norm == "none" else 1e-5
    options = SliceOptions(direction=direction, span=span, points=3)  # type: ignore[arg-type]  # all allowed
    found = slice_of(trainer, options, path)
    central = (found.loss[2] - found.loss[0]) / (2 * span)
    assert found.slope_here == pytest.approx(central, rel=1e-6, abs=1e-9)
    np.testing.assert_allclose(found.slope[1], found.slope_here, rtol=1e-9)
    np.testing.assert_array_equal(found.slope, found.true_slope)


def test_a_step_network_has_no_slope_along_a_hidden_weight_while_its_loss_jumps() -> None:
    trainer = trained("step", steps=30)
    found = slice_of(trainer, SliceOptions(direction="parameter", index=0, span=3.0))
    assert not found.slope.any()
    assert not found.true_slope.any()
    assert np.count_nonzero(found.difference) > 3
    assert found.plateaus > 3
    assert not found.by_rule


@pytest.mark.parametrize("seed", range(5))
def test_along_one_first_weight_there_are_at_most_as_many_plateaus_as_examples_and_one(seed: int) -> None:
    generator = np.random.default_rng(seed)
    count = 7
    inputs, targets = generator.normal(size=(count, 2)), generator.integers(0, 2, size=count)
    experiment = replace(
        Experiment(), layers=(HiddenLayer(4, ActivationChoice("step")),), precision="float64", seed=seed
    )
    experiment = replace(experiment, data=replace(experiment.data, test_share=0.0))
    trainer = Trainer(experiment, dataset_from_arrays(inputs, targets))
    options = SliceOptions(direction="parameter", index=1, span=20.0, points=4001)
    found = slice_of(trainer, options)
    assert found.examples == len(trainer.setup.train) <= count
    assert 1 <= found.plateaus <= found.examples + 1


def test_a_rule_has_a_slope_of_its_own_where_the_true_one_is_zero() -> None:
    trainer = trained("step", "straight-through", steps=30)
    found = slice_of(trainer, SliceOptions(direction="parameter", index=0))
    assert found.by_rule
    assert found.slope.any()
    assert not found.true_slope.any()


def test_of_a_straight_path_a_random_direction_is_drawn_and_says_why() -> None:
    found = slice_of(trained("tanh"), SliceOptions(direction="path"))
    assert "path" in found.name
    assert found.name.startswith("random")


def test_plateaus_are_runs_of_equal_neighbours() -> None:
    assert plateaus(np.array([1.0, 1.0, 2.0, 3.0, 3.0, 3.0, 1.0, 1.0])) == 3
    assert plateaus(np.array([1.0, 2.0, 3.0])) == 0
    assert plateaus(np.array([np.inf, np.inf, 1.0])) == 0
    assert plateaus(np.array([5.0, 5.0])) == 1
