"""Taking a lane of a race to the main lab: its settings and its weights, as one undoable change."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QUndoCommand

from stepviz.engine.common.arrays import Array
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Change, KeepRun, PutParameters, Return
from stepviz.runtime.race_frame import LaneFrame
from stepviz.ui.core.lab import Lab


def promote(lab: Lab, lane: LaneFrame, step: int) -> bool:
    """Give the lab the settings of a lane, and the weights of its first run; False where these diverged."""
    if lane.diverged[0]:
        return False
    lab.undo_stack.push(_Promote(lab, lane, step))
    return True


class _Promote(QUndoCommand):
    def __init__(self, lab: Lab, lane: LaneFrame, step: int) -> None:
        super().__init__(f"Take {lane.label} from the race (step {step:,})")
        self._lab = lab
        self._before: Experiment = lab.experiment
        self._after = lane.setup.experiment
        self._weights: Array = lane.parameters
        self._run_before, self._run_after = lab.number_to_leave(), lab.number_to_leave()
        self._done = False

    def redo(self) -> None:
        lab, note = self._lab, self.text()
        if self._done:
            lab.put(self._after, Return(self._run_after, self._after, note, self._run_before))
            return
        self._done = True
        lab.send(KeepRun(self._run_before))
        lab.put(self._after, Change(self._after, note))
        lab.send(PutParameters(np.arange(len(self._weights)), self._weights, ""))

    def undo(self) -> None:
        back = Return(self._run_before, self._before, f"Undo: {self.text()}", self._run_after)
        self._lab.put(self._before, back)
