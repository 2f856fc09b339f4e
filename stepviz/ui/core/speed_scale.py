"""Speeds on a slider: ten positions per factor of ten, from one step a second; the last is full speed."""

from __future__ import annotations

import math

PER_DECADE = 10
DECADES = 4
FULL = PER_DECADE * DECADES + 1
# Fast enough that the rings are learned within three seconds, slow enough that one sees it happen.
FIRST_SPEED = 200.0


def speed_at(position: int) -> float | None:
    """Return the steps per second at a position of the slider, rounded to 2 digits; None is full speed."""
    if position >= FULL:
        return None
    exact = 10.0 ** (max(0, position) / PER_DECADE)
    digits = 1 - math.floor(math.log10(exact) + 1e-9)
    return float(round(exact, digits))


def position_of(speed: float | None) -> int:
    """Return the position of the slider that comes nearest to a speed."""
    if speed is None:
        return FULL
    return min(FULL - 1, max(0, round(PER_DECADE * math.log10(max(1.0, speed)))))


def speed_text(speed: float | None) -> str:
    """Return a speed limit for the screen."""
    if speed is None:
        return "full speed"
    number = f"{speed:,.0f}" if speed >= 10 else f"{speed:.2g}"
    return f"{number} step{'s' * (speed != 1)}/s"
