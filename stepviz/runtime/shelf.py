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
        for make_room in (self._strip, self._drop):
            for old in [*self._kept]:
                if self.nbytes > LARGEST_BYTES or len(self._kept) > MOST:
                    make_room(old)

    def _strip(self, number: int) -> None:
        self._kept[number] = self._kept[number].without_past()

    def _drop(self, number: int) -> None:
        if len(self._kept) > 1:
            del self._kept[number]
            self._gone.add(number)

    def take(self, number: int) -> Session | None:
        """Return the run under a number, and keep it no longer; None where there is none."""
        return self._kept.pop(number, None)

    def lost(self, number: int) -> bool:
        """Return whether a run was kept under a number and had to go."""
        return number in self._gone
