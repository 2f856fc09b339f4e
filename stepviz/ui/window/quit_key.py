"""Ctrl+Q ends the program from wherever it is pressed: from every window, and from a dialog that waits."""

from __future__ import annotations

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtGui import QAction, QGuiApplication, QKeySequence, QShortcut
from PySide6.QtWidgets import QApplication, QDialog, QMainWindow, QWidget

QUIT = QKeySequence("Ctrl+Q")


class QuitKey(QObject):
    """Lets ``action`` quit from every window; a dialog that keeps the keys from it gets the key itself."""

    def __init__(self, action: QAction, window: QMainWindow) -> None:
        super().__init__(window)
        self._window = window
        action.setShortcutContext(Qt.ShortcutContext.ApplicationShortcut)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusWindowChanged.connect(self._give_key)

    def _give_key(self) -> None:
        modal = QApplication.activeModalWidget()
        # A window that was closed has nothing to quit.
        if modal is not None and self._window.isVisible() and modal.findChild(QShortcut, QUIT.toString()) is None:
            key = QShortcut(QUIT, modal)
            key.setObjectName(QUIT.toString())
            key.activated.connect(self.quit)
            key.activatedAmbiguously.connect(self.quit)

    def quit(self) -> None:
        """Answer all that waits for an answer with «no», then close the window."""
        front: QWidget | None = QApplication.activePopupWidget() or QApplication.activeModalWidget()
        if front is None:
            self._window.close()
            return
        if isinstance(front, QDialog):
            front.reject()
        else:
            front.close()
        # Later: whoever asked goes on first, and may ask something else.
        QTimer.singleShot(0, self, self.quit)
