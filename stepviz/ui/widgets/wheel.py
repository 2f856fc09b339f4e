"""Controls that leave the mouse wheel to what scrolls: it never changes a setting that was not clicked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QFocusEvent, QWheelEvent
from PySide6.QtWidgets import QComboBox, QSlider, QWidget

from stepviz.ui.core.guarded import guarded

if TYPE_CHECKING:
    _Control = QWidget
else:
    _Control = object

# A popup that opens and closes takes the focus for a while, and gives it back.
_FOR_A_WHILE = (Qt.FocusReason.PopupFocusReason, Qt.FocusReason.ActiveWindowFocusReason)


class WheelAfterClick(_Control):
    """Stands before a Qt control in its bases: the wheel is the control's from a click on it until it loses the focus.

    The wheel never gives it the focus.
    """

    _clicked = False

    @guarded
    def focusInEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Take note of a click."""
        if event.reason() not in _FOR_A_WHILE:
            self._clicked = event.reason() == Qt.FocusReason.MouseFocusReason
        super().focusInEvent(event)

    @guarded
    def focusOutEvent(self, event: QFocusEvent) -> None:  # Qt's name
        """Forget the click."""
        if event.reason() not in _FOR_A_WHILE:
            self._clicked = False
        super().focusOutEvent(event)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Change the value, or let what stands around it scroll."""
        if self._clicked and self.hasFocus():
            super().wheelEvent(event)
        else:
            event.ignore()


class ComboBox(WheelAfterClick, QComboBox):
    """A combo box over which the wheel scrolls."""

    def __init__(self) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)


class Slider(WheelAfterClick, QSlider):
    """A horizontal slider over which the wheel scrolls."""

    def __init__(self) -> None:
        super().__init__(Qt.Orientation.Horizontal)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
