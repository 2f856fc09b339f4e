"""Taking a lane of a race to the main lab: its settings and its weights, as one undoable change."""

from __future__ import annotations

import numpy as np
from PySide6.QtGui import QUndoCommand

from stepviz.engine.common.arrays import Array
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import PutParameters
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
        frame = lab.frame
        self._weights_before: Array | None = None if frame is None else frame.parameters

    def redo(self) -> None:
        self._put(self._after, self._weights, self.text())

    def undo(self) -> None:
        self._put(self._before, self._weights_before, f"Undo: {self.text()}")

    def _put(self, experiment: Experiment, weights: Array | None, note: str) -> None:
        self._lab.put(experiment, note)
        if weights is not None:
            self._lab.send(PutParameters(np.arange(len(weights)), weights, ""))
