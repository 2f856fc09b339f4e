"""Lanes of a race against the same experiments run alone, and what a race refuses."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.errors import InputError
from stepviz.engine.race.joint_training import JointTrainer, line_up
from stepviz.engine.race.race import Lane, Race, check_race, differences
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.setup.edits import with_optimizer
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer

BASE = replace(Experiment(), precision="float64")


def race_of(*experiments: Experiment, seeds: int = 1) -> Race:
    lanes = tuple(Lane(f"lane {number}", experiment) for number, experiment in enumerate(experiments))
    return Race(experiments[0], lanes, seeds)


def check_against_alone(race: Race, steps: int = 60) -> None:
    lanes = line_up(race)
    for trainer in {id(lane.trainer): lane.trainer for lane in lanes}.values():
        trainer.step(steps)
    for number, (lane, runs) in enumerate(zip(race.lanes, lanes, strict=True)):
        for run, seed in enumerate(race.seeds_of(number)):
            alone = Trainer(lane.experiment, seeds=[seed])
            alone.step(steps)
            assert np.array_equal(runs.theta[run], alone.theta[0]), (lane.label, seed)


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize("names", [list(ACTIVATIONS)[:12], list(ACTIVATIONS)[-12:]])
def test_activations_that_train_together_are_what_they_are_alone(names: list[str], precision: str) -> None:
    base = replace(BASE, precision=precision)
    check_against_alone(race_of(*(with_activation(base, name) for name in names), seeds=2))


def test_lanes_without_trained_parameters_share_one_trainer() -> None:
    lanes = line_up(race_of(*(with_activation(BASE, name) for name in ("step", "tanh", "relu", "gelu"))))
    assert len({id(lane.trainer) for lane in lanes}) == 1
    assert isinstance(lanes[0].trainer, JointTrainer)


def test_rules_rates_initialisers_optimizers_slopes_and_zeros_agree_to_the_last_bit() -> None:
    step = [with_activation(BASE, ActivationChoice("step", rule=Choice(name))) for name in BACKWARD_RULES]
    check_against_alone(race_of(*step, seeds=2))
    check_against_alone(race_of(*(replace(BASE, learning_rate=rate) for rate in (1.0, 0.1, 0.01, 0.003)), seeds=2))
    check_against_alone(race_of(*(replace(BASE, weights=Choice(n)) for n in ("he-normal", "zeros", "orthogonal"))))
    check_against_alone(race_of(*(with_optimizer(BASE, Choice(name)) for name in OPTIMIZERS), seeds=3))
    slopes = [with_activation(BASE, ActivationChoice("sigmoid", {"slope": a})) for a in (-1.0, 0.0, 1.0, 5.0)]
    check_against_alone(race_of(*slopes))
    check_against_alone(
        race_of(*(with_activation(BASE, ActivationChoice("relu", {"at-zero": v})) for v in (0, 0.5, 1)))
    )


def test_lanes_of_several_shapes_precisions_data_and_batches_agree_to_the_last_bit() -> None:
    check_against_alone(
        race_of(
            BASE,
            with_activation(BASE, "step"),
            with_activation(BASE, "prelu"),
            replace(BASE, layers=()),
            replace(BASE, layers=(HiddenLayer(3), HiddenLayer(5, ActivationChoice("relu")), HiddenLayer(2))),
            replace(BASE, precision="float32"),
            replace(BASE, batch_size=0, learning_rate=0.1),
            replace(BASE, batch_size=0, l1=0.01, l2=0.1),
            replace(BASE, data=replace(BASE.data, name="xor")),
            replace(BASE, data=replace(BASE.data, name="digits"), loss="softmax-cross-entropy"),
            seeds=2,
        ),
        steps=25,
    )


def test_a_lane_that_blows_up_leaves_the_others_as_they_are() -> None:
    calm = with_activation(replace(BASE, optimizer=Choice("sgd"), loss="squared-error"), "relu")
    wild = replace(calm, learning_rate=1e6)
    lanes = line_up(race_of(calm, wild))
    assert lanes[0].trainer is lanes[1].trainer
    lanes[0].trainer.step(50)
    alone = Trainer(calm)
    alone.step(50)
    assert not np.isfinite(lanes[1].theta).all()
    assert np.array_equal(lanes[0].theta[0], alone.theta[0])


def test_a_restart_brings_back_the_same_numbers() -> None:
    runs = line_up(race_of(BASE, with_activation(BASE, "step"), seeds=2))[1]
    first = runs.theta.copy()
    runs.trainer.step(20)
    later = runs.theta.copy()
    runs.trainer.restart()
    assert np.array_equal(runs.theta, first)
    runs.trainer.step(20)
    assert np.array_equal(runs.theta, later)


def test_the_words_say_where_start_or_batches_are_not_the_same() -> None:
    assert differences(BASE, with_activation(BASE, "relu")) == ()
    assert differences(BASE, replace(BASE, learning_rate=1.0)) == ()
    assert "shape" in differences(BASE, replace(BASE, layers=()))[0]
    assert "initialiser" in differences(BASE, replace(BASE, weights=Choice("zeros")))[0]
    assert "in float16" in differences(BASE, replace(BASE, precision="float16"))[0]
    assert any("order" in words for words in differences(BASE, replace(BASE, seed=3)))
    assert any("size" in words for words in differences(BASE, replace(BASE, batch_size=7)))


@pytest.mark.parametrize(
    ("race", "field"),
    [
        (race_of(BASE), "lanes"),
        (race_of(*[BASE] * 13), "lanes"),
        (race_of(BASE, BASE, seeds=0), "seeds"),
        (race_of(BASE, BASE, seeds=257), "seeds"),
        (Race(BASE, (Lane("a", BASE), Lane("a", BASE))), "lanes"),
        (Race(BASE, (Lane("a", BASE), Lane("\x00", BASE))), "lanes"),
        (race_of(BASE, replace(BASE, learning_rate=-1.0)), "lane 'lane 1', learning_rate"),
        (race_of(BASE, replace(BASE, seed=2**31)), "lane 'lane 1', seed"),
    ],
)
def test_a_race_that_cannot_be_run_is_refused_by_name(race: Race, field: str) -> None:
    with pytest.raises(InputError) as caught:
        check_race(race)
    assert caught.value.field == field


def test_a_race_too_large_for_memory_and_data_that_the_loss_cannot_serve_are_refused() -> None:
    wide = replace(BASE, layers=(HiddenLayer(512), HiddenLayer(512)))
    with pytest.raises(InputError, match="at most"):
        line_up(race_of(wide, with_activation(wide, "relu"), seeds=256))
    whole = replace(BASE, data=replace(BASE.data, samples=100_000), batch_size=0)
    with pytest.raises(InputError, match="smaller batches"):
        line_up(race_of(whole, with_activation(whole, "relu"), seeds=256))
    with pytest.raises(InputError, match="lane 'lane 1', loss"):
        line_up(race_of(BASE, replace(BASE, data=replace(BASE.data, name="digits"))))
