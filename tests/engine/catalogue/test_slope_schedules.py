from __future__ import annotations

import math
import tracemalloc

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.race.joint_training import line_up
from stepviz.engine.race.race import Lane, Race
from stepviz.engine.settings.experiment import (
    ActivationChoice,
    Choice,
    DataSettings,
    Experiment,
    HiddenLayer,
    scheduled_slope,
)
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer

SIGMOID = ActivationChoice("sigmoid", {"slope": 3.0, "shift": 0.5})
GROWING = Choice("linear", {"first": 1.0, "last": 9.0, "length": 8})
PLAIN = Experiment(
    data=DataSettings(samples=40),
    layers=(HiddenLayer(4, SIGMOID), HiddenLayer(3, ActivationChoice("tanh"))),
    learning_rate=0.05,
    precision="float64",
    slope_schedule=GROWING,
)


def slopes(name: str, steps: list[int], **parameters: float) -> list[float | None]:
    return [scheduled_slope(replace(PLAIN, slope_schedule=Choice(name, parameters)), step) for step in steps]


def fixed(slope: float, **changes: object) -> Experiment:
    layers = (
        HiddenLayer(4, ActivationChoice("sigmoid", {"slope": slope, "shift": 0.5})),
        HiddenLayer(3, ActivationChoice("tanh", {"slope": slope})),
    )
    return replace(PLAIN, layers=layers, slope_schedule=Choice("none"), **changes)


def test_each_schedule_is_its_formula() -> None:
    assert slopes("none", [0, 10]) == [None, None]
    assert slopes("linear", [0, 1, 4, 5, 99], first=2, last=10, length=4) == [2, 4, 10, 10, 10]
    assert slopes("exponential", [0, 1, 2, 4, 5], first=1, last=81, length=4) == pytest.approx([1, 3, 9, 81, 81])
    assert slopes("steps", [0, 4, 5, 9, 10, 11], first=1, last=5, length=10, stairs=2) == [1, 1, 3, 3, 5, 5]
    # A slope may fall as well.
    assert slopes("linear", [0, 1, 2], first=4, last=2, length=2) == [4, 3, 2]


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_each_update_is_the_one_of_a_run_with_that_slope(precision: str) -> None:
    annealed = Trainer(replace(PLAIN, precision=precision))
    by_hand = Trainer(fixed(1.0, precision=precision))
    for step in range(12):
        by_hand.change(fixed(min(9.0, 1.0 + step), precision=precision))
        assert annealed.slope == min(9.0, 1.0 + step)
        assert annealed.loss() == by_hand.loss()
        annealed.step()
        by_hand.step()
        np.testing.assert_array_equal(annealed.theta, by_hand.theta)


def test_the_gradient_is_the_one_of_the_present_slope_by_central_differences() -> None:
    trainer = Trainer(PLAIN)
    trainer.step(5)
    gradient = trainer.train_pass().gradient
    assert gradient is not None
    found, theta, nudge = gradient[0].copy(), trainer.theta[0].copy(), 1e-6
    for index in range(len(theta)):
        losses = []
        for sign in (1, -1):
            row = theta.copy()
            row[index] += sign * nudge
            trainer.put_parameters(row)
            losses.append(trainer.loss())
        assert found[index] == pytest.approx((losses[0] - losses[1]) / (2 * nudge), rel=1e-5, abs=1e-9)


def test_a_surrogate_is_annealed_too_and_the_step_stays_a_step() -> None:
    step = ActivationChoice("step", rule=Choice("sigmoid-surrogate"))
    trainer = Trainer(replace(PLAIN, layers=(HiddenLayer(4, step),)))
    trainer.step(4)
    train = trainer.train_pass()
    z = train.z[0]
    bell = 1.0 / (1.0 + np.exp(-5.0 * z))
    np.testing.assert_allclose(train.local[0], 5.0 * bell * (1.0 - bell), rtol=1e-12)
    assert set(np.unique(train.h[0])) <= {0.0, 1.0}


def test_what_is_trained_and_what_is_not_steep_is_left_alone() -> None:
    layers = (
        HiddenLayer(4, ActivationChoice("sigmoid", {"slope": 2.0}, trained=("slope",))),
        HiddenLayer(4, ActivationChoice("leaky-relu", {"slope": 0.1})),
    )
    output = ActivationChoice("sigmoid", {"slope": 2.0})
    experiment = replace(PLAIN, layers=layers, output=output, loss="squared-error")
    trainer, plain = Trainer(experiment), Trainer(replace(experiment, slope_schedule=Choice("none")))
    assert trainer.slope is None
    assert trainer.present is trainer.setup
    trainer.step(6)
    plain.step(6)
    np.testing.assert_array_equal(trainer.theta, plain.theta)


def test_the_present_setup_holds_the_present_slope() -> None:
    trainer = Trainer(PLAIN)
    trainer.step(3)
    functions = trainer.present.network.functions
    assert functions[0].values == (4.0, 0.5)
    assert functions[1].values == (4.0,)
    assert trainer.present is trainer.present
    assert trainer.setup.network.functions[0].values == (3.0, 0.5)
    trainer.step(20)
    at_the_end = trainer.present
    trainer.step()
    assert trainer.present is at_the_end


def test_the_number_of_the_step_alone_decides() -> None:
    straight, detour = Trainer(PLAIN), Trainer(PLAIN)
    straight.step(10)
    detour.step(3)
    moment = detour.moment()
    detour.step(5)
    assert detour.step_back()
    assert detour.slope == 8.0
    detour.go_to(moment)
    assert detour.slope == 4.0
    detour.step(7)
    np.testing.assert_array_equal(straight.theta, detour.theta)
    detour.restart()
    assert detour.slope == 1.0


def test_lanes_that_anneal_are_what_they_are_alone() -> None:
    lanes = (
        Lane("annealed", PLAIN),
        Lane("faster", replace(PLAIN, slope_schedule=Choice("exponential", {"last": 30.0, "length": 5}))),
        Lane("fixed", fixed(1.0)),
    )
    found = line_up(Race(PLAIN, lanes, seeds=2))
    for trainer in {id(runs.trainer): runs.trainer for runs in found}.values():
        trainer.step(9)
    for lane, runs in zip(lanes, found, strict=True):
        alone = Trainer(lane.experiment, seeds=[0, 1])
        alone.step(9)
        np.testing.assert_array_equal(runs.theta, alone.theta)


def test_the_steady_step_allocates_nothing_that_stays_or_grows() -> None:
    layer = HiddenLayer(256, SIGMOID)
    trainer = Trainer(replace(PLAIN, layers=(layer, layer), batch_size=0, slope_schedule=Choice("linear")))
    trainer.step(20)
    tracemalloc.start()
    trainer.step(50)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 100_000


def test_the_file_holds_it_and_a_file_without_it_opens() -> None:
    assert decode(encode(PLAIN)) == PLAIN
    old = b'{"format": "stepviz experiment", "version": 1, "experiment": {"learning_rate": 0.2}}'
    assert decode(old) == Experiment(learning_rate=0.2)


@pytest.mark.parametrize(
    "choice", [Choice("cosine"), Choice("linear", {"first": 0}), Choice("exponential", {"last": math.nan})]
)
def test_what_is_not_a_slope_schedule_is_refused_by_name(choice: Choice) -> None:
    with pytest.raises(InputError, match="slope_schedule"):
        validate(replace(PLAIN, slope_schedule=choice))
