"""Where the frames of a window come from: the lab's worker, or the follower of a recording."""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import Protocol

from stepviz.runtime.commands import Command


class RunSource(Protocol):
    """Posts frames into a mailbox from a thread of its own.

    A frame is posted when ``wanted`` is set and something has changed; while ``gate`` is cleared the source waits,
    since the window is painting. ``notify``, where it is set before ``start``, is called when a frame was posted.
    """

    gate: threading.Event
    wanted: threading.Event
    notify: Callable[[], None] | None

    def start(self) -> None:
        """Start the thread."""

    def send(self, command: Command) -> None:
        """Hand over a command; one that has no meaning here is passed over."""

    def stop(self) -> None:
        """End the thread and wait for it. Safe to call twice, and before ``start``."""
