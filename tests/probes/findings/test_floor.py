from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.data.datasets import load_data
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings
from stepviz.probes.findings.floor import neighbours_accuracy, noise_floor, noise_variance, nothing_left
from tests.probes.findings.cases import evidence, with_trend
from tests.probes.runs import experiment, regression


def test_noise_variance_of_data_whose_noise_is_known():
    generator = np.random.default_rng(0)
    x = generator.uniform(-1.0, 1.0, (400, 1))
    for sd in (0.05, 0.3):
        noisy = np.sin(3.0 * x) + sd * generator.normal(size=x.shape)
        assert noise_variance(x, noisy) == pytest.approx(sd**2, rel=0.25)
    assert noise_variance(x, np.sin(3.0 * x)) == 0.0


@pytest.mark.parametrize("data", ["plane", "multi-gaussian", "threshold", "staircase", "sine", "absolute"])
@pytest.mark.parametrize("seed", range(3))
def test_targets_without_noise_have_none_and_slopes_and_jumps_are_not_taken_for_it(data, seed):
    for noise in (0.0, 0.3):
        settings = DataSettings(data, samples=400, noise=noise, seed=seed)
        dataset = load_data(settings)
        inputs = dataset.network_inputs[dataset.train]
        targets = np.asarray(dataset.targets[dataset.train], dtype=np.float64)
        assert noise_variance(inputs, targets) == (pytest.approx(noise**2, rel=0.35) if noise else 0.0)


def test_neighbours_are_right_as_often_as_classes_allow():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(400, 2))
    clean = (x[:, 0] > 0).astype(np.int64)
    assert neighbours_accuracy(x, clean) > 0.95
    flipped = np.where(generator.random(400) < 0.2, 1 - clean, clean)
    assert 0.7 < neighbours_accuracy(x, flipped) < 0.88


def test_the_floor_of_a_noisy_regression_is_found_only_where_the_loss_has_settled_there():
    settings = regression("sine", noise=0.3)
    assert noise_floor(with_trend(evidence(settings, 1500), "flat")).name == "noise floor"
    assert noise_floor(with_trend(evidence(settings, 1500), "falling")) is None
    assert noise_floor(with_trend(evidence(settings), "flat")) is None


def test_nothing_is_left_where_every_margin_is_kept():
    found = nothing_left(evidence(experiment("gaussians", loss="hinge", noise=0.0), 400))
    assert found.sentence == "The loss is 0 and none of 140 examples asks for a change"
    assert nothing_left(evidence(experiment("gaussians", loss="hinge", output=ActivationChoice("step")))) is None


def test_classes_overlap_only_where_neighbours_are_near_enough_to_tell():
    overlapping = experiment("moons", samples=400, noise=0.3, activation="relu")
    found = noise_floor(with_trend(evidence(overlapping, 600), "flat"))
    assert found.sentence.endswith("the classes overlap")
    for samples in (60, 200, 400):
        apart = with_trend(evidence(experiment("checkerboard", samples=samples, noise=0.0), 100), "flat")
        object.__setattr__(apart, "train_accuracy", 0.95)
        assert noise_floor(apart) is None


def test_all_right_but_only_just_is_not_all_that_can_be_learned():
    found = noise_floor(with_trend(evidence(experiment("gaussians"), 600), "flat"))
    assert found.title == "All examples right"
    assert found.sentence.startswith("All 140 training examples are right, and the loss has settled at ")
    just = with_trend(evidence(experiment("gaussians", widths=()), 600), "flat")
    assert just.train_accuracy == 1.0
    object.__setattr__(just, "train_loss", 0.2)
    assert noise_floor(just) is None


def test_steps_that_are_too_short_are_no_floor():
    slow = experiment("circle", samples=400, noise=0.3, optimizer=Choice("sgd"), learning_rate=1e-7)
    ill = with_trend(evidence(slow, 64), "flat")
    object.__setattr__(ill, "train_accuracy", 0.99)
    assert noise_floor(ill) is None
