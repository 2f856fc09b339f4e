"""Looking at a run at steps that are fixed beforehand, whatever the window's speed: the same figures each time."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.training.trainer import Trainer


class Observer(Protocol):
    """What looks at a run, in the worker's thread."""

    def next_stop(self, step: int) -> int | None:
        """Return the first step after ``step`` to look at; None after the last."""

    def look(self, trainer: Trainer, first: Array) -> object:
        """Return what is seen of the run now, an immutable object; ``first`` (parameters,) is where it began."""


@dataclass(frozen=True, slots=True, eq=False)
class Sightings:
    """What ``watch`` has seen so far, in the order of the steps."""

    watch: Observer
    seen: tuple[object, ...]


class ObserverSlot:
    """Keeps the one watch of a run and what it has seen."""

    def __init__(self) -> None:
        self.sightings: Sightings | None = None
        self._first: Array = np.zeros(0)
        self._seen: dict[int, object] = {}

    def begin(self, watch: Observer | None, trainer: Trainer) -> None:
        """Look at the run as it is now, and from here on at the stops of the watch; None ends the watching."""
        self.sightings = None if watch is None else Sightings(watch, ())
        self._first = trainer.theta[0].astype(np.float64)
        self._seen = {}
        self._look(trainer)

    def again(self, trainer: Trainer) -> None:
        """Forget what was seen: the run began again."""
        self.begin(None if self.sightings is None else self.sightings.watch, trainer)

    def steps_to_go(self, step: int) -> int | None:
        """Return how many updates there are to the next stop; None where there is none."""
        stop = None if self.sightings is None else self.sightings.watch.next_stop(step)
        return None if stop is None else stop - step

    def arrived(self, trainer: Trainer) -> bool:
        """Look, if the run has come to a stop; return whether that was the last one."""
        if self.sightings is None or self.steps_to_go(trainer.step_count - 1) != 1:
            return False
        self._look(trainer)
        return self.steps_to_go(trainer.step_count) is None

    def _look(self, trainer: Trainer) -> None:
        if self.sightings is None or trainer.theta.shape[1] != len(self._first):
            return
        watch = self.sightings.watch
        with np.errstate(all="ignore"):
            self._seen[trainer.step_count] = watch.look(trainer, self._first)
        self.sightings = Sightings(watch, tuple(self._seen[step] for step in sorted(self._seen)))
