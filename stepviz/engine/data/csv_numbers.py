"""Numbers as people write them: points and commas, thousands, currency, percent, every kind of minus."""

from __future__ import annotations

import re
from typing import Literal, NamedTuple

# What a cell says about the decimal sign of its column: "." or "," for certain, either, or nothing.
Mark = Literal["", ".", ",", "1.201", "1,201"]

_CURRENCY = (
    r"(?:(?:US|A|C|NZ|HK|R)?\$|€|£|¥|₹|₽|₩|₺|₪|Rs\.?|zł|Kč|kr\.?|(?:EUR|USD|GBP|CHF|JPY|SEK|NOK|DKK|PLN|INR|CNY|BRL)\b)"
)
_WRITTEN = re.compile(
    rf"(?P<open>\()?\s*(?P<sign>[+-]?)\s*(?P<before>{_CURRENCY})?\s*(?P<sign2>[+-]?)"
    r"(?P<body>\d{1,3}(?:[\s'’]\d{3})+(?:[.,]\d*)?|\d[\d.,]*|[.,]\d+)(?P<exponent>[eE][+-]?\d+)?"
    rf"\s*(?P<after>{_CURRENCY}|%)?\s*(?P<close>\))?"
)
_GROUPS = re.compile(r"[\s'’]")
# Signs that word processors and typographers put in the place of a minus.
_MINUS = str.maketrans({"−": "-", "–": "-", "‒": "-", "﹣": "-", "－": "-", "‐": "-", "‑": "-"})
_INFINITE = {"inf", "infinity", "∞"}


class Written(NamedTuple):
    """A number in a cell: its value where "." is the decimal sign, and where "," is; None where it cannot be one.

    ``unit`` is a currency or "%".
    """

    mark: Mark
    point: float | None
    comma: float | None
    unit: str = ""


def written(cell: str) -> Written | None:
    """Return the number that a cell holds; None where it holds none.

    A percentage is the number before its sign: 12.5 % is 12.5, with the unit "%".
    """
    text = cell.strip()
    if not text.isascii():
        text = text.translate(_MINUS)
    # float() reads "1_000" as 1000: in a table it is a typing error.
    found = _WRITTEN.fullmatch(text)
    if found is None:
        bare = text.lstrip("+-").casefold()
        if bare not in _INFINITE:
            return None
        value = float("-inf") if text.startswith("-") else float("inf")
        return Written("", value, value)
    if bool(found["open"]) != bool(found["close"]) or (found["sign"] and found["sign2"]):
        return None
    if found["before"] and found["after"]:
        return None
    read = _read(found["body"], found["exponent"] or "")
    if read is None:
        return None
    minus = found["open"] is not None or "-" in (found["sign"], found["sign2"])
    mark, point, comma = read
    unit = (found["before"] or found["after"] or "").rstrip(".")
    if unit and unit != "%" and mark in ("1.201", "1,201"):
        # No price has three digits after its decimal sign.
        mark, point, comma = (",", None, comma) if mark == "1.201" else (".", point, None)
    return Written(mark, _signed(point, minus), _signed(comma, minus), unit)


def _signed(value: float | None, minus: bool) -> float | None:
    return -value if minus and value is not None else value


def _read(body: str, exponent: str) -> tuple[Mark, float | None, float | None] | None:
    grouped = _GROUPS.search(body) is not None
    body = _GROUPS.sub("", body)
    points, commas = body.count("."), body.count(",")
    if not points and not commas:
        value = float(body + exponent)
        return "", value, value
    if points and commas:
        thousands, decimal = (".", ",") if body.rindex(",") > body.rindex(".") else (",", ".")
        whole, _, _ = body.rpartition(decimal)
        if body.count(decimal) > 1 or not _in_groups(whole, thousands):
            return None
        return _certain(decimal, float(body.replace(thousands, "").replace(decimal, ".") + exponent))
    sign, other = (".", ",") if points else (",", ".")
    if points + commas > 1:
        return _certain(other, float(body.replace(sign, "") + exponent)) if _in_groups(body, sign) else None
    value = float(body.replace(sign, ".") + exponent)
    before, _, after = body.partition(sign)
    if grouped or exponent or len(after) != 3 or not 1 <= len(before) <= 3 or before.startswith("0"):
        return _certain(sign, value)
    thousand = float(body.replace(sign, ""))
    return ("1.201", value, thousand) if sign == "." else ("1,201", thousand, value)


def _certain(decimal: str, value: float) -> tuple[Mark, float | None, float | None]:
    return (".", value, None) if decimal == "." else (",", None, value)


def _in_groups(whole: str, thousands: str) -> bool:
    """Return whether the digits stand in groups of three, or as in India: of two, and three at the end."""
    first, *groups = whole.split(thousands)
    if not 1 <= len(first) <= 3 or not groups or len(groups[-1]) != 3:
        return False
    sizes = {len(group) for group in groups[:-1]}
    return sizes <= {3} or (sizes == {2} and len(first) <= 2)
