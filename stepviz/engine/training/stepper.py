"""Who does the updates of a run: NumPy, or the compiled library where it covers the settings."""

from __future__ import annotations

import os
import platform
from typing import TYPE_CHECKING, Protocol

import numpy as np

from stepviz.engine.common.errors import InputError
from stepviz.engine.kernel.library import Library, NoLibrary, find_library
from stepviz.engine.kernel.plan import is_for_blas
from stepviz.engine.training.compiled_stepper import CompiledStepper, reason_against
from stepviz.engine.training.numpy_stepper import NumpyStepper

if TYPE_CHECKING:
    from stepviz.engine.training.steppable import Steppable

AUTO, COMPILED, NUMPY = "auto", "compiled", "numpy"
# Where the library does not cover a run «auto» takes NumPy, and «compiled» refuses it; where NumPy is faster «auto»
# takes it too.
CHOICES = (AUTO, COMPILED, NUMPY)
# Processes that this one starts go by it too.
VARIABLE = "STEPVIZ_STEPPER"


class Stepper(Protocol):
    """Does the updates of one trainer, whose arrays and counts it changes.

    ``key`` is its name, ``sigma`` that of a search, if there is one; ``clip_factor`` and ``clipped_at`` are what the
    first run's gradient was last scaled by, and in which update.
    """

    key: str
    clip_factor: float
    clipped_at: int

    @property
    def sigma(self) -> float | None:
        """Return what a search multiplies its changes by."""
        ...

    def step(self, count: int) -> int:
        """Do ``count`` updates and return how many were done: fewer when the run diverges."""
        ...


def chosen_stepper() -> str:
    """Return which stepper runs get: ``auto``, ``compiled`` or ``numpy``. Raises InputError for another word."""
    return check_stepper(os.environ.get(VARIABLE) or AUTO, VARIABLE)


def choose_stepper(name: str) -> None:
    """Give all runs that begin from now on, in this process and those it starts, this stepper."""
    os.environ[VARIABLE] = check_stepper(name, "stepper")


def check_stepper(name: str, field: str) -> str:
    """Return the name of a stepper as it is. Raises InputError where it is none."""
    if name not in CHOICES:
        raise InputError(field, name, "one of " + ", ".join(CHOICES))
    return name


def stepper_for(trainer: Steppable) -> Stepper:
    """Return what does the updates of a trainer: the library where it is wanted, is there and covers the settings.

    Raises InputError where it has to be the library and that cannot be.
    """
    chosen = chosen_stepper()
    if chosen == NUMPY:
        return NumpyStepper(trainer)
    reason = why_not(trainer)
    if not reason and (chosen == COMPILED or not is_for_blas(trainer.setup)):
        library = find_library()
        assert isinstance(library, Library)
        return CompiledStepper(trainer, library)
    if chosen == COMPILED:
        raise InputError("stepper", COMPILED, f"{AUTO} or {NUMPY}, because of {reason}")
    return NumpyStepper(trainer)


def why_not(trainer: Steppable) -> str:
    """Return what keeps the library from doing a trainer's updates; nothing where it can."""
    library = find_library()
    return f"the library: {library}" if isinstance(library, NoLibrary) else reason_against(trainer, library)


def found_here() -> str:
    """Return what does the steps of runs that begin now, where it covers their settings, in words."""
    chosen, library = chosen_stepper(), find_library()
    if isinstance(library, NoLibrary):
        return f"NumPy; there is no compiled step: {library}"
    if chosen == NUMPY:
        return "NumPy, as chosen"
    return f"the compiled step ({library.build}, {library.path})"


def origin(key: str) -> str:
    """Return what the bits of a run depend on: nothing but the stepper, or for NumPy the machine as well."""
    if key == COMPILED:
        return key
    found = np.show_config(mode="dicts").get("SIMD Extensions", {})
    extensions = " ".join(map(str, (*found.get("baseline", ()), *found.get("found", ()))))
    return f"{key} {np.__version__} {platform.system()} {platform.machine()} {extensions}"
