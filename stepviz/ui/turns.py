"""Whose turn it is: while a run goes on, a third of the instruments show each frame, so that no frame is dear."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

# At 58 frames a second each instrument moves 19 times a second.
SHARE = 3
# No instrument waits longer than this (s), however seldom frames come.
LONGEST = 0.06

_Key = TypeVar("_Key", bound=Hashable)


class Turns:
    """Deals out frames among instruments, those that waited longest first."""

    def __init__(self) -> None:
        self._shown: dict[Hashable, float] = {}

    def take(self, keys: Iterable[_Key], now: float, *, everyone: bool = False) -> list[_Key]:
        """Return those of ``keys`` that show the frame of time ``now`` (s): a third, and all that waited too long.

        With ``everyone`` it is all of them: no other frame may follow.
        """
        listed = list(keys)
        turn = -(-len(listed) // SHARE)
        # Neighbours in the list, the dear pictures first among them, do not come in one frame.
        apart = {key: place % SHARE for place, key in enumerate(listed)}
        waiting = sorted(listed, key=lambda key: (self._shown.get(key, 0.0), apart[key]))
        taken = [
            key
            for place, key in enumerate(waiting)
            if everyone or place < turn or now - self._shown.get(key, 0.0) >= LONGEST
        ]
        self._shown |= dict.fromkeys(taken, now)
        return taken
