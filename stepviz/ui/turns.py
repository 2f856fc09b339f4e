"""Whose turn it is: while a run goes on, two of the instruments show each frame, so that no frame is dear."""

from __future__ import annotations

from collections.abc import Container, Hashable, Iterable
from typing import TypeVar

# Of six instruments at 58 frames a second each moves 17 times a second, of twelve 8 times.
PER_FRAME = 2
FRAMES_A_SECOND = 60.0
# Low power has fewer frames, and more instruments in each.
LOW_PER_FRAME = 3
LOW_FRAMES_A_SECOND = 15.0
# A frame later than that many is one of few: more instruments show it. What was late once is not made up for,
# or one dear frame would be followed by another.
SELDOM = 2.5

_Key = TypeVar("_Key", bound=Hashable)


class Turns:
    """Deals out frames among instruments, those that waited longest first."""

    def __init__(self) -> None:
        self._shown: dict[Hashable, float] = {}
        self._last = 0.0
        self._per_frame, self._rate = PER_FRAME, FRAMES_A_SECOND

    def spare_power(self, on: bool) -> None:
        """Expect the frames of low power, or of full power."""
        self._per_frame = LOW_PER_FRAME if on else PER_FRAME
        self._rate = LOW_FRAMES_A_SECOND if on else FRAMES_A_SECOND

    def take(
        self, keys: Iterable[_Key], now: float, *, dear: Container[_Key] = (), everyone: bool = False
    ) -> list[_Key]:
        """Return those of ``keys`` that show the frame of time ``now`` (s): two, more where frames come seldom.

        One that is ``dear`` counts for two. With ``everyone`` it is all of them: no other frame may follow.
        """
        listed = list(keys)
        late = (now - self._last) * self._rate
        room = round(self._per_frame * late) if late > SELDOM else self._per_frame
        self._last = now
        # Neighbours in the list do not come in one frame.
        turns = -(-len(listed) // PER_FRAME)
        apart = {key: place % turns for place, key in enumerate(listed)}
        waiting = sorted(listed, key=lambda key: (self._shown.get(key, 0.0), apart[key]))
        taken = waiting if everyone else _fitting(waiting, room, dear)
        self._shown |= dict.fromkeys(taken, now)
        return taken


def _fitting(waiting: list[_Key], room: int, dear: Container[_Key]) -> list[_Key]:
    """Return the first of ``waiting`` in any case, and as many of the next as there is room for."""
    taken: list[_Key] = []
    for key in waiting:
        cost = 2 if key in dear else 1
        if taken and cost > room:
            continue
        taken.append(key)
        room -= cost
        if room <= 0:
            break
    return taken
