"""The Lab: what the window knows. Frames come in, Commands go out; what a person does to the run can be undone."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.validation import validate
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.commands import Change, Command, GoTo, Restart, Return, SetOptions
from stepviz.runtime.frame import Frame

# A slider that rested so long (s) begins another move: both values were in force.
DRAG_ENDS = 1.0


class Lab(QObject):
    """Between the widgets and the worker.

    ``experiment`` is what the person has asked for (a frame that shows it comes a little later). Widgets read it and
    call ``change``; they never keep settings of their own. ``frame_shown`` carries the newest Frame, at most 60 times
    a second, ``experiment_changed`` the new settings, ``options_changed`` the name of a probe and its new options,
    ``refused`` a message for the person; ``told`` one that what was asked for is done.
    """

    frame_shown = Signal(object)
    experiment_changed = Signal(object)
    options_changed = Signal(str, object)
    refused = Signal(str)
    told = Signal(str)

    def __init__(self, experiment: Experiment, send: Callable[[Command], None]) -> None:
        super().__init__()
        self.experiment = experiment
        self.frame: Frame | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(500)
        self.send = send
        # Says why settings may not be changed so; empty where they may.
        self.guard: Callable[[Experiment, Experiment], str] | None = None
        self._options: dict[str, Any] = {}
        self._look_back = 0
        self._looked_back = 0
        self._drag, self._drag_number, self._dragged_at = "", 0, 0.0
        self._left = 0

    def options(self, probe: str) -> Any:
        """Return the options of a probe that are in force: what its instrument looks at."""
        return self._options.get(probe, PROBES[probe].options)

    def look_at(self, probe: str, options: Any) -> None:
        """Let an instrument look at something else: put other options of its probe in force."""
        if options != self.options(probe):
            self._options[probe] = options
            self.send(SetOptions(probe, options))
            self.options_changed.emit(probe, options)

    def go_to(self, step: int) -> None:
        """Pause and show the run as it was at ``step``, or a little before; the settings of then come with it."""
        self._look_back += 1
        self.send(GoTo(step, self._look_back))

    @property
    def looking_back(self) -> bool:
        """Return whether a look back is under way."""
        return self._looked_back < self._look_back

    def change(self, experiment: Experiment, text: str, *, merge: str = "", anew: bool = False) -> bool:
        """Put other settings in force, undoable as ``text``; False (and ``refused``) where they are not allowed.

        Changes with the same ``merge`` key in a row (a slider being dragged) become one entry of the undo stack. With
        ``anew`` the run begins again. Where it does, here or because it must, an undo brings the run back that was.
        """
        if experiment == self.experiment and not anew:
            return True
        if self.guard is not None and (reason := self.guard(self.experiment, experiment)):
            self.refused.emit(reason)
            return False
        try:
            validate(experiment)
        except InputError as error:
            self.refused.emit(str(error))
            return False
        self.undo_stack.push(_ChangeSettings(self, experiment, text, merge, anew=anew))
        return True

    def drag_of(self, merge: str) -> str:
        """Return a name for the move of a slider that a change with this key belongs to; empty without a key."""
        now = time.monotonic()
        if merge != self._drag or now - self._dragged_at > DRAG_ENDS:
            self._drag, self._drag_number = merge, self._drag_number + 1
        self._dragged_at = now
        return f"{merge} {self._drag_number}" if merge else ""

    def restart(self, text: str = "Restart") -> None:
        """Go back to step 0 with the same first weights; an undo brings the run back."""
        if self._just_begun():
            self.send(Restart())
        else:
            self.replace_run(self.experiment, text, Restart)

    def replace_run(self, experiment: Experiment, text: str, command: Callable[[int], Command]) -> None:
        """Put another run with its settings in the place of this one, which an undo brings back.

        ``command`` returns what does that; it is given the number under which the run is to be left.
        """
        self.undo_stack.push(_ChangeSettings(self, experiment, text, first=command))

    def put(self, experiment: Experiment, command: Command) -> None:
        """Put settings in force by a command, without an entry on the undo stack (which itself calls this)."""
        # A restart leaves the settings alone: in a lesson the scene goes on from its beginning.
        changed = experiment != self.experiment or not isinstance(command, Restart)
        self.experiment = experiment
        self.send(command)
        if changed:
            self.experiment_changed.emit(experiment)

    def number_to_leave(self) -> int:
        """Return another number under which a run can be left: see ``runtime.commands.Return``."""
        self._left += 1
        return self._left

    def _just_begun(self) -> bool:
        """Return whether a restart would put an end to nothing: the run is at step 0 since the last one."""
        stack, frame = self.undo_stack, self.frame
        last = stack.command(stack.index() - 1)
        untouched = stack.index() == 0 or (isinstance(last, _ChangeSettings) and last.begins)
        return untouched and frame is not None and not frame.running and frame.last_step == 0

    def show(self, frame: Frame) -> None:
        """Hand a frame to all that listen."""
        self.frame = frame
        if frame.look_back > self._looked_back:
            self._looked_back = frame.look_back
            if frame.recorded is None:
                self._adopt(frame.experiment, f"Back to step {frame.step:,}")
        self.frame_shown.emit(frame)

    def _adopt(self, experiment: Experiment, text: str) -> None:
        if experiment != self.experiment:
            self.undo_stack.push(_ChangeSettings(self, experiment, text, "look back", in_force=True))


class _ChangeSettings(QUndoCommand):
    """Other settings, in the same run or with another one.

    ``in_force``: the run has these settings already; only an undo or a redo has to send them. ``first`` returns what
    is sent at first instead of the settings, given the number under which to leave the run. Whether the run goes on
    the worker knows; where it does not, an undo finds it under that number.
    """

    def __init__(
        self,
        lab: Lab,
        after: Experiment,
        text: str,
        merge: str = "",
        *,
        in_force: bool = False,
        anew: bool = False,
        first: Callable[[int], Command] | None = None,
    ) -> None:
        super().__init__(text)
        self._in_force, self._anew, self._first = in_force, anew, first
        self._done = self._ended = False
        self._lab = lab
        self._before, self._after = lab.experiment, after
        self._merge = merge
        self._drag = lab.drag_of(merge)
        last = lab.undo_stack.command(lab.undo_stack.index() - 1)
        goes_on = bool(merge) and isinstance(last, _ChangeSettings) and last._merge == merge
        # Where a drag began a run may have come to an end; those in between are nothing to go back to.
        self._run_before = 0 if goes_on else lab.number_to_leave()
        self._run_after = lab.number_to_leave()

    @property
    def begins(self) -> bool:
        """Return whether a run began with this change, for all that is known here."""
        return self._anew or self._first is not None

    def redo(self) -> None:
        lab = self._lab
        if self._in_force:
            lab.experiment = self._after
            lab.experiment_changed.emit(self._after)
        elif self._done:
            lab.put(self._after, Return(self._run_after, self._after, self.text(), self._run_before))
        elif self._first is not None:
            lab.put(self._after, self._first(self._run_before))
        else:
            change = Change(self._after, self.text(), self._anew, self._run_before, self._drag)
            lab.put(self._after, change)
        self._in_force, self._done = False, True

    def undo(self) -> None:
        # Of a run that was replaced the settings may have changed by themselves since: those of a lesson's scene do.
        if self._first is not None:
            self._after = self._lab.experiment
        note = f"Undo: {self.text()}"
        self._lab.put(self._before, Return(self._run_before, self._before, note, self._run_after))

    def id(self) -> int:
        return (hash(self._merge) & 0x3FFFFFFF) if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        if not isinstance(other, _ChangeSettings) or other._merge != self._merge:
            return False
        self._ended = self._ended or starts_anew(self._before, self._after)
        self._after = other._after
        self.setText(other.text())
        # Back where it began: nothing to undo, unless that put an end to the run.
        self.setObsolete(self._after == self._before and not self._ended)
        return True


def starts_anew(before: Experiment, after: Experiment) -> bool:
    """Return whether a run may have to begin again under other settings: its first weights are others."""
    return any(
        getattr(before, field) != getattr(after, field) for field in ("weights", "biases", "seed", "data", "loss")
    ) or [layer.width for layer in before.layers] != [layer.width for layer in after.layers]
