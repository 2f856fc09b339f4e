"""A run that is looked at, at fixed steps, whatever the frames do."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.runtime.commands import Begin, Change, EndWatch, Play, Restart, SetSpeed, Step
from stepviz.runtime.mailbox import Mailbox, Refusal
from stepviz.runtime.worker import Worker
from tests.runtime.until import frame_where, news_of

RINGS = Experiment(seed=1)
OTHER = Experiment(seed=2, layers=(HiddenLayer(3),))


class Stops:
    """Looks at the steps it was given: the step, the loss, and how far the first parameter has gone."""

    def __init__(self, *steps: int) -> None:
        self.steps = steps

    def next_stop(self, step: int) -> int | None:
        return next((stop for stop in self.steps if stop > step), None)

    def look(self, trainer: Trainer, first: np.ndarray) -> tuple[int, float, float]:
        return trainer.step_count, trainer.loss(), float(trainer.theta[0, 0] - first[0])


def by_hand(experiment: Experiment, *steps: int) -> tuple[tuple[int, float, float], ...]:
    trainer = Trainer(experiment)
    first, seen = trainer.theta[0, 0].astype(np.float64), []
    for step in (0, *steps):
        trainer.step(step - trainer.step_count)
        seen.append((step, trainer.loss(), float(trainer.theta[0, 0] - first)))
    return tuple(seen)


def test_it_looks_at_its_stops_exactly_and_pauses_after_the_last(worker: Worker, mailbox: Mailbox) -> None:
    frame_where(worker, mailbox, lambda frame: frame.sightings is None)
    watch = Stops(3, 4, 777)
    worker.send(Play())
    worker.send(Begin(OTHER, watch=watch))
    begun = frame_where(worker, mailbox, lambda frame: frame.sightings is not None)
    assert (begun.step, begun.running, begun.experiment) == (0, False, OTHER)
    assert begun.sightings is not None
    assert begun.sightings.watch is watch
    assert begun.sightings.seen == by_hand(OTHER)
    worker.send(Play())
    ended = frame_where(worker, mailbox, lambda frame: frame.step >= 777)
    assert (ended.step, ended.running) == (777, False)
    assert ended.sightings is not None
    assert ended.sightings.seen == by_hand(OTHER, 3, 4, 777)
    worker.send(Play())
    frame_where(worker, mailbox, lambda frame: frame.step > 800 and frame.running)


def test_a_limited_speed_and_single_steps_see_the_same(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(Begin(OTHER, watch=Stops(5, 40)))
    worker.send(SetSpeed(400.0))
    worker.send(Step(7))
    frame_where(worker, mailbox, lambda frame: frame.step == 7 and not frame.running)
    worker.send(Play())
    frame = frame_where(worker, mailbox, lambda frame: frame.step == 40)
    assert frame.sightings is not None
    assert frame.sightings.seen == by_hand(OTHER, 5, 40)


def test_a_restart_begins_the_looking_again_and_goes_back_to_given_parameters(worker: Worker, mailbox: Mailbox) -> None:
    row = np.linspace(-1, 1, Trainer(OTHER).theta.shape[1], dtype=np.float32)
    worker.send(Begin(OTHER, row, Stops(9)))
    worker.send(Play())
    ended = frame_where(worker, mailbox, lambda frame: frame.step == 9)
    worker.send(Restart())
    again = frame_where(worker, mailbox, lambda frame: frame.step == 0)
    np.testing.assert_array_equal(again.parameters, row)
    assert again.sightings is not None
    assert len(again.sightings.seen) == 1
    worker.send(Play())
    same = frame_where(worker, mailbox, lambda frame: frame.step == 9)
    assert same.sightings is not None
    assert ended.sightings is not None
    assert same.sightings.seen == ended.sightings.seen


def test_a_run_without_a_watch_is_not_looked_at(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(Begin(OTHER, watch=Stops(9)))
    worker.send(Begin(RINGS))
    worker.send(Play())
    assert frame_where(worker, mailbox, lambda frame: frame.step > 9).sightings is None


def test_a_watch_that_was_ended_neither_looks_nor_pauses(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(Begin(OTHER, watch=Stops(9)))
    worker.send(EndWatch())
    worker.send(Play())
    assert frame_where(worker, mailbox, lambda frame: frame.step > 9).sightings is None


def test_another_network_in_the_place_of_the_watched_one_begins_the_looking_again(
    worker: Worker, mailbox: Mailbox
) -> None:
    worker.send(Begin(OTHER, watch=Stops(9)))
    worker.send(Change(replace(OTHER, layers=(HiddenLayer(5),))))
    worker.send(Play())
    frame = frame_where(worker, mailbox, lambda frame: frame.step == 9)
    assert frame.sightings is not None
    assert frame.sightings.seen[0][::2] == (0, 0.0)


def test_what_is_refused_changes_nothing(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(Begin(OTHER, np.zeros(3), Stops(9)))
    refusal = news_of(worker, mailbox)
    assert isinstance(refusal, Refusal)
    assert "shape (3,), expected shape" in refusal.message
    worker.send(Step(1))
    frame = frame_where(worker, mailbox, lambda frame: frame.step == 1)
    assert (frame.experiment, frame.sightings) == (RINGS, None)
