"""The compiled library, loaded once by ctypes, which drops the interpreter's lock during its calls."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.kernel.build import BUILT, SOURCES, Target, own_folder
from stepviz.engine.kernel.plan import Codes, LayerPlan, Progress, RunPlan, address


@dataclass(frozen=True, slots=True)
class Library:
    """The kernel: ``path`` of its file, ``build`` for this processor by name, and the codes of what it covers."""

    path: Path
    build: str
    codes: Codes
    _number: int
    _room: ctypes._NamedFuncPointer
    _train: ctypes._NamedFuncPointer
    _units: ctypes._NamedFuncPointer
    _losses: ctypes._NamedFuncPointer

    def room(self, plan: RunPlan, wide: bool) -> int:
        """Return the bytes of work room that a run needs."""
        return int(self._room(self._number, wide, ctypes.byref(plan)))

    def train(self, plans: ctypes.Array[ctypes.c_void_p], wide: bool, at: Progress, count: int) -> int:
        """Do up to ``count`` updates of all runs, without the interpreter's lock; return how many were done."""
        return int(self._train(self._number, wide, plans, len(plans), ctypes.byref(at), count))

    def units(self, activation: str, values: Sequence[float], z: Array) -> tuple[Array, Array]:
        """Return activations and derivatives for pre-activations (n,) in float32 or float64."""
        p0, p1 = (*values, 0.0, 0.0)[:2]
        count, lanes = len(z), 64 // z.itemsize
        padded, h, d = (np.zeros(-(-count // lanes) * lanes, dtype=z.dtype) for _ in range(3))
        padded[:count] = z
        self._units(
            self._number, z.dtype == np.float64, self.codes.activations[activation], address(padded), address(h),
            address(d), len(padded) // lanes, p0, p1,
        )  # fmt: skip
        return h[:count], d[:count]

    def losses(
        self, plan: RunPlan, wide: bool, rows: Array, plane: tuple[Array, Array | None] | None, points: Array,
        losses: Array, slopes: Array | None,
    ) -> None:  # fmt: skip
        """Write losses (k,), and slopes along the first direction, without the interpreter's lock.

        Of ``rows`` (k, parameters), or with a ``plane`` of theta (1, parameters) at ``points`` (k, 2) along two
        directions (parameters,).
        """
        first, second = plane or (None, None)
        self._losses(
            self._number, wide, ctypes.byref(plan), address(rows), None if first is None else address(first),
            None if second is None else address(second), address(points), len(losses), address(losses),
            None if slopes is None else address(slopes),
        )  # fmt: skip


class NoLibrary(Exception):
    """The library is not there or cannot be used; the message says why."""


@cache
def find_library() -> Library | NoLibrary:
    """Return the library of this machine, or why there is none."""
    try:
        return load_library(_path())
    except NoLibrary as missing:
        return missing


def _path() -> Path:
    target = Target.here()
    # A frozen program holds no sources, and one library.
    name = target.file if (SOURCES / "step.c").exists() else f"libstep_{target.system}_{target.machine}_*"
    found = next(BUILT.glob(name), None)
    if found is None:
        # Where a package cannot be written, its library is among the person's own files.
        found = next(own_folder().glob(name), None)
    if found is None:
        raise NoLibrary("it is not built: python -m stepviz.engine.kernel")
    return found


def load_library(path: Path, build: str | None = None) -> Library:
    """Return the library at ``path``, in the build for this processor or in another that it can run.

    Raises NoLibrary where the file cannot be loaded, or is for another processor.
    """
    try:
        loaded = ctypes.CDLL(str(path))
    except OSError as error:
        raise NoLibrary(f"it cannot be loaded: {error}") from None
    for name in ("builds", "room", "train", "plan_bytes", "layer_bytes", "progress_bytes"):
        getattr(loaded, f"stepviz_{name}").restype = ctypes.c_int64
    for name in ("build_name", "tables"):
        getattr(loaded, f"stepviz_{name}").restype = ctypes.c_char_p
    sizes = loaded.stepviz_plan_bytes(), loaded.stepviz_layer_bytes(), loaded.stepviz_progress_bytes()
    if sizes != tuple(map(ctypes.sizeof, (RunPlan, LayerPlan, Progress))):
        raise NoLibrary("it is of another version")
    names = [loaded.stepviz_build_name(ctypes.c_int64(number)).decode() for number in range(loaded.stepviz_builds())]
    if not names or (build is not None and build not in names):
        raise NoLibrary("this processor cannot run it")
    number = len(names) - 1 if build is None else names.index(build)
    integer = ctypes.c_int64
    loaded.stepviz_room.argtypes = (integer, integer, ctypes.c_void_p)
    loaded.stepviz_units.argtypes = (integer,) * 3 + (ctypes.c_void_p,) * 3 + (integer,) + (ctypes.c_double,) * 2
    loaded.stepviz_losses.argtypes = (integer,) * 2 + (ctypes.c_void_p,) * 5 + (integer,) + (ctypes.c_void_p,) * 2
    loaded.stepviz_units.restype = loaded.stepviz_losses.restype = None
    loaded.stepviz_train.argtypes = (integer, integer, ctypes.c_void_p, integer, ctypes.c_void_p, integer)
    codes = Codes.read(loaded.stepviz_tables().decode())
    return Library(path, names[number], codes, number, loaded.stepviz_room, loaded.stepviz_train, loaded.stepviz_units,
                   loaded.stepviz_losses)  # fmt: skip
