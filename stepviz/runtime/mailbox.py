"""The one-slot mailbox between the worker and the window: the newest frame, and news that must not be lost."""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import dataclass
from pathlib import Path

from stepviz.runtime.commands import Command
from stepviz.runtime.frame import Frame


@dataclass(frozen=True, slots=True)
class Refusal:
    """A command that could not be carried out, and why, in words for the person."""

    command: Command
    message: str


@dataclass(frozen=True, slots=True)
class Failure:
    """The worker came upon an error of its own; the run is paused and kept."""

    message: str
    details: str


@dataclass(frozen=True, slots=True)
class Saved:
    """A session was written: the run at ``step``, which is not the present one where ``earlier``."""

    path: Path
    step: int = 0
    earlier: bool = False


@dataclass(frozen=True, slots=True)
class NotKept:
    """The run that an undo or a redo goes back to is not kept any more."""


@dataclass(frozen=True, slots=True)
class Note:
    """Something that the person should know of what was done, in words."""

    message: str


News = Refusal | Failure | Saved | NotKept | Note


class Mailbox:
    """Keeps the newest frame only, so that no queue can grow; news is rare and kept until it is read."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._frame: Frame | None = None
        self._news: deque[News] = deque(maxlen=100)

    def post(self, frame: Frame) -> None:
        """Replace whatever frame is waiting."""
        with self._lock:
            self._frame = frame

    def tell(self, news: News) -> None:
        """Add news."""
        with self._lock:
            self._news.append(news)

    def collect(self) -> tuple[Frame | None, list[News]]:
        """Take the newest frame (None if none came since) and all news."""
        with self._lock:
            frame, news = self._frame, list(self._news)
            self._frame = None
            self._news.clear()
        return frame, news
