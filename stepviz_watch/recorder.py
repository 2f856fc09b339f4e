"""Writes the recording of one training: rows, words and marks go in, a file that only grows comes out."""

from __future__ import annotations

import os
import sys
import time
import weakref
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Callable, NamedTuple

import numpy as np

from stepviz_watch.appender import Appender
from stepviz_watch.blocks import MAGIC, Table, words
from stepviz_watch.tables import Layer, Tables
from stepviz_watch.thinning import Gathered, extremes, rows_in_one

FORMAT = 1
MEGABYTE = 10**6
SMALLEST_LIMIT = 1 * MEGABYTE
MOST_NAMES = 60_000
FIRST_ARRAY_KIND = 64


class Rows(NamedTuple):
    """Rows of one table; ``watched`` are the flow, histograms and units of one update."""

    table: Table
    rows: np.ndarray


class Losses(NamedTuple):
    """Losses as they were noted; rows are made of them in the writer's thread."""

    steps: Sequence[int]
    values: Sequence[float]
    seconds: float


class Watched(NamedTuple):
    """What was measured at one watched update."""

    flow: np.ndarray
    histograms: np.ndarray | None
    units: np.ndarray


class Recorder:
    """Writes one recording. ``layers`` stand in the order in which the model holds them.

    Every method returns at once: a thread of its own writes. Raises OSError where the file cannot be made. A path
    that is taken is left alone, and the next free one (``first-2.stepviz-run``) is used and named on stderr.
    """

    def __init__(self, path: Any, layers: Sequence[Layer], *, size_limit: float = 200.0, **about: Any) -> None:
        if not size_limit * MEGABYTE >= SMALLEST_LIMIT:
            raise ValueError(f"size_limit is a number of megabytes, at least 1; found {size_limit!r}")
        self.layers = tuple(layers)
        self.tables = Tables(self.layers)
        descriptor, self.path = _make(os.path.abspath(os.fspath(path)))
        if self.path != os.path.abspath(os.fspath(path)):
            print(f"stepviz_watch: {os.fspath(path)} is there already; recording into {self.path}", file=sys.stderr)
        self._began = time.perf_counter()
        self._encoder = _Encoder(self.tables, int(size_limit * MEGABYTE))
        self._file = file = Appender(descriptor, self._encoder.encode)
        # Not this object: the thread would keep it alive.
        self._encoder.written = lambda: file.written
        self._names: dict[str, int] = {}
        self._next_kind = FIRST_ARRAY_KIND
        described = [{"name": layer.name, "kind": layer.kind, "units": layer.units} for layer in self.layers]
        head = {"what": "head", "format": FORMAT, "began": time.time(), "layers": described, **about}
        declared = b"".join(table.declaration() for table in self.tables.all)
        self._put(MAGIC + words(**head) + declared)
        self._end = weakref.finalize(self, _end, self._file, self.path)

    def clock(self) -> float:
        """Return the seconds since the recording began."""
        return time.perf_counter() - self._began

    def losses(self, steps: Sequence[int], values: Sequence[float], seconds: float) -> None:
        """Add losses, told at so many seconds; of several of one step their mean is written."""
        self._file.put(Losses(steps, values, seconds), 24 * len(steps))

    def watched(self, flow: np.ndarray, histograms: np.ndarray | None, units: np.ndarray) -> None:
        """Add what was measured at one watched update: a row of each of the three tables."""
        size = flow.nbytes + units.nbytes + (0 if histograms is None else histograms.nbytes)
        self._file.put(Watched(flow, histograms, units), size)

    def logged(self, step: int, values: dict[str, float]) -> None:
        """Add values that the person names."""
        rows = []
        for name, value in values.items():
            if name not in self._names:
                if len(self._names) >= MOST_NAMES:
                    continue
                self._names[name] = len(self._names)
                self._put(words(what="name", number=self._names[name], name=name))
            rows.append((step, self.clock(), self._names[name], value))
        if rows:
            self._rows(Rows(self.tables.logged, np.array(rows, self.tables.logged.dtype)))

    def mark(self, step: int, text: str) -> None:
        """Note a moment of the training."""
        self._put(words(what="mark", step=int(step), text=str(text)[:1000]))

    def say(self, text: str, step: int | None = None) -> None:
        """Say what cannot be watched, or what a figure stands for."""
        self._put(words(what="words", text=text[:4000], step=step))

    def array(self, name: str, step: int, values: np.ndarray, **about: Any) -> None:
        """Add one array, such as a loss surface, with what it is."""
        table = Table(self._next_kind, name, [("step", "i8", ()), ("values", values.dtype.str[1:], values.shape)])
        self._next_kind = FIRST_ARRAY_KIND + (self._next_kind - FIRST_ARRAY_KIND + 1) % 60_000
        self._put(table.declaration(about=about) + table.block(table.row(step=step, values=values)))

    @property
    def dropped(self) -> int:
        """How many blocks did not fit or could not be written."""
        return self._file.dropped

    @property
    def trouble(self) -> str:
        """What is wrong with the file now, in words; empty where nothing is."""
        error = self._file.error
        return "" if error is None else str(error)

    def close(self) -> None:
        """Write what waits, then the end."""
        self._end()

    def _put(self, data: bytes) -> None:
        self._file.put(data, len(data))

    def _rows(self, rows: Rows) -> None:
        self._file.put(rows, rows.rows.nbytes)


class _Encoder:
    """Turns items into blocks, in the writer's thread; thins out as the file fills."""

    def __init__(self, tables: Tables, limit: int) -> None:
        self._tables, self._limit = tables, limit
        self.written: Callable[[], int] = int
        self._losses: list[np.ndarray] = []
        self._logged: dict[int, list[np.ndarray]] = {}
        self._flow = Gathered()
        self._rest: Watched | None = None

    def encode(self, item: Any) -> Iterable[bytes]:
        if isinstance(item, Watched):
            return self._watched(item)
        if isinstance(item, Losses):
            item = Rows(self._tables.loss, _loss_rows(self._tables.loss, item))
        if isinstance(item, Rows):
            return self._thinned(item)
        if isinstance(item, End):
            return self._end(item)
        return (item,)

    @property
    def _rows_in_one(self) -> int:
        return rows_in_one(self.written(), self._limit)

    def _watched(self, item: Watched) -> Iterator[bytes]:
        self._flow.add(item.flow)
        self._rest = item
        if self._flow.count >= self._rows_in_one:
            yield from self._gathered()

    def _gathered(self) -> Iterator[bytes]:
        if self._rest is not None:
            yield self._tables.flow.block(self._flow.take())
            if self._rest.histograms is not None:
                yield self._tables.histograms.block(self._rest.histograms)
            yield self._tables.units.block(self._rest.units)
            self._rest = None

    def _thinned(self, item: Rows) -> Iterator[bytes]:
        # Four kept rows stand for a group: the extremes, one that is not finite, and the last.
        group = 4 * self._rows_in_one
        if group == 4:
            yield item.table.block(item.rows)
        elif item.table is self._tables.loss:
            yield from _in_groups(self._losses, item, "loss", group)
        else:
            for row in item.rows:
                waiting = self._logged.setdefault(int(row["name"]), [])
                yield from _in_groups(waiting, Rows(item.table, row.reshape(1)), "value", group)

    def _end(self, item: End) -> Iterator[bytes]:
        yield from self._gathered()
        if self._losses:
            yield self._tables.loss.block(extremes(np.concatenate(self._losses), "loss"))
        for waiting in self._logged.values():
            if waiting:
                yield self._tables.logged.block(extremes(np.concatenate(waiting), "value"))
        yield words(what="end", time=time.time(), dropped=item.file.dropped)


class End(NamedTuple):
    """The last item: what waits is written, then the end."""

    file: Appender


def _loss_rows(table: Table, item: Losses) -> np.ndarray:
    by_step: dict[int, list[float]] = {}
    for step, value in zip(item.steps, item.values):
        by_step.setdefault(step, []).append(value)
    return np.array([(step, item.seconds, sum(all_) / len(all_)) for step, all_ in by_step.items()], table.dtype)


def _in_groups(waiting: list[np.ndarray], item: Rows, value: str, group: int) -> Iterator[bytes]:
    waiting.append(item.rows)
    if sum(map(len, waiting)) >= group:
        rows = np.concatenate(waiting)
        waiting.clear()
        kept = [extremes(rows[start : start + group], value) for start in range(0, len(rows), group)]
        yield item.table.block(np.concatenate(kept))


def _make(path: str) -> tuple[int, str]:
    os.makedirs(os.path.dirname(path), exist_ok=True)
    stem, suffix = os.path.splitext(path)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_APPEND | getattr(os, "O_BINARY", 0)
    for number in range(1, 10_000):
        tried = path if number == 1 else f"{stem}-{number}{suffix}"
        try:
            return os.open(tried, flags, 0o644), tried
        except FileExistsError:
            continue
    raise FileExistsError(path)


def _end(file: Appender, path: str) -> None:
    file.close(End(file))
    if file.error is not None and not file.foreign:
        print(f"stepviz_watch: {path} is not whole: {file.error}; {file.dropped} blocks are missing", file=sys.stderr)
