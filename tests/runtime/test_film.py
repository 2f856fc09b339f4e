"""Frames of a film depend on the run alone: not on the machine, nor on when somebody looks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import numpy as np
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Choice, Experiment, StopConditions
from stepviz.probes.curvature import Curvature
from stepviz.probes.loss_surface import LossSurface
from stepviz.probes.slice import Slice
from stepviz.runtime.commands import Ask, Film, Play, Restart
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.worker import Worker
from tests.runtime.until import frame_where, until
from tests.ui.built_panels import network

ASKED = frozenset({"loss_surface", "curvature", "response", "diagnosis"})


@contextmanager
def running(experiment: Experiment | None = None) -> Iterator[tuple[Worker, Mailbox]]:
    mailbox = Mailbox()
    worker = Worker(experiment or network(4), mailbox)
    worker.send(Ask(ASKED))
    worker.start()
    try:
        yield worker, mailbox
    finally:
        worker.stop()


def filmed(worker: Worker, mailbox: Mailbox, count: int, number: int) -> Frame:
    worker.send(Film(count, number))
    return frame_where(worker, mailbox, lambda frame: frame.film == number)


def film(worker: Worker, mailbox: Mailbox) -> list[Frame]:
    worker.send(Restart())
    return [filmed(worker, mailbox, 30 if number > 1 else 0, number) for number in range(1, 5)]


def test_every_frame_is_as_many_updates_after_the_last_and_has_all_readings_of_its_instant() -> None:
    with running() as (worker, mailbox):
        frames = film(worker, mailbox)
    assert [frame.step for frame in frames] == [0, 30, 60, 90]
    assert not any(frame.running for frame in frames)
    for frame in frames:
        surface, curvature = frame.reading(LossSurface), frame.reading(Curvature)
        assert surface is not None
        assert curvature is not None
        assert surface.step == frame.step


def test_two_films_of_one_experiment_are_the_same_in_every_number() -> None:
    with running() as (worker, mailbox):
        first = film(worker, mailbox)
    with running() as (worker, mailbox):
        # The second comes after a run that went on for a while, at its own pace.
        worker.send(Play())
        frame_where(worker, mailbox, lambda frame: frame.step > 200)
        second = film(worker, mailbox)
    for one, other in zip(first, second, strict=True):
        assert one.step == other.step
        assert (one.parameters == other.parameters).all()
        for name, column in one.history.columns.items():
            np.testing.assert_array_equal(column, other.history.column(name))
        surfaces = [frame.reading(LossSurface) for frame in (one, other)]
        assert surfaces[0] is not None
        assert surfaces[1] is not None
        np.testing.assert_array_equal(surfaces[0].loss, surfaces[1].loss)


def test_a_run_that_diverged_gets_its_frame_too() -> None:
    steep = replace(network(4, activation="linear"), loss="squared-error", optimizer=Choice("sgd"), learning_rate=1e5)
    with running(steep) as (worker, mailbox):
        for number in range(1, 100):
            frame = filmed(worker, mailbox, 50, number)
            if frame.diverged is not None:
                break
        assert frame.diverged is not None
        assert filmed(worker, mailbox, 50, number + 1).step == frame.step


def test_an_early_stop_ends_the_updates_as_it_ends_a_run() -> None:
    with running(replace(network(4), stop=StopConditions(steps=70))) as (worker, mailbox):
        frames = [filmed(worker, mailbox, 50, number) for number in (1, 2, 3)]
    assert [frame.step for frame in frames] == [50, 70, 120]
    assert [frame.stopped is not None for frame in frames] == [False, True, False]


def test_probes_named_with_a_frame_are_measured_for_it_and_no_longer() -> None:
    with running() as (worker, mailbox):
        worker.send(Ask(frozenset()))
        worker.send(Film(5, 1, frozenset({"slice"})))
        with_it = frame_where(worker, mailbox, lambda frame: frame.film == 1)
        after = filmed(worker, mailbox, 5, 2)
    readings = [frame.reading(Slice) for frame in (with_it, after)]
    assert [None if reading is None else reading.step for reading in readings] == [5, 5]
    assert with_it.reading(LossSurface) is None


def test_the_frame_of_a_film_comes_although_nobody_asks_for_frames() -> None:
    with running() as (worker, mailbox):
        worker.send(Ask(frozenset()))

        def has_come(number: int) -> bool:
            frame, _ = mailbox.collect()
            return frame is not None and frame.film == number

        for number in range(1, 200):
            worker.send(Film(1, number))
            until(partial(has_come, number))
