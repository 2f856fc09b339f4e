"""What the painted instruments share: numbers as text, ticks, mixed colours."""

from __future__ import annotations

import math

from PySide6.QtGui import QColor

from stepviz.ui.core.theme import scaled

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power_text(exponent: int) -> str:
    """Return a power of ten for the screen: «10⁻³»."""
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def number_text(value: float, digits: int = 3) -> str:
    """Return a number in a few digits: «0.0321», «3.21·10⁻⁷», «exactly 0»."""
    if value == 0:
        return "exactly 0"
    if not math.isfinite(value):
        return "not a number" if math.isnan(value) else "infinite"
    if 1e-3 <= abs(value) < 1e4:
        return f"{value:.{digits}g}" if abs(value) < 10 ** (digits - 1) else f"{value:.0f}"
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}·{power_text(int(exponent))}"


def share_text(share: float) -> str:
    """Return a share in percent; 0 and 100 only where it is exactly so."""
    if share in (0.0, 1.0):
        return f"{share:.0%}".replace("%", " %")
    percent = min(max(100 * share, 0.1), 99.9)
    return f"{percent:.1f} %" if percent < 1 or percent > 99 else f"{percent:.0f} %"


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


def step_text(step: float) -> str:
    """Return a step number, thousands set apart: «12,000»."""
    return f"{step:,.0f}"


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
