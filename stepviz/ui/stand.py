"""What an instrument stands on: a change of words inside it does not lay out the whole window anew."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QSize
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QWidget


class Stand(QWidget):
    """Fills itself with one widget, and asks for another place only when that needs at least another size.

    A layout reports each new text in it to the layout around it, and so on up to the main window, which then places
    all its docks. With a dozen numbers that change four times a second that cost more than to paint them.
    """

    def __init__(self, inside: QWidget) -> None:
        super().__init__()
        self._inside = inside
        inside.setParent(self)
        self.setFocusProxy(inside)
        self._least = inside.minimumSizeHint()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size of what is inside."""
        return self._inside.minimumSizeHint().expandedTo(self._inside.minimumSize())

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size that what is inside would like."""
        return self._inside.sizeHint()

    def resizeEvent(self, _event: QResizeEvent) -> None:  # Qt's name
        """Fill the whole place."""
        self._inside.setGeometry(self.rect())

    def event(self, event: QEvent) -> bool:  # Qt's name
        """Pass on only what concerns those around."""
        if event.type() == QEvent.Type.LayoutRequest:
            least = self.minimumSizeHint()
            if least != self._least:
                self._least = least
                self.updateGeometry()
            return True
        return super().event(event)
