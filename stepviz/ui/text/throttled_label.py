"""Text that changes no oftener than eyes can read it, and no oftener than the window can afford."""

from __future__ import annotations

import time

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QLabel, QWidget

from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.timers import single_shot

PAUSE = 0.25
# A height that no text reaches.
ENDLESS = 100_000


class SlowLabel(QLabel):
    """A label whose text changes at most once per ``pause`` seconds; of what comes between, the newest is kept.

    After a rest a text is shown at once; the last one given is always shown in the end.

    QLabel has the whole window laid out anew for each new text. This one paints its text itself, and asks for another
    place only where the text needs more room than any before it, or less than half of it.
    """

    def __init__(self, text: str = "", *, pause: float = PAUSE, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = text
        self._room = QSize()
        self._pause = pause
        self._waiting: str | None = None
        self._shown_at = -pause
        self._timer = single_shot(self, self._show_waiting)

    def text(self) -> str:
        """Return the text that is on screen."""
        return self._text

    def setText(self, text: str) -> None:  # Qt's name
        """Show ``text``; a screen reader finds it beside the label's name."""
        self._text = text
        self.setAccessibleDescription(text)
        needs, room = self._needed().width(), self._room.width()
        # Nobody has asked for room yet, or one that gives room of its own.
        if self._room.isValid() and not room / 2 <= needs <= room:
            self.forget_room()
        self.update()

    def forget_room(self) -> None:
        """Take no more room than the present text needs."""
        self._room = QSize()
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the room that the text takes, or a wider one before it took."""
        if not self._room.isValid():
            self._room = self._needed()
        return self._room

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same for one line: cut, it would say something else."""
        return QSize(0, self.fontMetrics().height()) if self.wordWrap() else self.sizeHint()

    def heightForWidth(self, width: int) -> int:  # Qt's name
        """Return how high the text is where it is wrapped to a width."""
        return self.fontMetrics().boundingRect(QRect(0, 0, width, ENDLESS), self._flags, self._text).height()

    @property
    def _flags(self) -> int:
        return int(self.alignment()) | (int(Qt.TextFlag.TextWordWrap) if self.wordWrap() else 0)

    def _needed(self) -> QSize:
        metrics = self.fontMetrics()
        return QSize(metrics.horizontalAdvance(self._text), metrics.height())

    @guarded
    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        """Take the room that another font needs."""
        super().changeEvent(event)
        if event.type() in (QEvent.Type.FontChange, QEvent.Type.StyleChange):
            self.forget_room()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the text."""
        painter = QPainter(self)
        room, role = self.contentsRect(), self.foregroundRole()
        self.style().drawItemText(painter, room, self._flags, self.palette(), self.isEnabled(), self._text, role)
        painter.end()

    def show_text(self, text: str, *shorter: str) -> None:
        """Show ``text`` now, or as soon as the last change has been readable long enough.

        Where it does not fit, the first of ``shorter`` that does is shown (or the last of them), and ``text`` becomes
        the tool tip.
        """
        text = self._fitting(text, *shorter)
        if self._waiting is None and text == self.text():
            return
        left = self._shown_at + self._pause - time.perf_counter()
        if left <= 0:
            self.show_now(text)
            return
        self._waiting = text
        if not self._timer.isActive():
            self._timer.start(int(left * 1000) + 1)

    def _fitting(self, text: str, *shorter: str) -> str:
        if not shorter:
            return text
        if self.toolTip() != text:
            self.setToolTip(text)
        metrics = self.fontMetrics()
        fitting = (each for each in (text, *shorter) if metrics.horizontalAdvance(each) <= self.width())
        return next(fitting, shorter[-1])

    def show_now(self, text: str, *shorter: str) -> None:
        """Show ``text``, or what of ``shorter`` fits, without waiting: for what must not be late."""
        text = self._fitting(text, *shorter)
        self._timer.stop()
        self._waiting = None
        self._shown_at = time.perf_counter()
        if text != self.text():
            self.setText(text)

    def _show_waiting(self) -> None:
        if self._waiting is not None:
            self.show_now(self._waiting)
