"""The frame about what is under the mouse goes when the mouse is elsewhere, though nothing moved it there."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QTimer
from PySide6.QtGui import QCursor
from PySide6.QtWidgets import QApplication, QToolButton, QToolTip, QWidget

_TENDED = "hover_is_tended"


class Hover(QObject):
    """Ends the hovering of what was moved away, hidden, or left through a menu: Qt learns of it at the next move."""

    def __init__(self, window: QWidget) -> None:
        super().__init__(window)
        self._window = window
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.timeout.connect(self.end)

    def end_soon(self) -> None:
        """Look once everything has its place."""
        for button in self._window.findChildren(QToolButton):
            if button.menu() is not None and not button.property(_TENDED):
                button.setProperty(_TENDED, True)
                button.menu().aboutToHide.connect(self._timer.start)
        self._timer.start(0)

    def end(self) -> None:
        """Tell each widget that the mouse has left it, where that is so."""
        pointer, away = QCursor.pos(), not self._window.isActiveWindow()
        for widget in self._window.findChildren(QWidget):
            if widget.underMouse() and (
                away or not widget.isVisible() or not widget.rect().contains(widget.mapFromGlobal(pointer))
            ):
                QApplication.sendEvent(widget, QEvent(QEvent.Type.Leave))
                QToolTip.hideText()
