from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.race.joint_training import JointTrainer, line_up
from stepviz.engine.race.race import Lane, Race
from stepviz.engine.settings.experiment import Experiment, StopConditions
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.setup.validation import validate
from stepviz.runtime.commands import Play, Restart
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.run import Run
from stepviz.runtime.stopper import EVERY
from stepviz.runtime.worker import Worker
from tests.runtime.until import frame_where

RINGS = Experiment(seed=3)


def stopping(experiment: Experiment = RINGS, **conditions: object) -> Run:
    return Run(replace(experiment, stop=StopConditions(**conditions)))


def first_look_at(experiment: Experiment, loss: float) -> tuple[int, float]:
    """Return the first step that is looked at whose loss is below, and that loss, of a run without a stop."""
    run = Run(experiment)
    while run.trainer.loss() >= loss:
        run.step(EVERY)
    return run.trainer.step_count, run.trainer.loss()


@pytest.mark.parametrize("slices", [[10_000], [7] * 1000, [1, 49, 51, 333] * 100])
def test_it_stops_at_the_same_step_in_slices_of_any_length(slices: list[int]) -> None:
    step, loss = first_look_at(RINGS, 0.4)
    run = stopping(loss_below=0.4)
    for count in slices:
        run.step(count)
        if run.stopped is not None:
            break
    assert run.stopped is not None
    assert (run.stopped.condition, run.stopped.step, run.trainer.step_count) == ("loss_below", step, step)
    assert str(run.stopped) == f"Stopped at step {step}: training loss {loss:.4g} is below 0.4"


def test_one_can_play_on_and_it_stops_again_only_when_it_has_been_above() -> None:
    run = stopping(loss_below=0.4)
    run.step(10_000)
    stopped_at = run.trainer.step_count
    assert run.step(500) == 500
    assert run.stopped is None
    assert run.trainer.step_count == stopped_at + 500
    run.restart()
    run.step(10_000)
    assert run.trainer.step_count == stopped_at


def test_the_number_of_steps_is_exact_and_can_be_passed() -> None:
    run = stopping(steps=123)
    assert run.step(1000) == 123
    assert str(run.stopped) == "Stopped at step 123: 123 steps are done"
    assert run.step(77) == 77
    assert run.stopped is None


def test_accuracy_above_names_what_was_measured() -> None:
    run = stopping(accuracy_above=0.8)
    run.step(20_000)
    assert run.stopped is not None
    share = float(run.stopped.words.split()[2])
    instant = run.look()
    answers = instant.setup.network.loss.predict(instant.train.y[0])
    dataset = instant.setup.dataset
    assert share == pytest.approx(100 * np.mean(answers == dataset.targets[dataset.train]), abs=0.01)
    assert share > 80


def test_a_step_network_is_stuck_at_the_first_look() -> None:
    run = stopping(with_activation(RINGS, "step"), all_stuck=True)
    assert run.step(10_000) == EVERY
    assert "all 16 hidden units are stuck" in str(run.stopped)
    assert stopping(RINGS, all_stuck=True).step(200) == 200


def test_a_number_that_rounds_to_the_limit_gets_more_digits() -> None:
    loss = first_look_at(RINGS, 0.4)[1]
    limit = math.nextafter(loss, 1.0)
    run = stopping(loss_below=limit)
    run.step(10_000)
    assert run.stopped is not None
    measured = run.stopped.words.split()[2]
    assert float(measured) < limit


def test_changing_a_setting_takes_the_message_away_and_a_new_limit_counts_again() -> None:
    run = stopping(steps=10)
    run.step(50)
    run.change(replace(run.trainer.experiment, stop=StopConditions(steps=20)), "")
    assert run.stopped is None
    assert run.step(50) == 10


def test_the_worker_stops_says_so_and_plays_on() -> None:
    mailbox = Mailbox()
    worker = Worker(replace(RINGS, stop=StopConditions(steps=200)), mailbox)
    worker.start()
    try:
        worker.send(Play())
        frame = frame_where(worker, mailbox, lambda frame: frame.stopped is not None)
        assert frame.stopped is not None
        assert (frame.step, frame.running, frame.stopped.condition) == (200, False, "steps")
        worker.send(Play())
        assert frame_where(worker, mailbox, lambda frame: frame.step > 400).stopped is None
        worker.send(Restart())
        frame_where(worker, mailbox, lambda frame: frame.step == 200 and frame.stopped is not None)
    finally:
        worker.stop()


def test_it_neither_parts_the_lanes_of_a_race_nor_stops_them() -> None:
    lanes = (Lane("one", replace(RINGS, stop=StopConditions(steps=3))), Lane("two", with_activation(RINGS, "relu")))
    runs = line_up(Race(RINGS, lanes))
    assert isinstance(runs[0].trainer, JointTrainer)
    assert runs[0].trainer is runs[1].trainer


def test_the_file_holds_it_and_refuses_what_is_no_condition() -> None:
    experiment = replace(RINGS, stop=StopConditions(0.05, 0.95, 1000, all_stuck=True))
    assert decode(encode(experiment)) == experiment
    for bad in ({"accuracy_above": 1.5}, {"loss_below": -1.0}, {"steps": 0}, {"loss_below": math.nan}):
        with pytest.raises(InputError, match="stop"):
            validate(replace(RINGS, stop=StopConditions(**bad)))
