"""What the painted instruments share: step numbers for ticks, mixed colours, the size of type."""

from __future__ import annotations

import math

from PySide6.QtGui import QColor

from stepviz.ui.core.theme import scaled


def step_ticks(first: float, last: float, count: int) -> list[float]:
    """Return at most about ``count`` round step numbers from ``first`` to ``last``."""
    span = last - first
    if span <= 0 or count < 1:
        return [first]
    rough = span / count
    decade = 10.0 ** math.floor(math.log10(rough))
    factors = (1, 2, 2.5, 5, 10) if decade >= 10 else (1, 2, 5, 10)
    width = max(1.0, next(factor * decade for factor in factors if factor * decade >= rough))
    start = math.ceil(first / width)
    return [number * width for number in range(start, math.floor(last / width) + 1)]


def mix(first: str, second: str, share: float) -> QColor:
    """Return the colour that is ``share`` of the way from ``first`` to ``second``."""
    start, end = QColor(first), QColor(second)
    pairs = ((start.red(), end.red()), (start.green(), end.green()), (start.blue(), end.blue()))
    return QColor(*(round(a + (b - a) * share) for a, b in pairs))


def text_points(points: float, width: int, height: int) -> float:
    """Return the size of type for a panel of this size: a panel made large is made large to be read from afar.

    Large is what is large for type of the scale in force.
    """
    return points * min(1.7, max(1.0, min(width / scaled(620), height / scaled(400))))
