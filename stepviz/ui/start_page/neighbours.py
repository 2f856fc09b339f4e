"""Where an arrow key leads among buttons that stand in columns."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QRect, Qt

# Of two buttons the one straight ahead is meant, unless it is that many times as far away.
ASIDE = 4


def neighbour(places: Sequence[QRect], here: int, key: Qt.Key) -> int | None:
    """Return the index of the place that an arrow leads to from place ``here``; None where there is none."""
    ahead = {Qt.Key.Key_Left: QPoint(-1, 0), Qt.Key.Key_Right: QPoint(1, 0),
             Qt.Key.Key_Up: QPoint(0, -1), Qt.Key.Key_Down: QPoint(0, 1)}[key]  # fmt: skip
    costs = {}
    for number, place in enumerate(places):
        gap_x = max(place.left() - places[here].right(), places[here].left() - place.right(), 0)
        gap_y = max(place.top() - places[here].bottom(), places[here].top() - place.bottom(), 0)
        way = place.center() - places[here].center()
        along, aside = (gap_x, gap_y) if ahead.x() else (gap_y, gap_x)
        # Beyond the edge, not merely a little further: beside a high button stand several lower ones.
        if number != here and QPoint.dotProduct(way, ahead) > 0 and along > 0:
            # Of those straight ahead the first, that is the upper or the left one.
            start = place.top() - places[here].top() if ahead.x() else place.left() - places[here].left()
            costs[number] = (along + ASIDE * aside, abs(start))
    return min(costs, key=lambda number: costs[number], default=None)
