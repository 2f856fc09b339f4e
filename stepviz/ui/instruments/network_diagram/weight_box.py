"""Editing a weight by hand: the spin box over the drawing."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QWidget

from stepviz.ui.core.guarded import guarded
from stepviz.ui.widgets.number_box import NumberBox

LARGEST = 1e6


class WeightBox(NumberBox):
    """The spin box over the drawing: ``changed`` (parameter, value) at each step and at Enter; Escape closes it."""

    changed = Signal(int, float)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(-LARGEST, LARGEST, 0.1)
        self.setParent(parent)
        self._area = parent
        self.index = -1
        self.setAccessibleName("Value of the chosen weight")
        self.setToolTip("Enter takes the value; arrow keys change it by 0.1; Escape closes")
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

    @guarded
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
