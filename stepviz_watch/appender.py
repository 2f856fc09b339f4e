"""A thread that appends to the recording: the training hands over and goes on."""

from __future__ import annotations

import os
import threading
import weakref
from collections import deque
from collections.abc import Iterable
from typing import Any, Callable

ROOM = 32 * 2**20
PATIENCE = 1.0  # seconds between two tries on a disk that takes nothing
# Seconds between two looks at what waits. The training never wakes this thread: where all processors are busy, to be
# woken takes the processor from the one that wakes.
PERIOD, IDLE_PERIOD = 0.03, 0.2
IDLE_AFTER = 50

_open: weakref.WeakSet[Appender] = weakref.WeakSet()


class Appender:
    """Appends what ``encode`` makes of each item, from a thread of its own.

    ``put`` never waits for the disk: what does not fit into ``room`` bytes of memory is dropped and counted. A disk
    that is full or gone ends neither the training nor the file: what could not be written is counted, and the
    next items are tried again.
    """

    def __init__(self, file: int, encode: Callable[[Any], Iterable[bytes]], room: int = ROOM) -> None:
        self._file, self._encode, self._room = file, encode, room
        self._queue: deque[tuple[Any, int]] = deque()
        self._waiting = 0
        self._lock = threading.Lock()
        self._stop = threading.Event()
        self._stopping = False
        self.written = self.dropped = 0
        self.error: Exception | None = None
        self.foreign = False
        self._thread = threading.Thread(target=self._run, name="stepviz-watch", daemon=True)
        self._thread.start()
        _open.add(self)

    def put(self, item: Any, size: int) -> bool:
        """Hand over an item that takes about ``size`` bytes; False where it was dropped."""
        if self.foreign or self._stopping:
            return False
        with self._lock:
            fits = self._waiting + size <= self._room
            if fits:
                self._waiting += size
            else:
                self.dropped += 1
        if fits:
            self._queue.append((item, size))
        return fits

    def close(self, last: Any = None, patience: float = 5.0) -> None:
        """Write what waits and ``last``, then end the thread; safe to call twice and in a forked process."""
        if self.foreign or self._stopping:
            return
        if last is not None:
            self._queue.append((last, 0))
        self._stopping = True
        self._stop.set()
        self._thread.join(patience)

    def _run(self) -> None:
        idle = 0
        while True:
            stopping = self._stop.wait(IDLE_PERIOD if idle > IDLE_AFTER else PERIOD)
            idle = 0 if self._queue else idle + 1
            while self._queue:
                item, size = self._queue.popleft()
                self._write(item)
                with self._lock:
                    self._waiting -= size
                if self.error is not None and not self._stopping:
                    self._stop.wait(PATIENCE)
                    break
            if stopping and not self._queue:
                os.close(self._file)
                return

    def _write(self, item: Any) -> None:
        try:
            for data in self._encode(item):
                rest = memoryview(data)
                while rest:
                    done = os.write(self._file, rest)
                    rest = rest[done:]
                    self.written += done
            self.error = None
        # Whatever an item does to the thread, the next one is written.
        except Exception as error:
            self.dropped += 1
            self.error = error


def _forget_in_child() -> None:
    for appender in list(_open):
        appender.foreign = True


if hasattr(os, "register_at_fork"):
    # The thread is not in the child, and the file belongs to the parent.
    os.register_at_fork(after_in_child=_forget_in_child)
