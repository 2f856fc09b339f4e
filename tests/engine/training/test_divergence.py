"""Where a run broke is named in the order of computation."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.engine.training.divergence import first_not_finite, lost_by_update
from stepviz.engine.training.trainer import Trainer


@pytest.fixture
def trainer() -> Trainer:
    return Trainer(Experiment(layers=(HiddenLayer(3), HiddenLayer(2)), precision="float64", seed=1))


def named(trainer: Trainer, z: tuple[int, ...] = (), delta: tuple[int, ...] = ()) -> tuple[int, str]:
    """Return layer and quantity, where pre-activations and error signals of these layers (from 0) are not finite."""
    batch_pass = trainer.train_pass()
    for layer in z:
        batch_pass.z[layer][0, 0, 0] = np.nan
    for layer in delta:
        batch_pass.delta[layer][0, 0, 0] = np.inf
    found = first_not_finite(7, batch_pass, trainer.gradient, trainer.theta)
    assert found.step == 7
    return found.layer, found.quantity


def test_pre_activations_are_looked_through_forward_before_error_signals_backward(trainer: Trainer) -> None:
    assert named(trainer, z=(1, 2), delta=(0, 1, 2)) == (2, "a pre-activation")


def test_of_error_signals_the_one_nearest_to_the_output_broke_first(trainer: Trainer) -> None:
    assert named(trainer, delta=(0, 1)) == (2, "the error signal")


@pytest.mark.parametrize(("layer", "place"), [(1, 0), (2, 9), (3, 17)])
def test_a_gradient_is_named_before_the_weight_that_it_broke(trainer: Trainer, layer: int, place: int) -> None:
    layout, theta, gradient = trainer.network.layout, trainer.theta.copy(), np.zeros_like(trainer.theta)
    assert layout.layer_of(place) == layer - 1
    theta[0, place] = np.inf
    found = lost_by_update(3, layout, gradient, theta)
    assert (found.layer, found.quantity) == (layer, "a weight after the update")
    gradient[0, place] = np.nan
    assert lost_by_update(3, layout, gradient, theta).quantity == "the gradient"


def test_where_every_number_is_finite_their_sum_is_named_and_no_layer(trainer: Trainer) -> None:
    found = lost_by_update(3, trainer.network.layout, np.zeros_like(trainer.theta), trainer.theta)
    assert found.quantity == "the sum of all weights"
