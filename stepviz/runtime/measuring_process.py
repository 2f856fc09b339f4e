"""A second process for measurements that take long: two threads that compute take the interpreter from each other.

Only this program's own objects pass through its pipe, between a parent and the child that it started.
"""

from __future__ import annotations

import contextlib
import dataclasses
import multiprocessing
import os
import signal
import time
import traceback
from collections.abc import Iterator
from dataclasses import dataclass, replace
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnProcess
from typing import Any

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.data.datasets import Dataset
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.snapshot import TrainerState
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.instant import Instant, Path
from stepviz.probes.probe_table import PROBES

# How long a wait for the child may last before the measurement can be cancelled.
POLL = 0.02
# A path is sent with every request; of a large network so many of its points that they fit in here.
LARGEST_PATH_BYTES = 4 * 2**20
FAREWELL = 0.2
# A measurement that takes longer (s) may have got no processor time at all.
STARVED = 1.5


@dataclass(frozen=True, slots=True)
class Request:
    """A measurement of one instant. ``made`` is what the child has to build anew, None where it has it.

    ``state`` (1 + slots, 1, parameters), ``updates`` and ``seen`` are what the run needs to go on, ``losses`` and
    ``curve`` what it has come from: for probes that resume it.
    """

    number: int
    probe: str
    options: Any
    made: tuple[Experiment, Dataset] | None
    state: Array
    step: int
    path: Path
    updates: int = 0
    seen: int = 0
    losses: Array | None = None
    curve: Array | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """A reading of a request, or, the last one, its end with the ``error`` that it ended with."""

    number: int
    reading: object | None = None
    ended: bool = False
    error: str = ""


class _StarvedError(Exception):
    """No answer for so long that the child may not have run."""


class MeasuringProcess:
    """Measures instants in a child process, which is started with the first of them."""

    def __init__(self) -> None:
        self._process: SpawnProcess | None = None
        self._pipe: Connection | None = None
        self._known: BoundExperiment | None = None
        self._number = 0
        self._gently = True
        self._has_answered = False

    def measure(self, probe: str, instant: Instant, options: Any) -> Iterator[object | None]:
        """Yield None once the instant is copied, then None while there is nothing yet, and the readings.

        Raises RuntimeError with the child's traceback where the measurement failed, EOFError where the child ended.
        """
        setup, request = instant.setup, _copied(probe, instant, options)
        yield None
        try:
            try:
                yield from self._ask(setup, request)
            except _StarvedError:
                # Others want all of this machine: from now on it takes a share.
                self._gently = False
                self.stop()
                yield from self._ask(setup, request)
        except (EOFError, OSError):
            # The child is gone: the next measurement starts another.
            self.stop()
            raise

    def _ask(self, setup: BoundExperiment, request: Request) -> Iterator[object | None]:
        pipe = self._open()
        self._number += 1
        number = self._number
        known = self._known
        # Of one experiment there may be several setups: with a slope schedule each step has its own.
        same = known is not None and (known.experiment, known.dataset) == (setup.experiment, setup.dataset)
        made = None if same else (setup.experiment, setup.dataset)
        pipe.send(replace(request, number=number, made=made))
        self._known = setup
        asked, ended = time.perf_counter(), False
        # Copies of a run are trained with what nobody else wants, however long that takes.
        patient = PROBES[request.probe].resumes or not self._gently
        try:
            yield from self._answers(pipe, number, None if patient else asked + STARVED)
            ended = True
        finally:
            if not ended and self._pipe is pipe:
                # Nobody waits any more: the child must not go on for nothing.
                with contextlib.suppress(OSError):
                    pipe.send(None)

    def _answers(self, pipe: Connection, number: int, deadline: float | None) -> Iterator[object | None]:
        while True:
            while not pipe.poll(POLL):
                if deadline is not None and self._has_answered and time.perf_counter() > deadline:
                    raise _StarvedError
                yield None
            answer: Answer = pipe.recv()
            self._has_answered = True
            if answer.number != number:
                continue
            if answer.error:
                raise RuntimeError(answer.error)
            if answer.ended:
                return
            yield _frozen(answer.reading)

    def stop(self) -> None:
        """End the child at once: it keeps nothing, and one that gets no processor time would be waited for."""
        if self._process is None or self._pipe is None:
            return
        self._pipe.close()
        self._process.kill()
        self._process.join(FAREWELL)
        if not self._process.is_alive():
            self._process.close()
        self._process = self._pipe = self._known = None
        self._has_answered = False

    def _open(self) -> Connection:
        if self._pipe is None:
            context = multiprocessing.get_context("spawn")
            ours, theirs = context.Pipe()
            arguments = (theirs, self._gently)
            self._process = context.Process(target=serve, args=arguments, name="stepviz-measure", daemon=True)
            self._process.start()
            theirs.close()
            self._pipe = ours
        return self._pipe


def serve(pipe: Connection, gently: bool) -> None:
    """Answer requests until the pipe is closed; a newer request drops the one under way.

    ``gently``: only with processor time that nobody else wants.
    """
    # A key pressed in the terminal is for the window.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    trainer: Trainer | None = None
    first = True
    with contextlib.suppress(EOFError, OSError):
        while True:
            request: Request | None = pipe.recv()
            if request is None:
                # It came too late: what it was to end has ended by itself.
                continue
            try:
                if first and PROBES[request.probe].resumes:
                    # Nobody waits for its first picture as for one of the run itself.
                    first = False
                    _stand_back(gently)
                if request.made is not None:
                    trainer = Trainer(*request.made)
                assert trainer is not None
                _answer(pipe, request, trainer)
                if first:
                    # From now on the window and the training come first; but somebody waits for the first picture.
                    first = False
                    _stand_back(gently)
            except OSError:
                raise
            except Exception:  # whatever it is, the worker reports it
                pipe.send(Answer(request.number, ended=True, error=traceback.format_exc()))


def _stand_back(gently: bool) -> None:
    # Of a process that is merely nice the window would wait for the rest of its time slice.
    if gently and hasattr(os, "SCHED_IDLE"):
        os.sched_setscheduler(0, os.SCHED_IDLE, os.sched_param(0))
    elif hasattr(os, "nice"):
        os.nice(19 if gently else 5)


def _answer(pipe: Connection, request: Request, trainer: Trainer) -> None:
    if PROBES[request.probe].resumes:
        trainer.go_to(TrainerState(trainer.setup, request.state, request.updates, request.step, request.seen))
    else:
        trainer.theta[0] = request.state[0, 0]
        trainer.step_count = request.step
    instant = Instant(trainer, request.path, request.losses, request.curve)
    with np.errstate(all="ignore"):
        for reading in PROBES[request.probe].measure(instant, request.options):
            if pipe.poll():
                return
            if reading is not None:
                pipe.send(Answer(request.number, reading))
    pipe.send(Answer(request.number, ended=True))


def _copied(probe: str, instant: Instant, options: Any) -> Request:
    """Return the request for a measurement, with copies of what it reads, but for its number and its setup."""
    path = _thinned(instant.path)
    if not PROBES[probe].resumes:
        return Request(0, probe, options, None, instant.theta[None, :1].copy(), instant.step, path)
    state = instant.state
    return Request(
        0, probe, options, None, state.state, state.step, path, state.updates, state.seen,
        instant.recent_losses.copy(), instant.curve.copy(),
    )  # fmt: skip


def _thinned(path: Path) -> Path:
    chosen = _evenly(path.parameters)
    left = None if path.left is None else path.left[_evenly(path.left)]
    return Path(path.steps[chosen], path.parameters[chosen], left)


def _evenly(points: Array) -> Ints:
    most = max(2, LARGEST_PATH_BYTES // max(1, points[:1].nbytes))
    return np.unique(np.linspace(0, len(points) - 1, min(len(points), most)).astype(np.int64))


def _frozen(reading: object) -> object:
    # What a pipe brings can be written to; what a frame holds must not be.
    if dataclasses.is_dataclass(reading):
        for field in dataclasses.fields(reading):
            value = getattr(reading, field.name)
            if isinstance(value, np.ndarray):
                freeze(value)
    return reading
