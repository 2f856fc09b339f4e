"""Tests of the penalties on large weights."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.network.penalties import penalties_of
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import set_up


def test_the_derivative_is_that_of_the_value() -> None:
    setup = set_up(Experiment(l1=0.3, l2=0.7, precision="float64"))
    theta = np.random.default_rng(0).normal(size=(1, setup.network.layout.size))
    nudge = 1e-6
    for penalty in penalties_of(setup.experiment, setup.network.layout, "float64"):
        # A row for each parameter moved up, and one for each moved down.
        moved = np.concatenate([theta + nudge * np.eye(theta.size), theta - nudge * np.eye(theta.size)])
        losses, gradient = np.zeros(len(moved)), np.zeros_like(theta)
        penalty.add_to_losses(moved, losses, np.empty_like(moved))
        penalty.add_to_gradient(theta, gradient, np.empty_like(theta))
        slopes = (losses[: theta.size] - losses[theta.size :]) / (2 * nudge)
        np.testing.assert_allclose(gradient[0], slopes, atol=1e-8)
        biases = setup.network.layout.weight_mask() == 0
        assert not gradient[0, biases].any()
        assert gradient[0, ~biases].all()


@pytest.mark.parametrize(("l1", "l2", "count"), [(0.0, 0.0, 0), (0.1, 0.0, 1), (0.0, 0.1, 1), (0.1, 0.1, 2)])
def test_what_is_not_asked_for_is_not_computed(l1: float, l2: float, count: int) -> None:
    experiment = Experiment(l1=l1, l2=l2)
    assert len(penalties_of(experiment, set_up(experiment).network.layout, "float32")) == count
