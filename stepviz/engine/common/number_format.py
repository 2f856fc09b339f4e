"""Numbers as text, in one way everywhere: on screen, in sentences, in tables, and on axes."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")
_MINUS = "−"
# Between these a number is written out; beyond them with a power of ten.
_SMALLEST, _LARGEST = 1e-3, 1e5


def power_text(exponent: int) -> str:
    """Return a power of ten: «10⁻³»."""
    return "10" + str(exponent).translate(_SUPERSCRIPTS)


def number_text(value: float, digits: int = 3) -> str:
    """Return a number in at most so many digits: «0.05», «−2», «12,345», «3.2·10⁻⁷»; only 0 itself is «0»."""
    if value == 0.0:
        return "0"
    if math.isnan(value):
        return "not a number"
    if math.isinf(value):
        return "infinite" if value > 0 else f"{_MINUS}infinite"
    if _SMALLEST <= abs(value) < _LARGEST:
        text = f"{value:,.{digits}g}" if abs(value) < 10 ** (digits - 1) else f"{value:,.0f}"
        return text.replace("-", _MINUS)
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    mantissa = (mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa).replace("-", _MINUS)
    power = power_text(int(exponent))
    return {"1": power, f"{_MINUS}1": f"{_MINUS}{power}"}.get(mantissa, f"{mantissa}·{power}")


def measured_text(value: float, digits: int = 3) -> str:
    """Return a number that was measured, as ``number_text`` does; 0 is «exactly 0»: nothing was rounded to it."""
    return "exactly 0" if value == 0.0 else number_text(value, digits)


def compact_text(value: float) -> str:
    """Return a number for a narrow box, two or three digits: «−0.032», «4.3e−5»; only 0 itself is «0»."""
    if value == 0.0 or not math.isfinite(value):
        return "0" if value == 0.0 else str(value).replace("-", _MINUS)
    if 1e-2 <= abs(value) < 1e4:
        return f"{value:.3g}".replace("-", _MINUS)
    mantissa, exponent = f"{value:.1e}".split("e")
    return f"{mantissa}e{int(exponent)}".replace("-", _MINUS)


def step_text(step: float) -> str:
    """Return a step or another count, all its digits: «12,000»."""
    return f"{step:,.0f}".replace("-", _MINUS)


def share_text(share: float) -> str:
    """Return a share in percent: «0.4 %», «3.5 %», «42 %», «99.9 %»; «0 %» and «100 %» only where it is exactly so."""
    percent = 100.0 * share
    if 99.0 < percent < 100.0:
        return f"{min(percent, 99.9):.1f} %"
    return f"{percent:.0f} %" if percent >= 10.0 or percent == 0.0 else f"{number_text(percent, 2)} %"
