"""A run goes on from a moment as if nothing had happened since."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer


@pytest.mark.parametrize("optimizer", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("batch_size", [0, 32])
def test_from_a_moment_the_same_numbers_follow_bit_for_bit(optimizer: str, batch_size: int) -> None:
    experiment = Experiment(optimizer=Choice(optimizer), batch_size=batch_size)
    trainer = Trainer(experiment)
    trainer.step(37)
    moment = trainer.moment()
    trainer.step(50)
    theta, seen = trainer.theta.copy(), trainer.batches.seen
    trainer.go_to(moment)
    assert (trainer.step_count, trainer.batches.seen) == (37, moment.seen)
    trainer.step(50)
    np.testing.assert_array_equal(trainer.theta, theta)
    assert trainer.batches.seen == seen


def test_the_settings_of_then_come_with_it_and_other_numbers_of_parameters() -> None:
    trainer = Trainer(Experiment(layers=(HiddenLayer(4, ActivationChoice("tanh")),)))
    trainer.step(10)
    moment = trainer.moment()
    alone = Trainer(trainer.experiment)
    alone.step(25)
    trainer.switch_activation("prelu")
    trainer.step(10)
    assert trainer.theta.size != moment.state[0].size
    trainer.go_to(moment)
    assert trainer.experiment.layers[0].activation.name == "tanh"
    trainer.step(15)
    np.testing.assert_array_equal(trainer.theta, alone.theta)


def test_a_moment_is_not_written_to() -> None:
    trainer = Trainer(Experiment())
    moment = trainer.moment()
    before = moment.state.copy()
    trainer.go_to(moment)
    trainer.step(5)
    np.testing.assert_array_equal(moment.state, before)
    assert not moment.state.flags.writeable
