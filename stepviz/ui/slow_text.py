"""Text that changes no oftener than eyes can read it, and no oftener than the window can afford."""

from __future__ import annotations

import time

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QLabel, QWidget

PAUSE = 0.25


class SlowLabel(QLabel):
    """A label whose text changes at most once per ``pause`` seconds; of what comes between, the newest is kept.

    After a rest a text is shown at once; the last one given is always shown in the end.
    """

    def __init__(self, text: str = "", *, pause: float = PAUSE, parent: QWidget | None = None) -> None:
        super().__init__(text, parent)
        self._pause = pause
        self._waiting: str | None = None
        self._shown_at = -pause
        self._timer = QTimer(self, singleShot=True)
        self._timer.timeout.connect(self._show_waiting)

    def show_text(self, text: str, *shorter: str) -> None:
        """Show ``text`` now, or as soon as the last change has been readable long enough.

        Where it does not fit, the first of ``shorter`` that does is shown (or the last of them), and ``text`` becomes
        the tool tip.
        """
        if shorter:
            if self.toolTip() != text:
                self.setToolTip(text)
            metrics = self.fontMetrics()
            fitting = (each for each in (text, *shorter) if metrics.horizontalAdvance(each) <= self.width())
            text = next(fitting, shorter[-1])
        if self._waiting is None and text == self.text():
            return
        left = self._shown_at + self._pause - time.perf_counter()
        if left <= 0:
            self.show_now(text)
            return
        self._waiting = text
        if not self._timer.isActive():
            self._timer.start(int(left * 1000) + 1)

    def show_now(self, text: str) -> None:
        """Show ``text`` without waiting: for what must not be late."""
        self._timer.stop()
        self._waiting = None
        self._shown_at = time.perf_counter()
        if text != self.text():
            self.setText(text)

    def _show_waiting(self) -> None:
        if self._waiting is not None:
            self.show_now(self._waiting)
