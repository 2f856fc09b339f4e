from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.schedules import SCHEDULES
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Choice, Experiment, scheduled_rate
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer

PLAIN = Experiment(optimizer=Choice("sgd"), learning_rate=0.4, precision="float64", batch_size=0)


def rates(name: str, steps: list[int], **parameters: float) -> list[float]:
    experiment = replace(PLAIN, schedule=Choice(name, parameters))
    return [scheduled_rate(experiment, step) for step in steps]


def test_each_schedule_is_its_formula() -> None:
    assert rates("constant", [0, 10**6]) == [0.4, 0.4]
    # The example in PyTorch's documentation of StepLR: 0.05, 0.005, 0.0005 with falls every 30 steps.
    example = replace(PLAIN, learning_rate=0.05, schedule=Choice("step", {"every": 30, "factor": 0.1}))
    found = [scheduled_rate(example, step) for step in (0, 29, 30, 59, 60)]
    assert found == pytest.approx([0.05, 0.05, 0.005, 0.005, 0.0005])
    assert rates("exponential", [0, 1, 3], decay=0.5) == pytest.approx([0.4, 0.2, 0.05])
    third = 0.1 + 0.3 * (1 + math.cos(math.pi / 3)) / 2
    assert rates("cosine", [0, 2, 3, 6, 99], length=6, end=0.25) == pytest.approx([0.4, third, 0.25, 0.1, 0.1])
    assert rates("warm-up", [0, 1, 3, 4], length=4) == pytest.approx([0.1, 0.2, 0.4, 0.4])


@pytest.mark.parametrize("name", SCHEDULES)
def test_the_rate_in_force_is_the_one_of_the_update(name: str) -> None:
    trainer = Trainer(replace(PLAIN, schedule=Choice(name)))
    trainer.step(3)
    rate, before, gradient = trainer.learning_rate, trainer.theta.copy(), trainer.train_pass().gradient
    assert gradient is not None
    expected = before - rate * gradient
    trainer.step()
    np.testing.assert_allclose(trainer.theta, expected, rtol=1e-13, atol=1e-16)
    trainer.step_back()
    assert trainer.learning_rate == rate
    np.testing.assert_array_equal(trainer.theta, before)


def test_a_step_back_and_forward_again_gives_the_same_bits() -> None:
    experiment = replace(PLAIN, schedule=Choice("cosine", {"length": 12}))
    straight, detour = Trainer(experiment), Trainer(experiment)
    straight.step(10)
    detour.step(8)
    for _ in range(5):
        detour.step_back()
    detour.step(7)
    np.testing.assert_array_equal(straight.theta, detour.theta)


def test_a_change_of_schedule_keeps_the_weights() -> None:
    trainer = Trainer(PLAIN)
    trainer.step(5)
    before = trainer.theta.copy()
    assert trainer.change(replace(PLAIN, schedule=Choice("exponential", {"decay": 0.5})))
    np.testing.assert_array_equal(trainer.theta, before)
    assert trainer.learning_rate == pytest.approx(0.4 / 32)


def test_the_file_holds_it_and_a_file_without_it_opens() -> None:
    experiment = replace(PLAIN, schedule=Choice("step", {"every": 7}), clipping=Choice("norm", {"limit": 2}))
    assert decode(encode(experiment)) == experiment
    old = b'{"format": "stepviz experiment", "version": 1, "experiment": {"learning_rate": 0.2}}'
    assert decode(old) == Experiment(learning_rate=0.2)


@pytest.mark.parametrize(
    "choice", [Choice("linear"), Choice("step", {"every": 0}), Choice("cosine", {"end": math.nan})]
)
def test_what_is_not_a_schedule_is_refused_by_name(choice: Choice) -> None:
    with pytest.raises(InputError, match="schedule"):
        validate(replace(PLAIN, schedule=choice))
