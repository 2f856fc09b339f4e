"""How many updates to do now: the speed that was asked for, cut into slices short enough to share the machine."""

from __future__ import annotations

from collections import deque

# Long enough that the loop around a slice costs little, short enough that the window never waits for it.
SLICE = 1.5e-3
# How long the training waits for a window that paints.
GATE_TIMEOUT = 0.1


class Pace:
    """Deals out updates. Times are in seconds of one monotonic clock, which the caller reads."""

    def __init__(self) -> None:
        self.limit: float | None = None
        self._owed = 0.0
        self._last = 0.0
        self._cost = 50e-6
        self._slice = SLICE
        # When a slice ended, and how many updates all slices had done by then.
        self._done: deque[tuple[float, int]] = deque(maxlen=4096)
        self._total = 0

    def resume(self, now: float) -> None:
        """Begin to count from now: time spent in a pause is not made up for."""
        self._last = now
        self._owed = 0.0
        self._done.clear()

    def hold(self, seconds: float) -> None:
        """Let the next slices last no longer than this."""
        self._slice = min(SLICE, seconds)

    @property
    def fitting(self) -> int:
        """Return how many updates fit into a slice."""
        return max(1, int(self._slice / self._cost))

    def due(self, now: float) -> int:
        """Return how many updates to do now: 0 while the next one is not due yet."""
        if self.limit is None:
            return self.fitting
        # Never owe more than a tenth of a second: a machine that is too slow for the speed must not fall behind.
        self._owed = min(self._owed + (now - self._last) * self.limit, max(1.0, 0.1 * self.limit))
        self._last = now
        return min(self.fitting, int(self._owed))

    def wait(self) -> float:
        """Return the seconds until the next update is due, when none is."""
        return 0.0 if self.limit is None else max(0.0, (1.0 - self._owed) / self.limit)

    def did(self, count: int, began: float, ended: float) -> None:
        """Take note of ``count`` updates."""
        if count == 0:
            return
        self._owed = max(0.0, self._owed - count)
        self._cost += 0.2 * ((ended - began) / count - self._cost)
        self._total += count
        self._done.append((ended, self._total))

    def rate(self, now: float) -> float:
        """Return the updates per second over the last second."""
        while self._done and self._done[0][0] < now - 1.0:
            self._done.popleft()
        if len(self._done) < 2:
            return 0.0
        (first, before), (last, total) = self._done[0], self._done[-1]
        return (total - before) / max(1e-9, last - first)
