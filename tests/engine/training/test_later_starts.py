"""Parameters that begin anew are moved as by a fresh optimizer; the others as if nothing had happened."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer

SEVEN = ("sgd", "momentum", "nesterov", "adagrad", "rmsprop", "adam", "adamw")
FRESH = np.array([0, 8, 16, 24])


def updated(name: str, theta: np.ndarray, gradients: list[np.ndarray], rate: float) -> np.ndarray:
    """Return what a fresh optimizer makes of parameters (k,) by these gradients (k,)."""
    optimizer = OPTIMIZERS[name]
    row, slots = theta[None].copy(), np.zeros((len(optimizer.slots), 1, len(theta)), dtype=theta.dtype)
    values = [parameter.default for parameter in optimizer.parameters]
    for t, gradient in enumerate(gradients, start=1):
        scratch = np.empty((2, 1, len(theta)), dtype=theta.dtype)
        optimizer.update(row, gradient[None].copy(), slots, rate, values, t, scratch)
    return row[0]


@pytest.mark.parametrize("precision", ["float32", "float64"])
@pytest.mark.parametrize("name", SEVEN)
def test_they_move_as_by_a_fresh_optimizer(name: str, precision: str) -> None:
    trainer = Trainer(replace(Experiment(), optimizer=Choice(name), precision=precision))
    trainer.step(300)
    row = trainer.theta[0].copy()
    row[FRESH] = 0.25
    trainer.put_parameters(row, fresh=FRESH)
    assert not trainer.slots[:, 0, FRESH].any()
    gradients = []
    for _ in range(40):
        trainer.step()
        gradients.append(trainer.gradient[0, FRESH].copy())
    # The compiled step has powers of its own: the same to the last digit but one.
    few = 16 * np.finfo(precision).eps
    np.testing.assert_allclose(trainer.theta[0, FRESH], updated(name, row[FRESH], gradients, 0.01), rtol=few, atol=few)


@pytest.mark.parametrize("name", SEVEN)
def test_all_others_go_on_as_they_were(name: str) -> None:
    plain, other = (Trainer(replace(Experiment(), optimizer=Choice(name))) for _ in range(2))
    for trainer in (plain, other):
        trainer.step(100)
    other.put_parameters(other.theta[0].copy(), fresh=FRESH)
    others = np.setdiff1d(np.arange(plain.theta.shape[1]), FRESH)
    for trainer in (plain, other):
        trainer.step()
    np.testing.assert_array_equal(other.theta[0, others], plain.theta[0, others])


def test_what_a_change_of_the_activation_adds_begins_then() -> None:
    trainer = Trainer(replace(Experiment(), optimizer=Choice("adam")))
    trainer.step(200)
    trainer.change(with_activation(trainer.experiment, ActivationChoice("prelu"), None))
    before = trainer.parameters()["layer1.slope"]
    trainer.step()
    # The first update of Adam moves by the learning rate, whatever the gradient, as far as its epsilon lets it.
    moved = np.abs(trainer.parameters()["layer1.slope"] - before)
    moved = moved[moved > 0]
    assert len(moved) > 0
    np.testing.assert_allclose(moved, 0.01, rtol=1e-3)


def test_a_moment_and_a_copy_of_the_state_go_on_bit_for_bit_and_the_counts_catch_up() -> None:
    trainer = Trainer(replace(Experiment(), optimizer=Choice("adam", {"beta2": 0.9})))
    trainer.step(50)
    trainer.put_parameters(trainer.theta[0].copy(), fresh=FRESH)
    trainer.step(5)
    again, moment = Trainer.resumed(trainer.checkpoint()), trainer.moment()
    assert moment.began is not None
    for each in (trainer, again):
        each.step(5000)
    np.testing.assert_array_equal(again.theta, trainer.theta)
    assert trainer.moment().began is None, "no count makes a difference any more"
    trainer.go_to(moment)
    trainer.step(5000)
    np.testing.assert_array_equal(again.theta, trainer.theta)
