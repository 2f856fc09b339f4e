"""The clock of the window: sixty times a second it takes the newest frame and lets it be painted in peace."""

from __future__ import annotations

import threading
import time
from collections import deque

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal

from stepviz.runtime.mailbox import Mailbox
from stepviz.ui.lab import Lab

PERIOD_MS = 16
GAPS = 600
# Qt paints with low priority (-1): what is posted below that comes when the painting has ended.
AFTER_PAINTING = -2
_PAINTED = QEvent.Type(QEvent.registerEventType())


class FrameClock(QObject):
    """Collects the mailbox and hands frames to the lab.

    While a frame is being shown and painted, ``gate`` is closed: the worker waits. After that ``wanted`` is set, so
    that the next frame is measured before the next tick. ``news_came`` carries each piece of news.
    """

    news_came = Signal(object)

    def __init__(self, lab: Lab, mailbox: Mailbox, gate: threading.Event, wanted: threading.Event) -> None:
        super().__init__()
        self._lab, self._mailbox, self._gate, self._wanted = lab, mailbox, gate, wanted
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._painted_at: float | None = None
        self._timer = QTimer(self)
        self._timer.setTimerType(Qt.TimerType.PreciseTimer)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._tick)

    @property
    def frame_gaps(self) -> tuple[float, ...]:
        """Return the seconds between the last frames painted, oldest first, at most 600."""
        return tuple(self._gaps)

    def start(self) -> None:
        """Begin to tick."""
        self._wanted.set()
        self._timer.start()

    def stop(self) -> None:
        """Tick no more, and let the worker go on."""
        self._timer.stop()
        self._gate.set()

    def forget_gaps(self) -> None:
        """Measure the gaps from now on."""
        self._gaps.clear()
        self._painted_at = None

    def _tick(self) -> None:
        frame, news = self._mailbox.collect()
        if frame is None:
            self._wanted.set()
        else:
            self._gate.clear()
            try:
                self._lab.show(frame)
            finally:
                # Even where a panel failed: the run must go on.
                QCoreApplication.postEvent(self, QEvent(_PAINTED), AFTER_PAINTING)
        for item in news:
            self.news_came.emit(item)

    def event(self, event: QEvent) -> bool:  # Qt's name
        """Take note that the frame has been painted."""
        if event.type() != _PAINTED:
            return super().event(event)
        now = time.perf_counter()
        if self._painted_at is not None:
            self._gaps.append(now - self._painted_at)
        self._painted_at = now
        self._gate.set()
        self._wanted.set()
        return True
