"""Element by element functions recorded once and replayed on fixed arrays: the same NumPy calls without their overhead.

On small arrays most of a NumPy call is spent on reading its arguments: a Python number beside an array of 256 costs
three times the arithmetic. A recorded call has its arrays bound and its numbers spread out as arrays. The arithmetic
is the same, and so is the result to the last bit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np

from stepviz.engine.catalogue.activation import Values
from stepviz.engine.common.arrays import Array

# One bound call: the function and its positional arguments, the array to fill last.
Call = tuple[Callable[..., object], tuple[Any, ...]]

# Numbers are spread out up to this many elements; beyond, the arithmetic costs more than reading the arguments.
_LARGEST_SPREAD = 4096
_COMPARISONS = (np.greater, np.greater_equal, np.less, np.less_equal, np.equal, np.not_equal)


@dataclass(frozen=True, slots=True)
class _Recorded:
    function: Callable[..., object]
    arguments: tuple[object, ...]


class _Register:
    """Stands for an array while a function is recorded; what it cannot record raises TypeError."""

    def __init__(self, like: Array, calls: list[_Recorded]) -> None:
        self.dtype, self.shape = like.dtype, like.shape
        self._calls = calls

    def fill(self, value: float) -> None:
        self._calls.append(_Recorded(np.copyto, (self, value)))

    def __array_ufunc__(self, ufunc: np.ufunc, method: str, *inputs: object, **options: object) -> object:
        out = options.pop("out", ())
        if method != "__call__" or options or not (isinstance(out, tuple) and len(out) == 1):
            return NotImplemented
        if not all(isinstance(value, _Register | np.ndarray | float | int) for value in (*inputs, *out)):
            return NotImplemented
        self._calls.append(_Recorded(ufunc, (*inputs, out[0])))
        return out[0]

    def __array_function__(
        self, function: Callable[..., object], types: object, args: tuple[object, ...], options: dict[str, object]
    ) -> object:
        if function is not np.copyto or options:
            return NotImplemented
        self._calls.append(_Recorded(function, args))
        return None


def bind(
    function: Callable[[Array, Any, Array, Array], None], values: Values | Array, z: Array, out: Array, scratch: Array
) -> list[Call]:
    """Return the calls that ``function(z, values, out, scratch)`` makes, bound to these arrays.

    A function that cannot be recorded (it looks at numbers, or makes arrays of its own) becomes one call of itself.
    """
    calls: list[_Recorded] = []
    registers = tuple(_Register(z, calls) for _ in range(3))
    try:
        function(registers[0], values, registers[1], registers[2])  # type: ignore[arg-type]  # they stand for arrays
    except (TypeError, AttributeError):
        return [(function, (z, values, out, scratch))]
    arrays = dict(zip(map(id, registers), (z, out, scratch), strict=True))
    spread: dict[float, Array] = {}

    def bound(argument: object) -> object:
        if isinstance(argument, np.ndarray):
            return argument
        if not isinstance(argument, float | int):
            return arrays[id(argument)]
        value = float(argument)
        if value not in spread:
            # Laid out as z is, so that a call runs through all its arrays at once.
            constant = np.empty_like(z) if z.size <= _LARGEST_SPREAD else np.empty((), dtype=z.dtype)
            constant.fill(value)
            spread[value] = constant
        return spread[value]

    with np.errstate(all="ignore"):
        return [call for recorded in calls for call in _bound_calls(recorded, bound)]


def _bound_calls(recorded: _Recorded, bound: Callable[[object], Any]) -> list[Call]:
    function, arguments = recorded.function, tuple(map(bound, recorded.arguments))
    out = arguments[-1]
    if function in (np.maximum, np.minimum):
        # These two take their output by keyword only.
        return [(partial(function, out=out), arguments[:-1])]
    if function in _COMPARISONS:
        # Straight into an array of numbers they would go by way of a buffer, several times as slow.
        truth = np.empty_like(out, dtype=bool)
        return [(function, (*arguments[:-1], truth)), (np.copyto, (out, truth))]
    return [(function, arguments)]


def replay(calls: Iterable[Call]) -> None:
    """Make the bound calls."""
    for function, arguments in calls:
        function(*arguments)
