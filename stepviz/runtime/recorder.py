"""Writes the history of a run: one row per frame, in the columns that the time plots read."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.probes.instant import Instant, Path
from stepviz.probes.stuck_units import STATES, StuckUnits
from stepviz.runtime.history import CAPACITY, History, HistoryView, Kept, Mark, PathRecord, Thinned
from stepviz.runtime.unit_ledger import UnitLedger

# About ten seconds of frames.
RECENT = 512
PER_LAYER = ("gradient_rms", "zero_share", "update_ratio", "delta_norm")


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that a recorder needs to go on: the rows of the history and of the path, and the marks."""

    history: Kept
    path: Kept
    marks: tuple[Mark, ...]


class Recorder:
    """The history of one run since its start."""

    def __init__(self, setup: BoundExperiment, *, given: bool = False) -> None:
        """Begin a history; ``given``: the first weights were not drawn for this run, see UnitLedger."""
        self._history = History(column_names(len(setup.network.layout.layers)))
        self._path = PathRecord(setup.network.layout.size)
        self.ledger = UnitLedger(given=given)
        self._step = -1
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._curve = Thinned(3, CAPACITY)

    @classmethod
    def resumed(cls, setup: BoundExperiment, recorded: Recorded) -> Recorder:
        """Return a recorder that goes on from what another recorded."""
        recorder = cls(setup)
        recorder._history.resume(recorded.history, recorded.marks)
        recorder._path.resume(recorded.path)
        return recorder

    def recorded(self, step: int, parameters: int) -> Recorded:
        """Return a copy of what was recorded up to ``step``, and of the path if it is one of so many parameters."""
        rows, marks = self._history.kept()
        path = self._path.kept() if self.path.parameters.shape[1] == parameters else PathRecord(parameters).kept()
        return Recorded(rows.until(step), path.until(step), tuple(mark for mark in marks if mark.step <= step))

    @property
    def recent_losses(self) -> Array:
        """Return the newest training losses (at most RECENT,), oldest first, since the run was last changed."""
        return np.array(self._recent)

    @property
    def curve(self) -> Array:
        """Return step, training and test loss (points, 3) since the run was last changed, oldest first; a view."""
        return self._curve.rows

    @property
    def waits(self) -> bool:
        """Return whether nothing is recorded yet of this run, or of what it was changed to."""
        return self._step < 0

    @property
    def path(self) -> Path:
        """Return the path so far."""
        return Path(self._path.steps, self._path.parameters)

    def record(self, instant: Instant, accuracies: tuple[float, float], flow: GradientFlow, units: StuckUnits) -> None:
        """Add the instant, unless its step is recorded already."""
        if instant.step == self._step:
            return
        self._step = instant.step
        row = [instant.step, instant.train_loss, instant.test_loss, *accuracies]
        for values in (flow.rms, flow.zero_share, flow.update_ratio, flow.delta_norm):
            row.extend(values.tolist())
        row.extend(units.count(state) for state in range(len(STATES)))
        self._history.record(row)
        self._recent.append(instant.train_loss)
        self._curve.add(row[:3])
        self._path.add(instant.step, instant.theta[0])
        self.ledger.observe(instant.step, units)

    def begin_path(self, parameters: int) -> None:
        """Forget the path: the run goes on in a space of another number of parameters."""
        self._path = PathRecord(parameters)

    def again(self, step: int) -> None:
        """Forget what came after ``step``, and record it once more: the run there is not what was recorded."""
        self._recent.clear()
        self._curve = Thinned(3, CAPACITY)
        self._history.cut(step)
        self._path.cut(step)
        self.ledger.cut(step)
        self._step = -1

    def mark(self, step: int, text: str) -> None:
        """Note a moment on the time plots."""
        self._history.mark(Mark(step, text))

    def view(self) -> HistoryView:
        """Return a copy of the history."""
        return self._history.view()


def column_names(layers: int) -> Sequence[str]:
    """Return the names of the columns, as HistoryView documents them."""
    numbers = range(1, layers + 1)
    return (
        "step",
        "train_loss",
        "test_loss",
        "train_accuracy",
        "test_accuracy",
        *(f"{name}/{number}" for name in PER_LAYER for number in numbers),
        *STATES,
    )
