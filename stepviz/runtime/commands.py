"""What the window may ask of the worker: frozen messages, applied between two updates."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.observer import Observer


@dataclass(frozen=True, slots=True)
class Play:
    """Train until told to pause."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Stop training; the run stays as it is."""


@dataclass(frozen=True, slots=True)
class Step:
    """Do ``count`` updates, then pause."""

    count: int = 1


@dataclass(frozen=True, slots=True)
class StepBack:
    """Undo the last update and pause."""


@dataclass(frozen=True, slots=True)
class GoTo:
    """Pause and show the last moment kept not after ``step``; frames of it carry ``look_back``, a number that rises."""

    step: int
    look_back: int


@dataclass(frozen=True, slots=True)
class Restart:
    """Go back to step 0 with the same first weights.

    ``leave``, here and elsewhere, is the number under which the run is kept that this puts an end to: see ``Return``.
    """

    leave: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Change:
    """Put other settings in force; the weights are kept wherever the shape allows. ``note`` marks the time plots.

    With ``anew`` the run begins again from the first weights of these settings. One that goes on is not kept under
    ``leave``. Changes in a row with the same ``drag`` (not empty) are one move of a slider, which leaves one mark: the
    last.
    """

    experiment: Experiment
    note: str = ""
    anew: bool = False
    leave: int = field(default=0, compare=False)
    drag: str = ""


@dataclass(frozen=True, slots=True)
class KeepRun:
    """Keep the run as it stands under a number, and go on with it."""

    number: int


@dataclass(frozen=True, slots=True)
class Return:
    """Go back to the run that was kept under ``number``, paused; the present one is kept under ``leave``.

    Where none is kept under that number, the present run goes on with the settings of ``experiment`` and the ``note``.
    """

    number: int
    experiment: Experiment
    note: str = ""
    leave: int = 0


@dataclass(frozen=True, slots=True)
class SetSpeed:
    """Train at most this many updates a second (None: as fast as possible)."""

    steps_per_second: float | None


@dataclass(frozen=True, slots=True)
class SetFrameRate:
    """Post at most this many frames a second, and let probes rest ``calm`` times as long as usual between two."""

    frames_per_second: float
    calm: float = 1.0


@dataclass(frozen=True, slots=True)
class Ask:
    """Measure these probes (by name) from now on, and no others."""

    probes: frozenset[str]


@dataclass(frozen=True, slots=True)
class SetOptions:
    """Measure a probe with other options."""

    probe: str
    options: Any


@dataclass(frozen=True, slots=True)
class PutParameters:
    """Write ``values`` (k,) to the parameters with the numbers ``indices`` (k,) of a row; ``note`` marks the plots.

    All others stay as the training has them by then. With ``fresh`` the optimizer forgets what it knows of them.
    """

    indices: Ints
    values: Array
    note: str = ""
    fresh: bool = False


@dataclass(frozen=True, slots=True, eq=False)
class Begin:
    """Begin a new run of ``experiment``, paused at step 0, in the place of the present one.

    ``parameters`` (parameters,) replace the first weights that would be drawn, also after a restart. ``watch`` looks
    at the run at steps of its own choice and pauses it after the last of them; what it saw is in the frames.
    """

    experiment: Experiment
    parameters: Array | None = None
    watch: Observer | None = None
    leave: int = 0


@dataclass(frozen=True, slots=True)
class EndWatch:
    """Let nothing look at the run any more, or pause it at its stops."""


@dataclass(frozen=True, slots=True)
class SaveSession:
    """Write the session to ``path``, with the names of the ``panels`` in view.

    ``quietly``: without news of success, and a run that is looked back at as it is at its end.
    """

    path: Path
    panels: tuple[str, ...] = ()
    quietly: bool = False


@dataclass(frozen=True, slots=True)
class Film:
    """Pause, do ``count`` updates, measure to the end all that is asked for and ``probes``, and post that in one frame.

    An early stop ends the updates, as it ends those of a run that plays.

    What is measured and recorded then depends on the run alone, not on the machine. The frame carries ``number``,
    which has to rise; one follows of a run that diverged too. Of ``probes`` (names) nothing is measured afterwards.
    """

    count: int
    number: int
    probes: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class TakeRun:
    """Hand the run as it stands (a ``runtime.run_record.RunRecord``) to ``give``, in the worker's thread."""

    give: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class TakeSession:
    """Hand the run as a file would keep it (a ``runtime.session.Session``) to ``give``, in the worker's thread."""

    give: Callable[[Any], None]


@dataclass(frozen=True, slots=True)
class UseStepper:
    """Let ``auto``, ``compiled`` or ``numpy`` do the updates from here on, of this run and of those to come."""

    name: str


@dataclass(frozen=True, slots=True)
class Resume:
    """Go on from a session (a ``runtime.session.Session``), paused."""

    session: Any
    leave: int = 0


Command = (
    UseStepper
    | Play
    | Pause
    | Step
    | StepBack
    | GoTo
    | Restart
    | Change
    | KeepRun
    | Return
    | SetSpeed
    | SetFrameRate
    | Ask
    | SetOptions
    | PutParameters
    | Begin
    | EndWatch
    | SaveSession
    | Film
    | TakeRun
    | TakeSession
    | Resume
)
