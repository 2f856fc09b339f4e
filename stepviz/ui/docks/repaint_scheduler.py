"""Whose turn it is: while a run goes on, a group of instruments shows each frame, and all groups cost about the same.

A window is smooth where one frame takes as long as the next: a dear frame after a cheap one is a gap that is seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

# What costs at least that much has its frame alone.
ALONE = 3.0
FRAMES_A_SECOND = 60.0
# Low power has fewer frames, and more instruments in each.
LOW_FRAMES_A_SECOND, LOW_GROUPS = 15.0, 2
# A frame later than that many is one of few: more groups show it. What was late once is not made up for, or one dear
# frame would be followed by another.
SELDOM = 2.5


class RepaintScheduler:
    """Deals out frames among instruments by name, the group that waited longest first."""

    def __init__(self) -> None:
        self._costs: Mapping[str, float] = {}
        self._groups: list[list[str]] = []
        self._shown: dict[str, float] = {}
        self._last = 0.0
        self._per_frame, self._rate = 1, FRAMES_A_SECOND

    def spare_power(self, on: bool) -> None:
        """Expect the frames of low power, or of full power."""
        self._per_frame = LOW_GROUPS if on else 1
        self._rate = LOW_FRAMES_A_SECOND if on else FRAMES_A_SECOND

    def take(self, costs: Mapping[str, float], now: float, *, everyone: bool = False) -> list[str]:
        """Return which of the instruments show the frame of time ``now`` (s); ``costs`` is what each takes to paint.

        With ``everyone`` it is all of them: no other frame may follow.
        """
        if costs != self._costs:
            self._costs, self._groups = dict(costs), smooth(groups(costs), costs)
        late = (now - self._last) * self._rate
        count = round(self._per_frame * late) if late > SELDOM else self._per_frame
        self._last = now
        # Sorting is stable: those that waited equally long keep the order of the groups.
        waiting = sorted(self._groups, key=lambda group: min(self._shown.get(name, 0.0) for name in group))
        taken = [name for group in (waiting if everyone else waiting[:count]) for name in group]
        self._shown |= dict.fromkeys(taken, now)
        return taken


def groups(costs: Mapping[str, float]) -> list[list[str]]:
    """Return the instruments one or two together: the dear ones alone, of the others the dearest with the cheapest."""
    names = sorted(costs, key=lambda name: costs[name])
    alone = [[name] for name in names if costs[name] >= ALONE]
    rest = names[: len(names) - len(alone)]
    half = len(rest) // 2
    pairs = [[rest[place], rest[-1 - place]] for place in range(half)]
    return pairs + ([[rest[half]]] if len(rest) % 2 else []) + alone


def smooth(grouped: Iterable[list[str]], costs: Mapping[str, float]) -> list[list[str]]:
    """Return the groups in an order, going round, in which neighbours cost about the same: up, and down again."""
    rising = sorted(grouped, key=lambda group: sum(costs[name] for name in group))
    return rising[::2] + rising[1::2][::-1]
