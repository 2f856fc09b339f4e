"""Runs that were left are kept in bounded memory: the oldest lose their past first, then they go."""

from __future__ import annotations

from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.runtime.commands import Change, Restart, Return, Step
from stepviz.runtime.mailbox import Mailbox, NotKept
from stepviz.runtime.run import Run
from stepviz.runtime.shelf import LARGEST_BYTES, MOST, Shelf
from stepviz.runtime.worker import Worker
from tests.runtime.until import frame_where, news_of

WIDE = replace(Experiment(), layers=(HiddenLayer(1000), HiddenLayer(1500)))


def test_small_runs_are_kept_by_number_until_there_are_too_many() -> None:
    shelf, run = Shelf(), Run(Experiment())
    for number in range(1, MOST + 3):
        shelf.keep(number, run.at_rest())
    assert len(shelf) == MOST
    assert shelf.lost(1)
    assert shelf.take(1) is None
    assert not shelf.lost(3)
    assert shelf.take(3) is not None
    assert shelf.take(3) is None
    assert not shelf.lost(3), "it is in use"


def test_large_runs_lose_their_past_then_they_go_and_the_newest_stays() -> None:
    shelf, run = Shelf(), Run(WIDE)
    for number in range(1, 12):
        shelf.keep(number, run.at_rest())
        assert shelf.nbytes <= LARGEST_BYTES or len(shelf) == 1
    assert shelf.lost(1)
    newest = shelf.take(11)
    assert newest is not None
    resumed = Run.resumed(newest)
    assert (resumed.trainer.theta == run.trainer.theta).all()


def test_of_a_run_that_is_not_kept_any_more_the_settings_come_back_and_it_is_said(
    worker: Worker, mailbox: Mailbox
) -> None:
    for number in range(1, MOST + 2):
        worker.send(Restart(number))
    worker.send(Change(replace(Experiment(), seed=7)))
    frame_where(worker, mailbox, lambda frame: frame.experiment.seed == 7)
    worker.send(Return(1, Experiment(seed=1), "Undo", 500))
    assert news_of(worker, mailbox) == NotKept()


def test_a_return_to_a_run_that_went_on_only_changes_the_settings(worker: Worker, mailbox: Mailbox) -> None:
    worker.send(Step(30))
    frame_where(worker, mailbox, lambda frame: frame.step == 30 and not frame.running)
    rate = replace(Experiment(seed=1), learning_rate=0.5)
    worker.send(Change(rate, "Rate", leave=1))
    worker.send(Return(1, Experiment(seed=1), "Undo: Rate", 2))
    frame = frame_where(worker, mailbox, lambda frame: len(frame.history.marks) == 2)
    assert (frame.generation, frame.step, frame.experiment) == (0, 30, Experiment(seed=1))
    assert [mark.text for mark in frame.history.marks] == ["Rate", "Undo: Rate"]
