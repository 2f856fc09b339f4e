"""The clock of the window: it takes each frame as soon as it is there and lets it be painted in peace."""

from __future__ import annotations

import threading
import time
from collections import deque

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QTimer, Signal

from stepviz.runtime.mailbox import Mailbox
from stepviz.ui.core.guarded import guarded_filter
from stepviz.ui.core.lab import Lab

# Frames wake the clock; this often it looks by itself, for news and for a run that rests.
PERIOD_MS = 50
GAPS = 600
# Qt paints with low priority (-1): what is posted below that comes when the painting has ended.
AFTER_PAINTING = -2
_POSTED = QEvent.Type(QEvent.registerEventType())
_PAINTED = QEvent.Type(QEvent.registerEventType())


class FrameClock(QObject):
    """Collects the mailbox and hands frames to the lab.

    The worker closes ``gate`` when it has posted a frame, and calls ``wake``. While the frame is shown and painted, the
    worker waits; then the gate is opened, and ``wanted`` set for the next frame. ``news_came`` carries each piece of
    news.
    """

    news_came = Signal(object)

    def __init__(self, lab: Lab, mailbox: Mailbox, gate: threading.Event, wanted: threading.Event) -> None:
        super().__init__()
        self._lab, self._mailbox, self._gate, self._wanted = lab, mailbox, gate, wanted
        self._gaps: deque[float] = deque(maxlen=GAPS)
        self._painted_at: float | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._tick)
        self._stopped = True

    @property
    def frame_gaps(self) -> tuple[float, ...]:
        """Return the seconds between the last frames painted, oldest first, at most 600."""
        return tuple(self._gaps)

    def start(self) -> None:
        """Begin to show frames."""
        self._stopped = False
        self._wanted.set()
        self._timer.start()

    def stop(self) -> None:
        """Show no more frames, and let the worker go on."""
        self._stopped = True
        self._timer.stop()
        self._gate.set()

    def wake(self) -> None:
        """Say that a frame was posted; from any thread."""
        QCoreApplication.postEvent(self, QEvent(_POSTED))

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

    @guarded_filter
    def event(self, event: QEvent) -> bool:  # Qt's name
        """Take a frame that was posted; take note of one that has been painted."""
        if event.type() == _POSTED:
            if not self._stopped:
                self._tick()
            return True
        if event.type() != _PAINTED:
            return super().event(event)
        now = time.perf_counter()
        if self._painted_at is not None:
            self._gaps.append(now - self._painted_at)
        self._painted_at = now
        self._gate.set()
        self._wanted.set()
        return True
