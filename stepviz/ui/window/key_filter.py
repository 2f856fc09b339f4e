"""Keys that drive the run are left to the widget that has the focus, where it needs them itself."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QAbstractSlider,
    QApplication,
    QComboBox,
    QMainWindow,
    QTabBar,
)

from stepviz.ui.core.guarded import guarded_filter
from stepviz.ui.widgets.number_box import TypedNumber

_ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)


class KeyFilter(QObject):
    """Filters the events of ``window``. ``deactivated`` is emitted when another window becomes the active one.

    An override of ``event`` would do: but painting goes through it, and where two pictures fail below a method in
    Python, PySide ends the process instead of telling it.
    """

    deactivated = Signal()

    def __init__(self, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        window.installEventFilter(self)

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Accept a key for the widget that has the focus, so that no shortcut takes it."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            if self._is_for_the_focus(event):
                event.accept()
                return True
        elif event.type() == QEvent.Type.WindowDeactivate:
            self.deactivated.emit()
        return False

    def _is_for_the_focus(self, event: QKeyEvent) -> bool:
        focus, key = QApplication.focusWidget(), event.key()
        by_keyboard = self._window.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
        moves = isinstance(focus, QAbstractSlider | QComboBox | QAbstractItemView | QTabBar) and key in _ARROWS
        presses = isinstance(focus, QAbstractButton | QComboBox) and key == Qt.Key.Key_Space and by_keyboard
        takes_back = isinstance(focus, TypedNumber) and key == Qt.Key.Key_Escape and focus.edited
        return moves or presses or takes_back
