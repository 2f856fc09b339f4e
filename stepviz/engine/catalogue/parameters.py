"""What every table of kinds shares: named numeric parameters with a default, limits and a meaning."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import TypeVar

from stepviz.engine.common.errors import InputError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Parameter:
    """One number that a table entry takes.

    ``low`` and ``high`` are what a file may hold; ``slider`` is the range a control offers, because the useful range
    is narrower than the allowed one, in even steps of the value, of its logarithm, or, where it takes both signs and
    reaches far, of asinh (``signed_logarithmic``). ``whole``: only whole numbers are allowed.
    """

    name: str
    symbol: str
    default: float
    low: float
    high: float
    meaning: str
    slider: tuple[float, float]
    logarithmic: bool = False
    whole: bool = False
    signed_logarithmic: bool = False

    @property
    def switch(self) -> bool:
        """Return whether it is a yes (1) or no (0), with its symbol as what is said of it."""
        return self.whole and (self.low, self.high) == (0.0, 1.0)


def resolve(given: Mapping[str, float], parameters: Sequence[Parameter], field: str) -> tuple[float, ...]:
    """Return the parameters' values in the order of the table, defaults filled in.

    Raises InputError for an unknown name, a value that is not finite, or one outside its limits.
    """
    known = {parameter.name for parameter in parameters}
    for name in given:
        if name not in known:
            allowed = one_of(name, sorted(known)) if known else "no parameters here"
            raise InputError(f"{field}.parameters", name, allowed)
    values = []
    for parameter in parameters:
        value = float(given.get(parameter.name, parameter.default))
        if not (math.isfinite(value) and parameter.low <= value <= parameter.high):
            expected = f"a number from {parameter.low:g} to {parameter.high:g}"
            raise InputError(f"{field}.parameters.{parameter.name}", value, expected)
        if parameter.whole and not value.is_integer():
            raise InputError(f"{field}.parameters.{parameter.name}", value, "a whole number")
        values.append(value)
    return tuple(values)


def look_up(table: Mapping[str, T], name: str, field: str) -> T:
    """Return the table's entry called ``name``; InputError names the field, the allowed names and the nearest."""
    try:
        return table[name]
    except KeyError:
        raise InputError(field, name, one_of(name, table)) from None


def one_of(name: str, known: Iterable[str]) -> str:
    """Return what is expected in place of a ``name`` that nothing knows: the known names, and the nearest of them."""
    names = list(known)
    nearest = get_close_matches(name, names, 1)
    return "one of " + ", ".join(names) + (f" (the nearest is {nearest[0]})" if nearest else "")
