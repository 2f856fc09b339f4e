"""Whose turn it is: while a run goes on, two of the instruments show each frame, so that no frame is dear."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from typing import TypeVar

# Of six instruments at 58 frames a second each moves 19 times a second, of twelve 10 times.
PER_FRAME = 2
FRAMES_A_SECOND = 60.0
# Of 15 frames a second each carries three instruments then.
LOW_FRAMES_A_SECOND = 22.0

_Key = TypeVar("_Key", bound=Hashable)


class Turns:
    """Deals out frames among instruments, those that waited longest first."""

    def __init__(self) -> None:
        self._shown: dict[Hashable, float] = {}
        self._last = 0.0
        # Low power has fewer frames, and must not make up for them.
        self.frames_a_second = FRAMES_A_SECOND

    def take(self, keys: Iterable[_Key], now: float, *, everyone: bool = False) -> list[_Key]:
        """Return those of ``keys`` that show the frame of time ``now`` (s): two, more where frames come seldom.

        With ``everyone`` it is all of them: no other frame may follow.
        """
        listed = list(keys)
        turn = max(PER_FRAME, round(PER_FRAME * (now - self._last) * self.frames_a_second))
        self._last = now
        # Neighbours in the list, the dear pictures first among them, do not come in one frame.
        turns = -(-len(listed) // PER_FRAME)
        apart = {key: place % turns for place, key in enumerate(listed)}
        waiting = sorted(listed, key=lambda key: (self._shown.get(key, 0.0), apart[key]))
        taken = waiting if everyone else waiting[:turn]
        self._shown |= dict.fromkeys(taken, now)
        return taken
