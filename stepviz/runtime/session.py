"""A run at rest: all that it needs to go on, in a file or in memory."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.training.divergence import Divergence
from stepviz.engine.training.snapshot import TrainerCheckpoint, TrainerState
from stepviz.engine.training.stepper import origin
from stepviz.runtime.checkpoints import Checkpoints
from stepviz.runtime.course import Course
from stepviz.runtime.history import HistoryView
from stepviz.runtime.recorder import Recorded


@dataclass(frozen=True, slots=True)
class Past:
    """What a run can look back at, and where it once went: see ``run.Run``.

    ``end``: where it is after a look back. ``diverged``: where its numbers stopped being finite, if they did.
    ``course``: what was changed by hand; ``first`` (parameters,): weights that it was given to begin with.
    """

    checkpoints: Checkpoints
    ghost: HistoryView | None = None
    left: Array | None = None
    end: TrainerState | None = None
    diverged: Divergence | None = None
    course: Course | None = None
    first: Array | None = None

    @property
    def nbytes(self) -> int:
        """Return the bytes of the moments and of the path that was left."""
        end = 0 if self.end is None else self.end.nbytes
        return self.checkpoints.nbytes + end + (0 if self.left is None else self.left.nbytes)


@dataclass(frozen=True, slots=True)
class Session:
    """A run at rest, and the names of the instruments that were in view.

    ``said`` are the early stops that the run has come to already; ``stepper`` is what the bits of its updates depend on
    (see ``stepper.origin``), empty where that is not known; ``past`` is kept in memory, never in a file.
    """

    trainer: TrainerCheckpoint
    recorded: Recorded
    said: frozenset[str] = frozenset()
    panels: tuple[str, ...] = ()
    past: Past | None = None
    stepper: str = ""

    @property
    def moment(self) -> TrainerState:
        """Return the moment that the run is at."""
        return self.trainer.moment

    @property
    def nbytes(self) -> int:
        """Return about how many bytes it keeps, with those of its data."""
        past = 0 if self.past is None else self.past.nbytes
        return self.trainer.nbytes + self.recorded.nbytes + self.moment.setup.data_bytes + past

    def without_past(self) -> Session:
        """Return the run without what it could go back to."""
        return replace(self, past=None, trainer=replace(self.trainer, recent=None))


def other_bits(session: Session, stepper: str) -> str:
    """Return what to say where a session goes on by ``stepper`` with other last digits; nothing where bit for bit."""
    if session.stepper == origin(stepper):
        return ""
    before = session.stepper.split(" ", 1)[0]
    if not before:
        return "The session does not say what did its steps: from here on last digits may differ from its own."
    if before == stepper:
        return "NumPy did its steps on another machine: from here on last digits may differ from there."
    names = {"numpy": "NumPy", "compiled": "the compiled step"}
    there, now = names.get(before, before), names.get(stepper, stepper)
    return f"There {there} did its steps, here {now} does: from here on last digits may differ."


def is_finite(moment: TrainerState) -> bool:
    """Return whether all numbers of a moment are finite: a run can go on from there."""
    return bool(np.isfinite(moment.state).all())
