"""What a run has been through, in bounded memory: thinned out, the extremes of the losses kept, and saying so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, Bools, Ints, freeze

CAPACITY = 2048
LARGEST_PATH = 512
LEAST_PATH = 4
LARGEST_PATH_BYTES = 32 * 2**20
MARKS = 64
# Columns of a row whose extremes are kept, the training and the test loss, and so how many rows a bucket leaves.
LOSSES = (1, 2)
KEPT_OF_A_BUCKET = 2 * len(LOSSES)


@dataclass(frozen=True, slots=True)
class Mark:
    """A moment worth a line on every time plot: a switch of the activation, a change of settings."""

    step: int
    text: str


@dataclass(frozen=True, slots=True)
class HistoryView:
    """A read-only copy of the history.

    ``columns`` maps a name to (points,) values: ``step``, ``train_loss``, ``test_loss``, ``train_accuracy``,
    ``test_accuracy`` (NaN for regression), and per layer l from 1 ``gradient_rms/l``, ``zero_share/l``,
    ``update_ratio/l``, and for all hidden units the counts ``active``, ``saturated``, ``flat``, ``starved``.
    ``thinned`` is how many recorded points one kept point stands for; the lowest and the highest losses of every part
    are kept exactly, with the steps that they came at.
    """

    columns: Mapping[str, Array]
    marks: tuple[Mark, ...]
    thinned: int

    def column(self, name: str) -> Array:
        """Return a column (points,); empty where it is not recorded."""
        found = self.columns.get(name)
        return np.empty(0) if found is None else found

    def since(self, step: int) -> HistoryView:
        """Return the part from ``step`` on."""
        return self._part(self.column("step") >= step, tuple(mark for mark in self.marks if mark.step > step))

    def until(self, step: int) -> HistoryView:
        """Return the part up to ``step``."""
        return self._part(self.column("step") <= step, tuple(mark for mark in self.marks if mark.step <= step))

    def _part(self, chosen: Bools, marks: tuple[Mark, ...]) -> HistoryView:
        columns = {name: freeze(values[chosen]) for name, values in self.columns.items()}
        return HistoryView(columns, marks, self.thinned)


@dataclass(frozen=True, slots=True)
class Kept:
    """What is kept: ``rows`` (points, width) of ``offered`` ones, one of ``stride`` on the average."""

    rows: Array
    offered: int
    stride: int

    def until(self, step: float) -> Kept:
        """Return the part whose first values are at most ``step``."""
        return Kept(self.rows[self.rows[:, 0] <= step], self.offered, self.stride)


class Thinned:
    """Rows of equal length in bounded memory: when full, every second row is dropped, and from then on skipped."""

    def __init__(self, width: int, capacity: int, dtype: np.dtype[np.floating] | str = "float64") -> None:
        self._rows = np.empty((capacity, width), dtype=dtype)
        self._count = 0
        self._offered = 0
        self.stride = 1

    @property
    def capacity(self) -> int:
        """Return how many rows there is room for."""
        return len(self._rows)

    def add(self, row: Sequence[float] | Array) -> None:
        """Offer a row (width,); it is kept if its turn has come.

        At most two rows share a first value, the step: what training had come to there, and what a person then made of
        it. A third one takes the place of the second, and what is there already is no row of its own.
        """
        if self._count and self._rows[self._count - 1, 0] == self._as_kept(row[0]):
            last = self._rows[self._count - 1]
            if np.array_equal(last, np.asarray(row, dtype=last.dtype), equal_nan=True):
                return
            if self._count > 1 and self._rows[self._count - 2, 0] == last[0]:
                last[...] = row
                return
        if self._offered % self.stride == 0:
            if self._count == len(self._rows):
                kept = self._rows[::2].copy()
                self._rows[: len(kept)] = kept
                self._count = len(kept)
                self.stride *= 2
            if self._offered % self.stride == 0:
                self._rows[self._count] = row
                self._count += 1
        self._offered += 1

    def _as_kept(self, value: float) -> float:
        return float(self._rows.dtype.type(value))

    def kept(self) -> Kept:
        """Return a copy of all that ``resume`` needs."""
        return Kept(freeze(self.rows.copy()), self._offered, self.stride)

    def resume(self, kept: Kept) -> None:
        """Hold what another held."""
        self._count = len(kept.rows)
        self._rows[: self._count] = kept.rows
        self._offered, self.stride = kept.offered, kept.stride

    def cut(self, step: float) -> None:
        """Forget the rows from the end whose first value is above ``step``: the run went back."""
        while self._count and self._rows[self._count - 1, 0] > step:
            self._count -= 1

    @property
    def rows(self) -> Array:
        """Return the rows kept (points, width), oldest first; a view."""
        return self._rows[: self._count]


def extremes(rows: Array, columns: Sequence[int]) -> Ints:
    """Return the places, rising, of the first lowest and the first highest of each of ``columns`` in rows (k, width).

    At most two a column. The extremes of a whole are among those of its parts.
    """
    watched = rows[:, columns]
    return np.unique(np.concatenate([watched.argmin(axis=0), watched.argmax(axis=0)]))


class Envelope:
    """Rows in bounded memory, of which the lowest and the highest of the columns LOSSES stay exactly as they came.

    Rows come in buckets: of each four are kept, the extremes among them, and while it is open the newest as well. When
    there is no more room, neighbouring rows are put together eight by eight, and from then on buckets are twice as
    long: of any part of the run about as many rows are kept as of any other.
    """

    def __init__(self, width: int) -> None:
        self._rows = np.empty((CAPACITY, width))
        self._watched = [column for column in LOSSES if column < width] or [0]
        self._count = 0
        self._offered = 0
        # Where the open bucket begins, and how many rows it has taken.
        self._open, self._taken = 0, 0
        self.stride = 1

    def add(self, row: Sequence[float] | Array) -> None:
        """Take a row (width,).

        At most two rows share a first value, the step: what training had come to there, and what a person then made of
        it. A third one takes the place of the second, and what is there already is no row of its own.
        """
        same = np.flatnonzero(self._rows[max(0, self._count - 2) : self._count, 0] == row[0])
        if len(same) and np.array_equal(self._rows[self._count - 1], row, equal_nan=True):
            return
        if len(same) == 2:
            self._rows[self._count - 1] = row
            return
        if self._taken >= KEPT_OF_A_BUCKET * self.stride:
            self._open, self._taken = self._reduce(self._open), 0
        elif self._count - self._open > KEPT_OF_A_BUCKET:
            self._reduce(self._open)
        if self._count == len(self._rows):
            self._put_together()
        self._rows[self._count] = row
        self._count += 1
        self._taken += 1
        self._offered += 1

    def _reduce(self, start: int) -> int:
        """Keep the extremes of the rows from ``start`` on; return how many rows there are then."""
        part = self._rows[start : self._count]
        if len(part) > KEPT_OF_A_BUCKET:
            kept = part[self._chosen(part)]
            self._rows[start : start + len(kept)] = kept
            self._count = start + len(kept)
        return self._count

    def _chosen(self, part: Array) -> Ints:
        """Return the places, rising, of the rows to keep: the extremes, and others spread evenly."""
        found = extremes(part, self._watched)
        evenly = np.linspace(0, len(part) - 1, KEPT_OF_A_BUCKET).round().astype(np.int64)
        others = np.setdiff1d(evenly, found)
        return np.sort(np.concatenate([found, others[: max(0, KEPT_OF_A_BUCKET - len(found))]]))

    def _put_together(self) -> None:
        size = 2 * KEPT_OF_A_BUCKET
        parts = [self._rows[start : min(start + size, self._count)] for start in range(0, self._count, size)]
        kept = np.concatenate([part[self._chosen(part)] for part in parts])
        self._rows[: len(kept)] = kept
        self._count = self._open = len(kept)
        self._taken = 0
        self.stride *= 2

    def kept(self) -> Kept:
        """Return a copy of all that ``resume`` needs."""
        return Kept(freeze(self.rows.copy()), self._offered, self.stride)

    def resume(self, kept: Kept) -> None:
        """Hold what another held."""
        self._count = self._open = len(kept.rows)
        self._rows[: self._count] = kept.rows
        self._offered, self.stride, self._taken = kept.offered, kept.stride, 0

    def cut(self, step: float) -> None:
        """Forget the rows from the end whose first value is above ``step``: the run went back."""
        while self._count and self._rows[self._count - 1, 0] > step:
            self._count -= 1
        self._open, self._taken = self._count, 0

    @property
    def rows(self) -> Array:
        """Return the rows kept (points, width), oldest first, the newest among them; a view."""
        return self._rows[: self._count]


class History:
    """The recorded columns and marks of one run."""

    def __init__(self, names: Sequence[str]) -> None:
        self.names = tuple(names)
        self._rows = Envelope(len(self.names))
        self._marks: list[Mark] = []

    def record(self, values: Sequence[float]) -> None:
        """Add one value per column; ``values[0]`` is the step."""
        self._rows.add(values)

    def kept(self) -> tuple[Kept, tuple[Mark, ...]]:
        """Return copies of the rows and the marks."""
        return self._rows.kept(), tuple(self._marks)

    @property
    def last(self) -> Array:
        """Return the newest row (1, columns); none before the first."""
        return self._rows.rows[-1:].copy()

    def resume(self, kept: Kept, last: Array, marks: Sequence[Mark]) -> None:
        """Hold what another history held; of some the newest row is not among those kept."""
        self._rows.resume(kept)
        for row in last:
            self._rows.add(row)
        self._marks = list(marks)

    def cut(self, step: int) -> None:
        """Forget what came after ``step``."""
        self._rows.cut(step)
        self._marks = [mark for mark in self._marks if mark.step <= step]

    def mark(self, mark: Mark, *, replaces: bool = False) -> None:
        """Note a moment, in the place of the newest one where it ``replaces`` it; of very many the newest are kept."""
        before = self._marks[:-1] if replaces else self._marks
        self._marks = [*before, mark][-MARKS:]

    def view(self) -> HistoryView:
        """Return a copy that is never written again; the newest point is always in it."""
        rows = self._rows.rows
        table = freeze(np.ascontiguousarray(rows.T).copy())
        columns = dict(zip(self.names, table, strict=True))
        return HistoryView(columns, tuple(self._marks), self._rows.stride)


def path_capacity(parameters: int) -> int:
    """Return how many points of a path of so many parameters are kept at most."""
    return max(LEAST_PATH, min(LARGEST_PATH, LARGEST_PATH_BYTES // (4 * max(1, parameters))))


class PathRecord:
    """The parameters at moments spread evenly over the run, in bounded memory."""

    def __init__(self, parameters: int) -> None:
        # The step stands before the parameters; above 2**24 steps float32 rounds it, never the points.
        self._rows = Thinned(parameters + 1, path_capacity(parameters), "float32")
        self._row = np.empty(parameters + 1, dtype=np.float32)

    def add(self, step: int, parameters: Array) -> None:
        """Offer the parameters (parameters,) at a step."""
        self._row[0], self._row[1:] = step, parameters
        self._rows.add(self._row)

    def kept(self) -> Kept:
        """Return a copy of the rows."""
        return self._rows.kept()

    def resume(self, kept: Kept) -> None:
        """Hold what another path held, thinned out further where that was more."""
        while len(kept.rows) > self._rows.capacity:
            kept = Kept(kept.rows[::2], kept.offered, 2 * kept.stride)
        self._rows.resume(kept)

    def cut(self, step: int) -> None:
        """Forget what came after ``step``."""
        self._rows.cut(step)

    @property
    def steps(self) -> Ints:
        """Return the steps (points,)."""
        return self._rows.rows[:, 0].astype(np.int64)

    @property
    def parameters(self) -> Array:
        """Return the parameters (points, parameters); a view."""
        return self._rows.rows[:, 1:]
