"""The Lab: what the window knows. Frames come in, Commands go out; every change of settings can be undone."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from stepviz.engine.errors import InputError
from stepviz.engine.experiment import Experiment, validate
from stepviz.runtime.commands import Change, Command
from stepviz.runtime.frame import Frame


class Lab(QObject):
    """Between the widgets and the worker.

    ``experiment`` is what the person has asked for (a frame that shows it comes a little later). Widgets read it and
    call ``change``; they never keep settings of their own. ``frame_shown`` carries the newest Frame, at most 60 times
    a second, ``experiment_changed`` the new settings, ``refused`` a message for the person.
    """

    frame_shown = Signal(object)
    experiment_changed = Signal(object)
    refused = Signal(str)

    def __init__(self, experiment: Experiment, send: Callable[[Command], None]) -> None:
        super().__init__()
        self.experiment = experiment
        self.frame: Frame | None = None
        self.undo_stack = QUndoStack(self)
        self.undo_stack.setUndoLimit(500)
        self.send = send

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
        self.frame_shown.emit(frame)


class _ChangeSettings(QUndoCommand):
    def __init__(self, lab: Lab, after: Experiment, text: str, merge: str) -> None:
        super().__init__(text)
        self._lab = lab
        self._before, self._after = lab.experiment, after
        self._merge = merge
        # A drag marks the time plots once, where it began.
        last = lab.undo_stack.command(lab.undo_stack.index() - 1)
        goes_on = bool(merge) and isinstance(last, _ChangeSettings) and last._merge == merge
        self._note = "" if goes_on else text

    def redo(self) -> None:
        self._lab.put(self._after, self._note)

    def undo(self) -> None:
        self._lab.put(self._before, f"Undo: {self.text()}")

    def id(self) -> int:
        return (hash(self._merge) & 0x3FFFFFFF) if self._merge else -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        if not isinstance(other, _ChangeSettings) or other._merge != self._merge:
            return False
        self._after = other._after
        return True
