"""A race as its worker drives it: all lanes in step, their losses measured at fixed steps, in bounded memory."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import freeze
from stepviz.engine.common.errors import InputError
from stepviz.engine.race.joint_training import line_up
from stepviz.engine.race.race import Race, differences
from stepviz.engine.settings.experiment import scheduled_slope
from stepviz.probes.lane import LaneMeter, LaneReading, Shape
from stepviz.runtime.race_frame import LaneFrame, RaceFrame, Target, quartiles

LONGEST = 1_000_000
POINTS = 200


class RaceRun:
    """The lanes of a race, from step 0 to ``limit``.

    The losses are measured at step 0 and at every ``every`` steps, at most 201 times: the same race gives the same
    numbers, however fast it is driven.
    """

    def __init__(self, race: Race, limit: int, target: Target) -> None:
        """Line up. Raises InputError for settings that are not allowed, and for a race that is too large."""
        if not 1 <= limit <= LONGEST:
            raise InputError("steps", limit, f"from 1 to {LONGEST:,}")
        target.check()
        self.race, self.limit, self.target = race, limit, target
        self.every = max(1, -(-limit // POINTS))
        self.generation = 0
        self._lanes = line_up(race)
        if target.kind == "accuracy" and any(lane.setup.dataset.task == "regression" for lane in self._lanes):
            raise InputError("target", "an accuracy", "a loss, since these data have no classes")
        # In the order of the lanes, each once.
        self._trainers = list({id(lane.trainer): lane.trainer for lane in self._lanes}.values())
        self._meters = [LaneMeter(lane.setup, race.seeds) for lane in self._lanes]
        self._notes = [
            differences(race.base, lane.experiment, len(runs.setup.train))
            for lane, runs in zip(race.lanes, self._lanes, strict=True)
        ]
        self._begin()

    def _begin(self) -> None:
        lanes, seeds, points = len(self._lanes), self.race.seeds, self.limit // self.every + 2
        self.step = 0
        self._steps = np.zeros(points)
        self._bands = np.zeros((lanes, points, 3))
        self._count = 0
        self._best = np.full((lanes, seeds), np.inf)
        self._reached = np.full((lanes, seeds), -1, dtype=np.int64)
        self._readings: list[tuple[int, LaneReading, Shape] | None] = [None] * lanes
        self._next = 0
        self._measure()

    @property
    def done(self) -> bool:
        """Return whether the limit is reached."""
        return self.step >= self.limit

    def restart(self) -> None:
        """Go back to step 0, with the same first weights."""
        for trainer in self._trainers:
            trainer.restart()
        self.generation += 1
        self._begin()

    def advance(self, count: int) -> int:
        """Do up to ``count`` updates of every lane, no further than the next measurement; return how many."""
        count = min(count, self.limit - self.step, self.every - self.step % self.every)
        if count <= 0:
            return 0
        for trainer in self._trainers:
            # A lane of one run stops by itself where it diverges; the others go on.
            trainer.step(count)
        self.step += count
        if self.step % self.every == 0 or self.done:
            self._measure()
        return count

    def _measure(self) -> None:
        self._steps[self._count] = self.step
        self._follow_slopes()
        for number, (lane, meter) in enumerate(zip(self._lanes, self._meters, strict=True)):
            loss, accuracy = meter.losses(lane.theta)
            finite = np.isfinite(loss) & np.isfinite(lane.theta).all(axis=1)
            loss = np.where(finite, loss, np.inf)
            self._bands[number, self._count] = quartiles(loss)
            np.minimum(self._best[number], loss, out=self._best[number])
            new = finite & self.target.reached(loss, accuracy) & (self._reached[number] < 0)
            self._reached[number][new] = self.step
        self._count += 1

    def _follow_slopes(self) -> None:
        for lane, meter in zip(self._lanes, self._meters, strict=True):
            slope = scheduled_slope(lane.setup.experiment, self.step)
            if slope is not None:
                meter.set_slope(slope)

    def look(self, seconds: float, clock: Callable[[], float] = time.perf_counter) -> None:
        """Bring the readings of the lanes up to date, one after the other, for about ``seconds``; at least one.

        At the first call all of them.
        """
        began = clock()
        self._follow_slopes()
        for _ in self._lanes:
            number = self._next
            self._next = (number + 1) % len(self._lanes)
            kept = self._readings[number]
            if kept is None or kept[0] != self.step:
                lane, meter = self._lanes[number], self._meters[number]
                self._readings[number] = (self.step, meter.read(lane.theta), meter.respond(lane.theta))
            if clock() - began > seconds and all(self._readings):
                break

    def frame(self, number: int, running: bool, rate: float) -> RaceFrame:
        """Return the snapshot of this moment; ``look`` was called before."""
        lanes = []
        for place, (lane, runs) in enumerate(zip(self.race.lanes, self._lanes, strict=True)):
            kept = self._readings[place]
            assert kept is not None
            theta = runs.theta
            diverged = ~np.isfinite(theta).all(axis=1) | ~np.isfinite(kept[1].train_loss)
            # A loss on the screen must not be below what is called the best.
            best = np.fmin(self._best[place], np.where(diverged, np.inf, kept[1].train_loss))
            lanes.append(
                LaneFrame(
                    label=lane.label,
                    notes=self._notes[place],
                    setup=runs.setup,
                    band=_copy(self._bands[place, : self._count]),
                    best_loss=freeze(best),
                    reached_at=_copy(self._reached[place]),
                    diverged=freeze(diverged),
                    reading=kept[1],
                    shape=kept[2],
                    parameters=_copy(theta[0]),
                )
            )
        return RaceFrame(
            self.race, self.target, self.generation, number, self.step, self.limit, self.every, running, rate,
            _copy(self._steps[: self._count]), tuple(lanes),
        )  # fmt: skip


def _copy(values: NDArray[Any]) -> NDArray[Any]:
    return freeze(values.copy())
