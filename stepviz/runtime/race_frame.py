"""What the race window sees: an immutable snapshot of all lanes at one moment."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepviz.engine.common.arrays import Array, Bools, Ints
from stepviz.engine.common.errors import InputError
from stepviz.engine.race.race import Race
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.lane import LaneReading, Shape


@dataclass(frozen=True, slots=True)
class Target:
    """What a run should reach on the training set: a ``loss`` at most ``value``, or an ``accuracy`` of at least it."""

    kind: Literal["loss", "accuracy"] = "loss"
    value: float = 0.1

    def reached(self, loss: Array, accuracy: Array) -> Bools:
        """Return where the target is reached, bool, same shape; what is not a number never reaches it."""
        found: Bools = loss <= self.value if self.kind == "loss" else accuracy >= self.value
        return found

    def check(self) -> Target:
        """Return the target unchanged. Raises InputError for a number that cannot be one."""
        if self.kind == "accuracy" and not 0.0 < self.value <= 1.0:
            raise InputError("target accuracy", self.value, "a share above 0, at most 1")
        if self.kind == "loss" and not 0.0 <= self.value < np.inf:
            raise InputError("target loss", self.value, "a number that is not negative")
        return self


@dataclass(frozen=True, slots=True)
class LaneFrame:
    """One lane at one moment; arrays over its runs (seeds,) unless said otherwise.

    ``notes``: what keeps it from the start or the batches of the others. ``band`` (points, 3): lower quartile, median
    and upper quartile of the training loss at the race's ``steps``, inf where runs that diverged are in it.
    ``best_loss`` the least loss at any measured step, or now; ``reached_at`` the first measured step at the target,
    -1 where there was none; ``diverged`` where numbers are not finite. ``reading`` and ``shape`` (of the first run)
    may be a moment older. ``parameters`` (parameters,) of the first run, laid out by ``setup``.
    """

    label: str
    notes: tuple[str, ...]
    setup: BoundExperiment
    band: Array
    best_loss: Array
    reached_at: Ints
    diverged: Bools
    reading: LaneReading
    shape: Shape
    parameters: Array

    @property
    def name(self) -> str:
        """Return the label, after a star where something keeps the lane from the start or the batches of the others."""
        return f"* {self.label}" if self.notes else self.label

    @property
    def failed_share(self) -> float:
        """Return the share of runs that diverged or were not at the target at any measured step so far."""
        return float(np.mean(self.diverged | (self.reached_at < 0)))

    @property
    def final_loss(self) -> tuple[float, float, float]:
        """Return quartiles and median of the training loss now: low, median, high."""
        low, middle, high = quartiles(np.where(self.diverged, np.inf, self.reading.train_loss))
        return float(low), float(middle), float(high)

    @property
    def typical_errors(self) -> tuple[float, float] | None:
        """Return the median losses, training and test, in the units of a target that was scaled; None without one."""
        dataset, reading = self.setup.dataset, self.reading
        train, test = (dataset.typical_error(self.median(loss)) for loss in (reading.train_loss, reading.test_loss))
        return None if train is None or test is None else (train, test)

    def median(self, values: Array) -> float:
        """Return the median of ``values`` (seeds,) over the runs that have not diverged; NaN where all have."""
        known = values[~self.diverged]
        return float(np.median(known)) if len(known) else float("nan")

    @property
    def steps_to_target(self) -> float:
        """Return the median over the runs of the first measured step at the target; inf where half never were."""
        return float(quartiles(np.where(self.reached_at < 0, np.inf, self.reached_at))[1])


@dataclass(frozen=True, slots=True)
class RaceFrame:
    """All lanes at step ``step`` of ``limit``; ``steps`` (points,) are those at which the losses were measured.

    ``number`` rises with every frame, ``generation`` with every restart. ``every``: the losses are measured at every
    so many steps.
    """

    race: Race
    target: Target
    generation: int
    number: int
    step: int
    limit: int
    every: int
    running: bool
    steps_per_second: float
    steps: Array
    lanes: tuple[LaneFrame, ...]

    @property
    def done(self) -> bool:
        """Return whether the race is over."""
        return self.step >= self.limit


def quartiles(values: Array) -> Array:
    """Return lower quartile, median and upper quartile (..., 3) of the last axis; NaN counts as infinite.

    Linear between neighbours, as NumPy's quantile; a run that diverged makes a quartile infinite only where the
    quartile falls on it.
    """
    ordered = np.sort(np.where(np.isnan(values), np.inf, values).astype(np.float64), axis=-1)
    last = ordered.shape[-1] - 1
    found = []
    for share in (0.25, 0.5, 0.75):
        below = int(share * last)
        part = share * last - below
        low = ordered[..., below]
        if part == 0.0:
            found.append(low)
            continue
        high = ordered[..., below + 1]
        finite = np.isfinite(high)
        found.append(np.where(finite, low + part * (np.where(finite, high, 0.0) - np.where(finite, low, 0.0)), np.inf))
    return np.stack(found, axis=-1)
