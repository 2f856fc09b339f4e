"""Tells screen readers what a person sees happen: seldom enough to be heard, the weightiest first."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QAccessible, QAccessibleAnnouncementEvent

from stepviz.ui.core.timers import single_shot

# Of one sentence so long (s) passes until the next: one that is cut off by another tells nothing.
PAUSE = 2.5
KINDS = ("divergence", "answer", "scene", "switch", "stop", "units", "loss")
MOST_KEPT = 200


class Announcer(QObject):
    """Says sentences through ``speaker``, one every PAUSE; of one kind only the newest waits.

    ``said`` carries each sentence when it is announced; ``transcript`` keeps the last of them.
    """

    said = Signal(str)

    def __init__(self, speaker: QObject) -> None:
        super().__init__(speaker)
        self._speaker = speaker
        self.on = True
        self.transcript: list[str] = []
        self._waiting: dict[str, str] = {}
        self._free_at = 0.0
        self._timer = single_shot(self, self._next)

    def say(self, kind: str, text: str) -> None:
        """Announce ``text`` now, or when what was said before has been heard; ``kind`` is one of KINDS."""
        if not self.on:
            return
        self._waiting[kind] = text
        if not self._timer.isActive():
            self._timer.start(max(0, round(1000 * (self._free_at - time.monotonic()))))

    def silence(self, silent: bool) -> None:
        """Say nothing any more, or speak again."""
        self.on = not silent
        self._waiting.clear()

    def _next(self) -> None:
        kind = min(self._waiting, key=KINDS.index, default="")
        if not kind:
            return
        text = self._waiting.pop(kind)
        self._free_at = time.monotonic() + PAUSE
        self.transcript = [*self.transcript, text][-MOST_KEPT:]
        QAccessible.updateAccessibility(QAccessibleAnnouncementEvent(self._speaker, text))
        self.said.emit(text)
        if self._waiting:
            self._timer.start(round(1000 * PAUSE))
