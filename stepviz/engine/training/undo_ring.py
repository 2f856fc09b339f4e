"""The last few states of a run: the way back out of a divergence, one update at a time."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array, Ints

DEPTH = 16
LARGEST_BYTES = 64 * 2**20


class UndoRing:
    """A ring of copies of the state before each of the last updates, allocated once.

    ``depth`` is 16, less where the state is large (at least 1).
    """

    def __init__(self, state: Array) -> None:
        self.depth = max(1, min(DEPTH, LARGEST_BYTES // max(1, state.nbytes)))
        self._states: Array = np.zeros((self.depth, *state.shape), dtype=state.dtype)
        self._seen: Ints = np.zeros(self.depth, dtype=np.int64)
        self._count = 0
        self._next = 0

    def __len__(self) -> int:
        return self._count

    @property
    def nbytes(self) -> int:
        """Return the bytes of the copies."""
        return self._states.nbytes

    def keep(self, state: Array, seen: int) -> None:
        """Copy the state before an update, and the number of examples seen by then."""
        np.copyto(self._states[self._next], state)
        self._seen[self._next] = seen
        self._next = (self._next + 1) % self.depth
        self._count = min(self._count + 1, self.depth)

    def last(self) -> Array:
        """Return the newest copy; a view."""
        return self._states[self._next - 1]

    def last_seen(self) -> int:
        """Return the number of examples that had been seen by the newest copy."""
        return int(self._seen[self._next - 1])

    def place(self) -> tuple[Array, Ints, int]:
        """Return the ring of copies (depth, *state), the examples seen by each, and the number of the next copy.

        What writes copies there itself, in order, says afterwards how many by ``kept``.
        """
        return self._states, self._seen, self._next

    def kept(self, count: int) -> None:
        """Take note of ``count`` copies that were written from outside."""
        self._next = (self._next + count) % self.depth
        self._count = min(self._count + count, self.depth)

    def take(self, state: Array) -> int:
        """Write the newest copy to ``state``, forget it, and return the number of examples seen by then."""
        self._next = (self._next - 1) % self.depth
        self._count -= 1
        np.copyto(state, self._states[self._next])
        return int(self._seen[self._next])
