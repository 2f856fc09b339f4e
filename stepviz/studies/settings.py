"""What a person may choose of a study: typed values with defaults and limits."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from stepviz.engine.catalogue.parameters import one_of
from stepviz.engine.common.errors import InputError
from stepviz.engine.common.typed_number import read_number

Value = int | float | str
Values = dict[str, tuple[Value, ...]]
MOST_VALUES = 100


@dataclass(frozen=True, slots=True)
class Setting:
    """One thing to choose.

    ``kind``: a ``whole`` number or a ``number`` from ``low`` to ``high``, a ``name`` out of ``names``, any ``text``, or
    the path of a file that holds an ``experiment``. ``many``: several values may be given, each of which the study
    goes through. ``examples`` are texts that may be given.
    """

    name: str
    meaning: str
    kind: Literal["whole", "number", "name", "text", "experiment"]
    default: tuple[Value, ...]
    low: float = -math.inf
    high: float = math.inf
    names: tuple[str, ...] = ()
    many: bool = True
    examples: tuple[str, ...] = ()

    @property
    def free(self) -> bool:
        """Return whether a value may be any text, so that a comma does not end it."""
        return self.kind in ("text", "experiment")

    def parse(self, written: str) -> list[Value]:
        """Return the values that a person wrote, not yet checked: commas between them, or semicolons.

        Free text is one value.
        """
        if self.free:
            return [written]
        if self.kind in ("whole", "number") and not self.many:
            return [written.strip()]
        # With semicolons a comma stands before decimals: 0,05; 0,1.
        return [part.strip() for part in written.split(";" if ";" in written else ",")]

    @property
    def allowed(self) -> str:
        """Return in words what may be given."""
        if self.kind in ("whole", "number"):
            return f"from {self.low:,.15g} to {self.high:,.15g}"
        return ", ".join(self.names)

    def write(self, values: Sequence[Value]) -> list[str]:
        """Return texts that ``parse`` makes these values of: one, or of free text one for each."""
        written = [repr(value).removesuffix(".0") if isinstance(value, float) else str(value) for value in values]
        return written if self.free else [",".join(written)]

    def check(self, given: Sequence[Value]) -> tuple[Value, ...]:
        """Return the values in their type. Raises InputError for none, and for one not allowed or given twice."""
        values = tuple(self._one(value) for value in given)
        most = MOST_VALUES if self.many else 1
        # None would be read as the default: where there is one, none cannot be meant.
        if len(values) < min(1, len(self.default)) or len(values) > most:
            expected = "one value" if most == 1 else f"from 1 to {most} values"
            raise InputError(self.name, f"{len(values)} values", expected)
        twice = next((value for value in values if values.count(value) > 1), None)
        if twice is not None:
            raise InputError(self.name, f"{twice!r} twice", "each value once")
        return values

    def _one(self, value: Value) -> Value:
        if self.free:
            return str(value)
        if self.kind == "name":
            if value not in self.names:
                raise InputError(self.name, value, f"one of {self.allowed}")
            return value
        whole = self.kind == "whole"
        try:
            number = _read(value, self.low, self.high, whole=whole) if isinstance(value, str) else float(value)
        except (ValueError, OverflowError):
            number = math.nan
        if not (math.isfinite(number) and self.low <= number <= self.high) or (whole and number != int(number)):
            raise InputError(self.name, value, f"a {'whole ' if whole else ''}number {self.allowed}")
        return int(number) if whole else number


def _read(text: str, low: float, high: float, *, whole: bool) -> float:
    # Of a list that was written 0,05 this is the second half: 0.05 was meant, not 0 and 5.
    if len(text) > 1 and text[0] == "0" and text[1].isdigit():
        raise ValueError(text)
    return read_number(text, low, high, whole=whole)


def whole(name: str, meaning: str, default: tuple[int, ...], low: int, high: int, *, many: bool = True) -> Setting:
    """Return a setting that takes whole numbers."""
    return Setting(name, meaning, "whole", default, low, high, many=many)


def number(
    name: str, meaning: str, default: tuple[float, ...], low: float, high: float, *, many: bool = True
) -> Setting:
    """Return a setting that takes numbers."""
    return Setting(name, meaning, "number", default, low, high, many=many)


def names(name: str, meaning: str, default: tuple[str, ...], allowed: Sequence[str], *, many: bool = True) -> Setting:
    """Return a setting that takes names out of ``allowed``."""
    return Setting(name, meaning, "name", default, names=tuple(allowed), many=many)


def texts(name: str, meaning: str, default: tuple[str, ...], examples: Sequence[str]) -> Setting:
    """Return a setting that takes any texts."""
    return Setting(name, meaning, "text", default, examples=tuple(examples))


def experiment_file(name: str, meaning: str) -> Setting:
    """Return a setting that takes the path of a file with an experiment, or none."""
    return Setting(name, meaning, "experiment", (), many=False)


def resolve(settings: Sequence[Setting], given: Mapping[str, Sequence[Value]]) -> Values:
    """Return the values of all settings, defaults filled in. Raises InputError for what is unknown or not allowed."""
    known = {setting.name for setting in settings}
    for name in given:
        if name not in known:
            raise InputError(name, "an unknown setting", one_of(name, sorted(known)))
    return {setting.name: setting.check(given.get(setting.name, setting.default)) for setting in settings}
