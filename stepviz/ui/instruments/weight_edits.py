"""Writing parameters into the run by hand, on the undo stack."""

from __future__ import annotations

import time
from collections.abc import Mapping

import numpy as np
from PySide6.QtGui import QUndoCommand

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.layout import Layout
from stepviz.engine.training.initial_parameters import draw_parameters
from stepviz.runtime.commands import PutParameters
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab

# A frame that was on its way when a weight was sent does not have it yet.
_ON_THE_WAY = 0.3

Values = Mapping[int, float]


class WeightEdits:
    """Writes single parameters into the run, by their index in its row, on the undo stack.

    Only these parameters are put back by an undo: what the training has done to the others meanwhile stays.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._sent: dict[int, tuple[float, float]] = {}
        self._sent_for: Layout | None = None

    def edit(self, index: int, value: float, session: int = 0) -> None:
        """Set a parameter; edits of one parameter in one ``session`` (not 0) become one entry of the undo stack."""
        layout = self._layout()
        if layout is not None and 0 <= index < layout.size:
            self.edit_all({index: value}, f"Set {layout.describe(index)} to {value:.4g}", session)

    def edit_all(self, values: Values, text: str, session: int = 0, *, fresh: bool = False) -> None:
        """Set several parameters as one change, called ``text``; ``fresh``: they begin anew for the optimizer too."""
        row, layout = self.row(), self._layout()
        if row is None or layout is None or not all(0 <= index < len(row) for index in values):
            return
        before = {index: float(row[index]) for index in values}
        if before != dict(values):
            self._lab.undo_stack.push(_EditParameters(self, layout, before, dict(values), text, session, fresh))

    def reset(self, index: int) -> None:
        """Put back the value that the parameter had at step 0."""
        value = None if self._lab.frame is None else first_value(self._lab.frame, index)
        if value is not None:
            self.edit(index, value)

    def put(self, layout: Layout, values: Values, note: str, *, fresh: bool = False) -> bool:
        """Send parameters' values; False where the network has another shape by now."""
        if self._layout() != layout:
            return False
        now = time.monotonic()
        self._sent.update((index, (value, now)) for index, value in values.items())
        self._sent_for = layout
        indices, numbers = np.array(list(values), dtype=np.int64), np.array(list(values.values()))
        self._lab.send(PutParameters(indices, numbers, note, fresh))
        return True

    def row(self) -> Array | None:
        """Return a copy of the newest parameters, with those sent a moment ago that no frame may show yet."""
        frame = self._lab.frame
        if frame is None:
            return None
        row = frame.parameters.copy()
        since = time.monotonic() - _ON_THE_WAY
        self._sent = {index: sent for index, sent in self._sent.items() if sent[1] > since}
        if self._sent_for == frame.setup.network.layout:
            for index, (value, _) in self._sent.items():
                row[index] = value
        return row

    def _layout(self) -> Layout | None:
        return None if self._lab.frame is None else self._lab.frame.setup.network.layout


def first_value(frame: Frame, index: int) -> float | None:
    """Return what a parameter is at step 0 of the experiment; None for one that there is not."""
    first = draw_parameters(frame.setup, (frame.experiment.seed,), {})[0]
    return float(first[index]) if 0 <= index < len(first) else None


def parameters_of_unit(layout: Layout, layer: int, unit: int) -> list[int]:
    """Return the indices of a unit's incoming weights, its bias, and what else of it is trained."""
    shape = layout.layers[layer]
    return [layout.offsets[layer] + row * shape.outputs + unit for row in range(shape.rows)]


def drawn_anew(frame: Frame, layer: int, unit: int, seed: int) -> dict[int, float]:
    """Return the parameters of a unit by index, drawn by the experiment's initialisers from another seed."""
    drawn = draw_parameters(frame.setup, (seed,), {})[0]
    return {index: float(drawn[index]) for index in parameters_of_unit(frame.setup.network.layout, layer, unit)}


class _EditParameters(QUndoCommand):
    def __init__(
        self,
        edits: WeightEdits,
        layout: Layout,
        before: dict[int, float],
        after: dict[int, float],
        text: str,
        session: int,
        fresh: bool,
    ) -> None:
        super().__init__(text)
        self._fresh = fresh
        self._edits, self._layout = edits, layout
        self._before, self._after = before, after
        self._session = session

    def redo(self) -> None:
        if not self._edits.put(self._layout, self._after, self.text(), fresh=self._fresh):
            self.setObsolete(True)

    def undo(self) -> None:
        if not self._edits.put(self._layout, self._before, f"Undo: {self.text()}", fresh=self._fresh):
            self.setObsolete(True)

    def id(self) -> int:
        return self._session or -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        if not isinstance(other, _EditParameters) or other._layout != self._layout:
            return False
        if other._after.keys() != self._after.keys():
            return False
        self._after = other._after
        self.setText(other.text())
        return True
