"""Runs that were left and that an undo brings back, in bounded memory."""

from __future__ import annotations

from stepviz.runtime.session import Session

LARGEST_BYTES = 128 * 2**20
MOST = 100


class Shelf:
    """Runs at rest by number: at most 100, and at most 128 MiB of them, or the newest alone where it is larger.

    Where there is no room, the oldest lose what they could go back to, then they go.
    """

    def __init__(self) -> None:
        self._kept: dict[int, Session] = {}
        self._gone: set[int] = set()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def nbytes(self) -> int:
        """Return about how many bytes are kept."""
        return sum(session.nbytes for session in self._kept.values())

    def keep(self, number: int, session: Session) -> None:
        """Keep a run under a number that rises."""
        self._kept[number] = session
        self._gone.discard(number)
        held = self.nbytes
        for old in [*self._kept] if held > LARGEST_BYTES else ():
            if held > LARGEST_BYTES:
                held -= self._kept[old].nbytes
                self._kept[old] = self._kept[old].without_past()
                held += self._kept[old].nbytes
        while len(self._kept) > 1 and (held > LARGEST_BYTES or len(self._kept) > MOST):
            oldest = next(iter(self._kept))
            held -= self._kept.pop(oldest).nbytes
            self._gone.add(oldest)

    def take(self, number: int) -> Session | None:
        """Return the run under a number, and keep it no longer; None where there is none."""
        return self._kept.pop(number, None)

    def lost(self, number: int) -> bool:
        """Return whether a run was kept under a number and had to go."""
        return number in self._gone
