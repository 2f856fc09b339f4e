"""The number that a person means by a text, whatever the locale: 0.05, 0,05, 1e-3, .5, +2, −1, 1 000."""

from __future__ import annotations

import math
import re
import unicodedata

# Longer texts are no numbers that a person typed.
LONGEST = 60
QUOTED = 24
# Other signs for the same: minus, the Arabic decimal and group separators, apostrophes between thousands.
_ALIKE = str.maketrans({"−": "-", "–": "-", "٫": ".", "٬": " ", "'": " ", "’": " "})
_NUMBER = re.compile(r"([+-]?)([0-9][0-9., ]*|[.,][0-9]+)(?:[eE]([+-]?[0-9]{1,4}))?")
_DECIMAL = re.compile(r"[0-9]+[.,]?[0-9]*|[.,][0-9]+")
# No thousands begin with 0: 0,125 is an eighth.
_THOUSANDS = re.compile(
    r"(?P<groups>[1-9][0-9]{0,2}(?P<mark>[ ,.])[0-9]{3}(?:(?P=mark)[0-9]{3})*)(?P<rest>(?!(?P=mark))[.,][0-9]*)?"
)


def read_number(text: str, low: float, high: float, *, whole: bool = False) -> float:
    """Return the number from ``low`` to ``high`` that ``text`` means.

    A point or a comma stands before decimals, spaces stand between thousands; a comma or a point between thousands
    is read where it can mean nothing else. Raises ValueError with a sentence that says what is wrong.
    """
    found = quoted(text) if text.strip() else "An empty field"
    expected = expected_words(low, high, whole=whole)
    readings = _readings(text, whole=whole)
    if not readings:
        raise ValueError(f"{found} is not a number. Type {expected}")
    allowed = [value for value in readings if low <= value <= high and (not whole or value == int(value))]
    if not allowed:
        if whole and all(math.isfinite(value) and value != int(value) for value in readings):
            raise ValueError(f"{found} is not a whole number. Type {expected}")
        raise ValueError(f"{found} is out of range. Type {expected}")
    if len(allowed) > 1:
        raise ValueError(f"{found} can mean {' or '.join(shown_number(value) for value in allowed)}. Type one of these")
    return allowed[0]


def expected_words(low: float, high: float, *, whole: bool) -> str:
    """Return in words which numbers are taken: «a number from 0 to 10»."""
    return f"a {'whole ' if whole else ''}number {range_words(low, high)}"


def range_words(low: float, high: float) -> str:
    """Return a range in words: «from 0 to 10»."""
    return f"from {_bound(low)} to {_bound(high)}"


def _bound(value: float) -> str:
    return f"{int(value):,}" if value == int(value) and abs(value) < 1e9 else f"{value:g}".replace("e+0", "e")


def quoted(text: str) -> str:
    """Return a text in quotation marks, cut where it is long."""
    text = text.strip()
    return f"«{text if len(text) <= QUOTED else text[:QUOTED] + '…'}»"


def shown_number(value: float) -> str:
    """Return a number as a person would type it: all its digits, but six of those that only arithmetic made."""
    if value == 0.0:
        return "0"
    if value == int(value) and abs(value) < 1e15:
        return str(int(value))
    exact = repr(float(value))
    text = exact if len(exact) <= 11 else f"{value:.6g}"
    mantissa, exponent, power = text.partition("e")
    return f"{mantissa}e{int(power)}" if exponent else text


def _readings(text: str, *, whole: bool) -> tuple[float, ...]:
    """Return what a text may mean; nothing for what is no number."""
    if len(text) > LONGEST:
        return ()
    letters = (" " if letter.isspace() else str(unicodedata.decimal(letter, letter)) for letter in text.strip())
    match = _NUMBER.fullmatch("".join(letters).translate(_ALIKE))
    if match is None:
        return ()
    sign, digits, power = match.groups()
    decimal, thousands = _DECIMAL.fullmatch(digits), _THOUSANDS.fullmatch(digits)
    texts = [digits.replace(",", ".")] if decimal else []
    if thousands is not None:
        grouped = re.sub("[ ,.]", "", thousands["groups"]) + (thousands["rest"] or "").replace(",", ".")
        if decimal is None or (whole and thousands["mark"] == ","):
            # Of whole numbers the program itself writes 1,000 for a thousand.
            texts = [grouped]
        elif whole or thousands["mark"] == ",":
            # One mark, and three digits behind it. A point is the program's own decimal point.
            texts.append(grouped)
    return tuple(float(f"{sign}{each}e{power or 0}") for each in texts)
