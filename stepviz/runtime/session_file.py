"""A session in one file: settings, weights, optimiser, history; opened anywhere, the run goes on bit for bit.

The file is a ZIP of ``session.json`` and of NumPy arrays, which are read without pickle and within bounds that the
settings in the same file imply.
"""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from tokenize import TokenError
from typing import Annotated, Any, BinaryIO

import msgspec
import numpy as np
from msgspec import Meta, Struct

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.common.atomic_files import check_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.setup.experiment_file import decode, encode
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.snapshot import TrainerState
from stepviz.engine.training.trainer import Trainer
from stepviz.runtime.history import CAPACITY, LARGEST_PATH, MARKS, Kept, Mark
from stepviz.runtime.recorder import Recorded, Recorder
from stepviz.runtime.run import Run

SUFFIX = ".stepviz-session"
FORMAT = "stepviz session"
VERSION = 1
# A table inside the experiment is text inside text: each escape is escaped once more.
LARGEST_JSON = 32 * 2**20
HEADER = 4096
# A network of the largest size with all that an optimiser keeps of it, and the rest.
LARGEST_FILE = 2**30
LARGEST_DIRECTORY = 2**16
# Bytes of what a ZIP ends with, and of what stands before it in a ZIP of the large kind.
_END, _LOCATOR = 22, 20
# What the reader of ZIPs and that of arrays raise, each in its own place.
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, struct.error,
)  # fmt: skip

Count = Annotated[int, Meta(ge=0, le=2**62)]
Name = Annotated[str, Meta(max_length=200)]


class _Thinning(Struct, frozen=True, forbid_unknown_fields=True):
    offered: Count
    stride: Annotated[int, Meta(ge=1, le=2**62)]


class _Contents(Struct, frozen=True, forbid_unknown_fields=True):
    """``session.json``; ``experiment`` is the text of an experiment file, ``panels`` the instruments in view."""

    format: str
    version: int
    experiment: str
    updates: Count
    step: Count
    seen: Count
    history: _Thinning
    path: _Thinning
    marks: Annotated[tuple[tuple[Count, Annotated[str, Meta(max_length=1000)]], ...], Meta(max_length=MARKS)]
    panels: Annotated[tuple[Name, ...], Meta(max_length=64)] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A run at rest, and the names of the instruments that were in view."""

    moment: TrainerState
    recorded: Recorded
    panels: tuple[str, ...] = ()


def session_of(run: Run, panels: tuple[str, ...] = ()) -> Session:
    """Return what a file keeps of a run: of one that is looked back at, no more than the past up to there."""
    moment = run.trainer.moment()
    return Session(moment, run.recorder.recorded(moment.step, moment.state.shape[2]), panels)


def resumed(session: Session, before: Run) -> Run:
    """Return a run that goes on from a session, in the place of the run ``before``."""
    moment = session.moment
    trainer = Trainer(moment.setup.experiment, moment.setup.dataset)
    trainer.go_to(TrainerState(trainer.setup, moment.state, moment.updates, moment.step, moment.seen))
    return Run.resumed(trainer, Recorder.resumed(trainer.setup, session.recorded), before)


def encode_session(session: Session) -> bytes:
    """Return the content of a session file."""
    moment, recorded = session.moment, session.recorded
    contents = _Contents(
        FORMAT, VERSION, encode(moment.setup.experiment).decode(), moment.updates, moment.step, moment.seen,
        _Thinning(recorded.history.offered, recorded.history.stride),
        _Thinning(recorded.path.offered, recorded.path.stride),
        tuple((mark.step, mark.text) for mark in recorded.marks), session.panels,
    )  # fmt: skip
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        # A time of its own in every file would make two files of one session differ.
        archive.writestr(zipfile.ZipInfo("session.json"), msgspec.json.encode(contents), zipfile.ZIP_DEFLATED)
        for name, array in (("state", moment.state), ("history", recorded.history.rows), ("path", recorded.path.rows)):
            member = io.BytesIO()
            np.lib.format.write_array(member, np.ascontiguousarray(array), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), member.getvalue(), zipfile.ZIP_DEFLATED)
    return file.getvalue()


def load_session(path: Path) -> Session:
    """Read a session file.

    Raises InputError for content that is not a session, naming what was found; OSError where it cannot be read.
    """
    check_whole(path, LARGEST_FILE, "a session")
    try:
        with path.open("rb") as file:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                return _read(archive, path.name)
    except InputError:
        raise
    except _DAMAGE as error:
        raise InputError("the file", f"damaged or no ZIP ({error})", "a session", source=path.name) from None
    except OSError as error:
        # A place that lies before the beginning of the file; else the disc cannot be read.
        if error.errno != errno.EINVAL:
            raise
        raise InputError("the file", "damaged", "a session", source=path.name) from None


def _check_directory(file: BinaryIO) -> None:
    """Raise BadZipFile unless the file ends like one that we write: any ZIP may list millions of parts."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _LOCATOR - _END))
    last = file.read()
    large, end = last[:-_END], last[-_END:]
    if len(end) < _END or not end.startswith(b"PK\5\6") or large.startswith(b"PK\6\7"):
        raise zipfile.BadZipFile("it does not end like one")
    (directory,) = struct.unpack_from("<I", end, 12)
    if directory > LARGEST_DIRECTORY:
        raise zipfile.BadZipFile("too many parts in it")


def _read(archive: zipfile.ZipFile, source: str) -> Session:
    try:
        contents = msgspec.json.decode(_member(archive, "session.json", LARGEST_JSON, source), type=_Contents)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise InputError("session.json", str(error), "what this version writes", source=source) from None
    if (contents.format, contents.version) != (FORMAT, VERSION):
        found = f"{contents.format!r} version {contents.version}"
        raise InputError("format", found, f"{FORMAT!r} version {VERSION}", source=source)
    trainer = Trainer(decode(contents.experiment.encode(), f"{source}, experiment"))
    fresh = trainer.moment()
    state = _array(archive, "state", fresh.state.shape, fresh.state.dtype, source)
    if not np.isfinite(state).all():
        raise InputError("state", "a number that is not finite", "finite numbers", source=source)
    moment = TrainerState(trainer.setup, freeze(state), contents.updates, contents.step, contents.seen)
    return Session(moment, _recorded(archive, trainer.setup, contents, source), contents.panels)


def _recorded(archive: zipfile.ZipFile, setup: BoundExperiment, contents: _Contents, source: str) -> Recorded:
    empty = Recorder(setup).recorded(0, setup.network.layout.size)
    history = _array(archive, "history", (CAPACITY, empty.history.rows.shape[1]), empty.history.rows.dtype, source)
    path = _array(archive, "path", (LARGEST_PATH, empty.path.rows.shape[1]), empty.path.rows.dtype, source)
    for name, rows in (("history", history), ("path", path)):
        steps = rows[:, 0]
        if len(steps) and not (np.isfinite(steps).all() and (np.diff(steps) > 0).all() and steps[0] >= 0):
            raise InputError(name, "steps that do not rise", "one row after the other", source=source)
    if not np.isfinite(path).all():
        raise InputError("path", "a number that is not finite", "finite numbers", source=source)
    return Recorded(
        Kept(freeze(history), contents.history.offered, contents.history.stride),
        Kept(freeze(path), contents.path.offered, contents.path.stride),
        tuple(Mark(step, text) for step, text in contents.marks),
    )


def _array(archive: zipfile.ZipFile, name: str, most: tuple[int, ...], dtype: np.dtype[Any], source: str) -> Array:
    """Return an array of ``dtype`` whose shape is ``most``; a table (two numbers in it) may have fewer rows."""
    room = int(np.prod(most)) * dtype.itemsize + HEADER
    content = io.BytesIO(_member(archive, f"{name}.npy", room, source))
    try:
        array: Array = np.lib.format.read_array(content, allow_pickle=False)
    except (ValueError, EOFError, OSError, OverflowError, MemoryError, SyntaxError, TokenError) as error:
        raise InputError(name, str(error), "an array", source=source) from None
    is_table = len(most) == array.ndim == 2
    fits = array.shape == most or (is_table and array.shape[0] <= most[0] and array.shape[1] == most[1])
    if array.dtype != dtype or not fits:
        raise InputError(name, f"{array.dtype} of shape {array.shape}", f"{dtype} of shape {most}", source=source)
    return array


def _member(archive: zipfile.ZipFile, name: str, most: int, source: str) -> bytes:
    try:
        info = archive.getinfo(name)
    except KeyError:
        raise InputError(name, "no such part", "all parts of a session", source=source) from None
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise InputError(name, f"the kind of compression {info.compress_type}", "the usual one", source=source)
    if info.file_size > most:
        raise InputError(name, f"{info.file_size:,} bytes", f"at most {most:,}", source=source)
    with archive.open(info) as file:
        # Never more than was promised, whatever comes out of the compressed bytes.
        content = file.read(most + 1)
    if len(content) > most:
        raise InputError(name, "more bytes than it says", f"at most {most:,}", source=source)
    return content
