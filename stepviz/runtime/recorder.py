"""Writes the history of a run: one row per frame, in the columns that the time plots read."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.probes.instant import Instant, Path
from stepviz.probes.stuck_units import ACTIVE, FLAT, STARVED, STATES, StuckUnits
from stepviz.runtime.history import (
    CAPACITY,
    LOSSES,
    History,
    HistoryView,
    Kept,
    Mark,
    PathRecord,
    Thinned,
    extremes,
)
from stepviz.runtime.unit_ledger import LedgerView, UnitLedger, all_in_state

# About ten seconds of frames.
RECENT = 512
PER_LAYER = ("gradient_rms", "zero_share", "update_ratio", "delta_norm")


@dataclass(frozen=True, slots=True)
class Recorded:
    """All that a recorder needs to go on.

    The rows of the history and of the path, and the marks; ``last`` (at most 1, columns) is the newest row. ``step`` is
    that of the newest look (-1: none since the run was last changed). ``recent`` (at most RECENT,) and ``curve`` are
    the losses since then, ``ledgers`` what became of the units by then: the newest last, none where it is not known.
    """

    history: Kept
    path: Kept
    marks: tuple[Mark, ...]
    last: Array
    step: int
    recent: Array
    curve: Kept
    ledgers: tuple[LedgerView, ...] = ()

    @property
    def nbytes(self) -> int:
        """Return the bytes of the longest arrays."""
        return self.history.rows.nbytes + self.path.rows.nbytes + self.curve.rows.nbytes


class Recorder:
    """The history of one run since its start."""

    def __init__(self, setup: BoundExperiment, *, given: bool = False) -> None:
        """Begin a history; ``given``: the first weights were not drawn for this run, see UnitLedger."""
        self._history = History(column_names(len(setup.network.layout.layers)))
        self._path = PathRecord(setup.network.layout.size)
        self.ledger = UnitLedger(given=given)
        self._step = -1
        self._recent: deque[float] = deque(maxlen=RECENT)
        self._drag = ""
        self._begin_curve()

    def _begin_curve(self) -> None:
        self._curve = Thinned(3, CAPACITY)
        self._ends: Array = np.empty((0, 3))

    @classmethod
    def resumed(cls, setup: BoundExperiment, recorded: Recorded) -> Recorder:
        """Return a recorder that goes on from what another recorded."""
        recorder = cls(setup)
        recorder._history.resume(recorded.history, recorded.last, recorded.marks)
        # After a look back the path is one of the end, which may have other parameters.
        recorder._path = PathRecord(recorded.path.rows.shape[1] - 1)
        recorder._path.resume(recorded.path)
        recorder._step = recorded.step
        recorder._recent.extend(recorded.recent.tolist())
        recorder._curve.resume(recorded.curve)
        rows = recorded.curve.rows
        recorder._ends = rows[extremes(rows, LOSSES)] if len(rows) else rows
        widths = setup.network.layout.widths[1:-1]
        recorder.ledger = UnitLedger(recorded.ledgers or _known_of_units(recorder.view(), widths))
        return recorder

    def recorded(self, step: int, parameters: int) -> Recorded:
        """Return a copy of what was recorded up to ``step``, and of the path if it is one of so many parameters."""
        rows, marks = self._history.kept()
        path = self._path.kept() if self.path.parameters.shape[1] == parameters else PathRecord(parameters).kept()
        last, recent, curve = self._history.last, self.recent_losses, self._curve.kept()
        if len(self.curve) <= CAPACITY:
            # The lowest and the highest losses go along.
            curve = Kept(freeze(self.curve), curve.offered, curve.stride)
        if self._step > step:
            # What was recorded since the run was last changed is that of a later moment.
            last, recent, curve = last[:0], recent[:0], Thinned(3, CAPACITY).kept()
        return Recorded(
            rows.until(step),
            path.until(step),
            tuple(mark for mark in marks if mark.step <= step),
            last,
            self._step if self._step <= step else -1,
            recent,
            curve,
            tuple(view for view in self.ledger.views if view.step <= step),
        )

    @property
    def recent_losses(self) -> Array:
        """Return the newest training losses (at most RECENT,), oldest first, since the run was last changed."""
        return np.array(self._recent)

    @property
    def curve(self) -> Array:
        """Return step, training and test loss (points, 3) since the run was last changed, oldest first.

        Thinned out evenly, but that the lowest and the highest losses are among them.
        """
        both = np.concatenate([self._curve.rows, self._ends])
        return both[np.unique(both[:, 0], return_index=True)[1]]

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
        ends = np.concatenate([self._ends, [row[:3]]])
        self._ends = ends[extremes(ends, LOSSES)]
        self._path.add(instant.step, instant.theta[0])
        self.ledger.observe(instant.step, units)

    def begin_path(self, parameters: int) -> None:
        """Forget the path: the run goes on in a space of another number of parameters."""
        self._path = PathRecord(parameters)

    def again(self, step: int) -> None:
        """Forget what came after ``step``, and record it once more: the run there is not what was recorded."""
        self._recent.clear()
        self._begin_curve()
        self._history.cut(step)
        self._path.cut(step)
        self.ledger.cut(step)
        self._step = -1

    def mark(self, step: int, text: str, drag: str = "") -> None:
        """Note a moment on the time plots; of a ``drag`` (not empty) the last one, in the place of the one before."""
        self._history.mark(Mark(step, text), replaces=bool(drag) and drag == self._drag)
        self._drag = drag

    def view(self) -> HistoryView:
        """Return a copy of the history."""
        return self._history.view()


def _known_of_units(history: HistoryView, widths: Sequence[int]) -> tuple[LedgerView, ...]:
    """Return what a history says of single units: none was stuck by a step, or all were flat at step 0; or nothing."""
    steps, flat = history.column("step"), history.column(STATES[FLAT])
    free = np.flatnonzero(flat + history.column(STATES[STARVED]) == 0)
    if len(free):
        return (all_in_state(int(steps[free[-1]]), widths, ACTIVE),)
    all_flat = len(steps) > 0 and steps[0] == 0 and flat[0] == sum(widths) > 0
    return (all_in_state(0, widths, FLAT),) if all_flat else ()


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
