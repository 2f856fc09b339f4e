"""A session in one file: settings, weights, optimizer, history; the run goes on from it bit for bit.

The file is a ZIP of ``session.json`` and of NumPy arrays, whose sizes follow from the settings in the same file.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec
import numpy as np
from msgspec import Meta, Raw, Struct

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.common.atomic_files import check_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.network.exact_zeros import ZeroCounts
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.engine.training.retained_parameters import MOST_PLACES, Place
from stepviz.engine.training.snapshot import TrainerCheckpoint, TrainerState
from stepviz.runtime.array_archive import ArrayArchive, open_archive, write_archive
from stepviz.runtime.history import CAPACITY, MARKS, Kept, Mark, path_capacity
from stepviz.runtime.recorder import RECENT, Recorded, column_names
from stepviz.runtime.run import Run
from stepviz.runtime.session import Session
from stepviz.runtime.unit_ledger import LedgerView, from_table, to_table

SUFFIX = ".stepviz-session"
FORMAT = "stepviz session"
VERSION = 2
# Of the first version: without the ledger of units, and what follows ``panels`` in the contents.
READ = (1, VERSION)
# A table inside the experiment is text inside text: each escape is escaped once more.
LARGEST_JSON = 16 * 2**20
# All in ``session.json`` but the experiment.
LARGEST_REST = 2**20
# A network of the largest size with all that an optimizer keeps of it, and the rest.
LARGEST_FILE = 2**30

Count = Annotated[int, Meta(ge=0, le=2**62)]
Step = Annotated[int, Meta(ge=-1, le=2**62)]
Name = Annotated[str, Meta(max_length=200)]
Marks = Annotated[tuple[tuple[Count, Annotated[str, Meta(max_length=1000)]], ...], Meta(max_length=MARKS)]
Names = Annotated[tuple[Name, ...], Meta(max_length=64)]
T = TypeVar("T")


class _Thinning(Struct, frozen=True, forbid_unknown_fields=True):
    offered: Count
    stride: Annotated[int, Meta(ge=1, le=2**62)]


class _Zeros(Struct, frozen=True, forbid_unknown_fields=True):
    """As ``exact_zeros.ZeroCounts``."""

    since: Count
    zeros: Annotated[tuple[Count, ...], Meta(max_length=65)]
    seen: Annotated[tuple[Count, ...], Meta(max_length=65)]
    updates: Count
    touched: Count
    compared: Count
    changed: Annotated[float, Meta(ge=0.0)]


class _Aside(Struct, frozen=True, forbid_unknown_fields=True):
    """A ``Place``, and how many values of ``aside.npy`` are its own."""

    name: Name
    choice: Annotated[str, Meta(max_length=4000)]
    values: Annotated[int, Meta(ge=1, le=4096)]


Laid = Annotated[tuple[_Aside, ...], Meta(max_length=MOST_PLACES)]


class _Contents(Struct, frozen=True, forbid_unknown_fields=True):
    """``session.json``; ``experiment`` is the text of an experiment file, ``panels`` the instruments in view.

    ``recorded``: the step of the newest row, -1 where none is of the run as it is now. ``look``: that of the ledger.
    """

    format: str
    version: int
    experiment: str
    updates: Count
    step: Count
    seen: Count
    history: _Thinning
    path: _Thinning
    # Read when their length is known: a text of some bytes can be a list of millions.
    marks: Raw
    panels: Raw = Raw(b"[]")
    recorded: Step | None = None
    curve: _Thinning = _Thinning(0, 1)
    look: Step = -1
    said: Raw = Raw(b"[]")
    zeros: Raw = Raw(b"null")
    aside: Raw = Raw(b"[]")
    stepper: Annotated[str, Meta(max_length=1000)] = ""


def session_of(run: Run, panels: tuple[str, ...] = ()) -> Session:
    """Return what a file keeps of a run: see ``Run.session``."""
    return run.session(panels)


def resumed(session: Session, before: Run | None = None) -> Run:
    """Return a run that goes on from a session, in the place of the run ``before``."""
    return Run.resumed(session, before)


def encode_session(session: Session) -> bytes:
    """Return the content of a session file."""
    state, moment, recorded = session.trainer, session.moment, session.recorded
    ledger = recorded.ledgers[-1] if recorded.ledgers else None
    contents = _Contents(
        FORMAT, VERSION, encode(moment.setup.experiment).decode(), moment.updates, moment.step, moment.seen,
        _thinning(recorded.history), _thinning(recorded.path),
        _raw([(mark.step, mark.text) for mark in recorded.marks]), _raw(session.panels),
        recorded.step, _thinning(recorded.curve), -1 if ledger is None else ledger.step, _raw(sorted(session.said)),
        _raw(None if state.zeros is None else _zeros(state.zeros)),
        _raw([_Aside(place.name, place.choice.decode(), values.size) for place, values in state.aside.items()]),
        session.stepper,
    )  # fmt: skip
    given = {
        "state": moment.state, "history": recorded.history.rows, "path": recorded.path.rows, "last": recorded.last,
        "recent": recorded.recent, "curve": recorded.curve.rows, "began": moment.began, "first": state.first,
        "ledger": None if ledger is None else to_table(ledger),
        # Of any precision that was once in force; in this one they keep their value.
        "aside": np.concatenate([values.ravel() for values in state.aside.values()], dtype="float64")
        if state.aside else None,
    }  # fmt: skip
    arrays = {name: values for name, values in given.items() if values is not None}
    return write_archive("session.json", msgspec.json.encode(contents), arrays)


def _thinning(kept: Kept) -> _Thinning:
    return _Thinning(kept.offered, kept.stride)


def _raw(value: object) -> Raw:
    return Raw(msgspec.json.encode(value))


def _zeros(counts: ZeroCounts) -> _Zeros:
    zeros, seen = tuple(counts.zeros.tolist()), tuple(counts.seen.tolist())
    return _Zeros(counts.since, zeros, seen, counts.updates, counts.touched, counts.compared, float(counts.changed))


def load_session(path: Path) -> Session:
    """Read a session file.

    Raises InputError for content that is not a session, naming what was found; OSError where it cannot be read.
    """
    check_whole(path, LARGEST_FILE, "a session")
    with open_archive(path, "a session") as archive:
        return _Reader(archive, path.name).read()


class _Reader:
    def __init__(self, archive: ArrayArchive, source: str) -> None:
        self._archive, self._source = archive, source
        text = archive.text("session.json", LARGEST_JSON)
        self._contents = self._decoded(Raw(text), _Contents, LARGEST_JSON)

    def read(self) -> Session:
        contents = self._contents
        if contents.format != FORMAT or contents.version not in READ:
            found = f"{contents.format[:40]!r} version {contents.version}"
            raise self._archive.wrong("format", found, f"{FORMAT!r} version {VERSION}")
        place = f"{self._source}, experiment"
        try:
            setup = set_up(decode(contents.experiment.encode(), place))
        except InputError as error:
            raise error if error.source else error.at(place) from None
        said = frozenset(self._decoded(contents.said, Names))
        panels = self._decoded(contents.panels, Names)
        return Session(self._trainer(setup), self._recorded(setup), said, panels, stepper=contents.stepper)

    def _decoded(self, raw: Raw, kind: type[T], most: int = LARGEST_REST) -> T:
        if len(raw) > most:
            raise self._archive.wrong("session.json", f"{len(raw):,} bytes in a list", f"at most {most:,}")
        try:
            return msgspec.json.decode(raw, type=kind)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
            raise self._archive.wrong("session.json", str(error)[:200], "what this version writes") from None

    def _trainer(self, setup: BoundExperiment) -> TrainerCheckpoint:
        contents, size, precision = self._contents, setup.network.layout.size, setup.experiment.precision
        state = self._finite("state", precision, 1 + len(setup.optimizer.slots), 1, size)
        began = None
        if self._archive.holds("began"):
            began = self._archive.array("began", "int64", 1, size)
            if began.min() < 0 or began.max() > contents.updates:
                raise self._archive.wrong("began", "a count of updates that were not done", "counts of updates done")
        first = self._finite("first", precision, 1, size) if self._archive.holds("first") else None
        moment = TrainerState(setup, freeze(state), contents.updates, contents.step, contents.seen, began)
        return TrainerCheckpoint(moment, first, self._aside(), self._zeros(len(setup.network.layout.layers)))

    def _aside(self) -> dict[Place, Array]:
        places = self._decoded(self._contents.aside, Laid)
        if not places:
            return {}
        values = self._finite("aside", "float64", sum(place.values for place in places))
        ends = np.cumsum([place.values for place in places])
        parts = np.split(values, ends[:-1])
        return {Place(place.name, place.choice.encode()): part[None] for place, part in zip(places, parts, strict=True)}

    def _zeros(self, layers: int) -> ZeroCounts | None:
        # Typed as Any: an optional type is no class to mypy.
        kind: Any = _Zeros | None
        found = self._decoded(self._contents.zeros, kind)
        if found is None or len(found.zeros) != layers or len(found.seen) != layers:
            return None
        zeros, seen = (freeze(np.array(counts, dtype=np.int64)) for counts in (found.zeros, found.seen))
        return ZeroCounts(found.since, zeros, seen, found.updates, found.touched, found.compared, found.changed)

    def _recorded(self, setup: BoundExperiment) -> Recorded:
        contents, layout = self._contents, setup.network.layout
        columns = len(column_names(len(layout.layers)))
        history = self._rising("history", "float64", CAPACITY, columns)
        path = self._rising("path", "float32", max(16, path_capacity(layout.size)), layout.size + 1)
        if not np.isfinite(path).all():
            raise self._archive.wrong("path", "a number that is not finite", "finite numbers")
        last = self._table("last", 1, columns)
        if contents.recorded is None:
            # As the first version wrote it: what is recorded of the present moment is the last row, or nothing is.
            last = history[-1:][history[-1:, 0] == contents.step]
        step = int(last[0, 0]) if contents.recorded is None and len(last) else -1
        return Recorded(
            Kept(history, contents.history.offered, contents.history.stride),
            Kept(path, contents.path.offered, contents.path.stride),
            tuple(Mark(*mark) for mark in self._decoded(contents.marks, Marks)),
            last,
            step if contents.recorded is None else contents.recorded,
            self._table("recent", RECENT),
            Kept(self._table("curve", CAPACITY, 3), contents.curve.offered, contents.curve.stride),
            self._ledgers(layout.widths[1:-1]),
        )

    def _ledgers(self, widths: tuple[int, ...]) -> tuple[LedgerView, ...]:
        if self._contents.look < 0 or not self._archive.holds("ledger"):
            return ()
        table = self._archive.array("ledger", "int64", sum(widths), 9)
        view = from_table(self._contents.look, widths, table)
        if view is None:
            raise self._archive.wrong("ledger", "what no unit can have been through", "the states of units")
        return (view,)

    def _table(self, name: str, *most: int) -> Array:
        empty: Array = np.empty((0, *most[1:]))
        return self._archive.array(name, "float64", *most, table=True) if self._archive.holds(name) else empty

    def _rising(self, name: str, dtype: str, *most: int) -> Array:
        rows: Array = self._archive.array(name, dtype, *most, table=True)
        steps = rows[:, 0]
        # Two rows of one step are a run before and after it was changed there.
        if len(steps) and not (np.isfinite(steps).all() and (np.diff(steps) >= 0).all() and steps[0] >= 0):
            raise self._archive.wrong(name, "steps that fall", "one row after the other")
        return rows

    def _finite(self, name: str, dtype: str, *shape: int) -> Array:
        values: Array = self._archive.array(name, dtype, *shape)
        if not np.isfinite(values).all():
            raise self._archive.wrong(name, "a number that is not finite", "finite numbers")
        return values
