from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.experiment import ActivationChoice
from stepviz.probes.findings.floor import neighbours_accuracy, noise_floor, noise_variance, nothing_left
from tests.probes.findings.cases import evidence, with_trend
from tests.probes.runs import experiment, regression


def test_noise_variance_of_data_whose_noise_is_known():
    generator = np.random.default_rng(0)
    x = generator.uniform(-1.0, 1.0, (400, 1))
    for sd in (0.05, 0.3):
        noisy = np.sin(3.0 * x) + sd * generator.normal(size=x.shape)
        assert noise_variance(x, noisy) == pytest.approx(sd**2, rel=0.25)
    assert abs(noise_variance(x, np.sin(3.0 * x))) < 1e-4


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
