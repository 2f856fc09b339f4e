"""Editing a weight by hand: the spin box over the drawing, and what makes it undoable."""

from __future__ import annotations

import time

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QUndoCommand
from PySide6.QtWidgets import QDoubleSpinBox, QWidget

from stepviz.engine.arrays import Array
from stepviz.engine.layout import Layout
from stepviz.engine.start import draw_parameters
from stepviz.runtime.commands import PutParameters
from stepviz.runtime.frame import Frame
from stepviz.ui.lab import Lab

LARGEST = 1e6
# A frame that was on its way when a weight was sent does not have it yet.
_ON_THE_WAY = 0.3


class WeightEdits:
    """Writes single parameters into the run, on the undo stack.

    Only the parameter itself is put back by an undo: what the training has done to the others meanwhile stays.
    """

    def __init__(self, lab: Lab) -> None:
        self._lab = lab
        self._sent: dict[int, tuple[float, float]] = {}
        self._sent_for: Layout | None = None

    def edit(self, index: int, value: float, session: int = 0) -> None:
        """Set a parameter; edits of one parameter in one ``session`` (not 0) become one entry of the undo stack."""
        row = self.row()
        if row is None or not 0 <= index < len(row) or float(row[index]) == value:
            return
        layout = self._layout()
        assert layout is not None
        self._lab.undo_stack.push(_EditWeight(self, layout, index, (float(row[index]), value), session))

    def reset(self, index: int) -> None:
        """Put back the value that the parameter had at step 0."""
        value = None if self._lab.frame is None else first_value(self._lab.frame, index)
        if value is not None:
            self.edit(index, value)

    def put(self, layout: Layout, index: int, value: float, note: str) -> bool:
        """Send a parameter's value; False where the network has another shape by now."""
        row = self.row()
        if row is None or self._layout() != layout:
            return False
        row[index] = value
        self._sent[index] = (value, time.monotonic())
        self._sent_for = layout
        self._lab.send(PutParameters(row, note))
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


class _EditWeight(QUndoCommand):
    def __init__(
        self, edits: WeightEdits, layout: Layout, index: int, values: tuple[float, float], session: int
    ) -> None:
        super().__init__(f"Set {layout.describe(index)} to {values[1]:.4g}")
        self._edits, self._layout, self._index = edits, layout, index
        self._before, self._after = values
        self._session = session

    def redo(self) -> None:
        if not self._edits.put(self._layout, self._index, self._after, self.text()):
            self.setObsolete(True)

    def undo(self) -> None:
        if not self._edits.put(self._layout, self._index, self._before, f"Undo: {self.text()}"):
            self.setObsolete(True)

    def id(self) -> int:
        return self._session or -1

    def mergeWith(self, other: QUndoCommand) -> bool:  # Qt's name
        if not isinstance(other, _EditWeight) or other._index != self._index or other._layout != self._layout:
            return False
        self._after = other._after
        self.setText(other.text())
        return True


class WeightBox(QDoubleSpinBox):
    """The spin box over the drawing: ``changed`` (parameter, value) at each step and at Enter; Escape closes it."""

    changed = Signal(int, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._area = parent
        self.index = -1
        self.setRange(-LARGEST, LARGEST)
        self.setDecimals(4)
        self.setSingleStep(0.1)
        self.setKeyboardTracking(False)
        self.setToolTip("Enter takes the value; arrow keys and the wheel change it by 0.1; Escape closes")
        self.valueChanged.connect(self._tell)
        self.editingFinished.connect(self.hide)
        self.hide()

    def open(self, index: int, value: float, name: str, at: QPointF) -> None:
        """Show the value of a parameter at a place of the parent."""
        self.index = -1
        self.setValue(value if np.isfinite(value) else 0.0)
        self.index = index
        self.setAccessibleName(name)
        self.resize(self.sizeHint())
        x = min(max(0, int(at.x()) - self.width() // 2), max(0, self._area.width() - self.width()))
        y = min(max(0, int(at.y()) - self.height() // 2), max(0, self._area.height() - self.height()))
        self.move(x, y)
        self.show()
        self.raise_()
        self.setFocus()
        self.selectAll()

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Take the value at Enter, close at Escape."""
        if event.key() == Qt.Key.Key_Escape:
            # What was typed is read once more when the box goes away; by then it is nobody's.
            self.index = -1
            self.hide()
        else:
            super().keyPressEvent(event)
        # The drawing behind has a meaning of its own for Enter and Escape.
        event.accept()

    def _tell(self, value: float) -> None:
        if self.index >= 0:
            self.changed.emit(self.index, value)
