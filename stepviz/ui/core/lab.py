"""The Lab: what the window knows. Frames come in, Commands go out; every change of settings can be undone."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.validation import validate
from stepviz.probes.table import PROBES
from stepviz.runtime.commands import Change, Command, GoTo, SetOptions
from stepviz.runtime.frame import Frame


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
        self._options: dict[str, Any] = {}
        self._look_back = 0
        self._looked_back = 0

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

    def change(self, experiment: Experiment, text: str, *, merge: str = "") -> bool:
        """Put other settings in force, undoable as ``text``; False (and ``refused``) where they are not allowed.

        Changes with the same ``merge`` key in a row (a slider being dragged) become one entry of the undo stack.
        """
        if experiment == self.experiment:
            return True
        try:
            validate(experiment)
        except InputError as error:
            self.refused.emit(str(error))
            return False
        self.undo_stack.push(_ChangeSettings(self, experiment, text, merge))
        return True

    def put(self, experiment: Experiment, note: str) -> None:
        """Send settings without an entry on the undo stack (the undo stack itself calls this)."""
        self.experiment = experiment
        self.send(Change(experiment, note))
        self.experiment_changed.emit(experiment)

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
    """``in_force``: the run has these settings already; only an undo or a redo has to send them."""

    def __init__(self, lab: Lab, after: Experiment, text: str, merge: str, *, in_force: bool = False) -> None:
        super().__init__(text)
        self._in_force = in_force
        self._lab = lab
        self._before, self._after = lab.experiment, after
        self._merge = merge
        # A drag marks the time plots once, where it began.
        last = lab.undo_stack.command(lab.undo_stack.index() - 1)
        goes_on = bool(merge) and isinstance(last, _ChangeSettings) and last._merge == merge
        self._note = "" if goes_on else text

    def redo(self) -> None:
        if self._in_force:
            self._in_force = False
            self._lab.experiment = self._after
            self._lab.experiment_changed.emit(self._after)
        else:
            self._lab.put(self._after, self._note)

    def undo(self) -> None:
        self._lab.put(self._before, f"Undo: {self.text()}")

    def id(self) -> int:
        return (hash(self._merge) & 0x3FFFFFFF) if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        if not isinstance(other, _ChangeSettings) or other._merge != self._merge:
            return False
        self._after = other._after
        self.setText(other.text())
        self.setObsolete(self._after == self._before)
        return True
