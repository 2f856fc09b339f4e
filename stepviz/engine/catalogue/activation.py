"""What an activation is: value, derivative, kinks, and where it saturates."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise

import numpy as np

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.common.arrays import Array

# A parameter's value: a float, or an array (runs, 1, units) where it is trained per unit or differs between runs.
Values = Sequence[float | Array]
Floats = tuple[float, ...]
Function = Callable[[Array, Values, Array, Array], None]
Intervals = tuple[tuple[float, float], ...]

EVERYWHERE: Intervals = ((-math.inf, math.inf),)
# A unit counts as saturated where its derivative is below this share of the largest that it has.
SATURATED = 0.01


@dataclass(frozen=True, slots=True)
class Activation:
    """An entry of the table.

    ``value(z, p, out, scratch)`` writes f(z), ``derivative`` f'(z); ``out`` may be any view, ``scratch`` has z's shape.
    ``kinks(p)``: the z at which f or f' jumps. ``saturation(p)``: intervals of z in which |f'| is below 1 % of the
    largest |f'|, which is ``largest_derivative(p)``. ``takes_rules``: the derivative is useless, a backward rule may
    stand in. ``trainable`` names the parameters p_i with a df/dp_i, which ``parameter_derivative(z, p, i, out,
    scratch)`` writes; ``trained`` those that are trained unless the settings say otherwise. ``steepens``: as its
    ``slope`` grows it becomes a step, and a slope schedule can drive it. ``fast``: ``value`` for numbers by the
    million, where that can be had for less.
    """

    key: str
    label: str
    formula: str
    derivative_formula: str
    parameters: tuple[Parameter, ...]
    value: Function
    derivative: Function
    kinks: Callable[[Floats], Floats]
    saturation: Callable[[Floats], Intervals]
    largest_derivative: Callable[[Floats], float]
    takes_rules: bool = False
    trainable: tuple[str, ...] = ()
    trained: tuple[str, ...] = ()
    parameter_derivative: Callable[[Array, Values, int, Array, Array], None] | None = None
    steepens: bool = False
    fast: Function | None = None


def scanned_peak(derivative: Function) -> Callable[[Floats], float]:
    """Return the function that finds the largest |f'| on a fine grid, for activations without a closed form."""

    @lru_cache(maxsize=64)
    def peak(p: Floats) -> float:
        return float(_scan(derivative, p)[1].max())

    return peak


def scanned_saturation(derivative: Function) -> Callable[[Floats], Intervals]:
    """Return the function that finds the saturation intervals on a fine grid; its ends count as going on."""

    @lru_cache(maxsize=64)
    def intervals(p: Floats) -> Intervals:
        z, slope = _scan(derivative, p)
        below = slope < SATURATED * slope.max()
        edges = np.flatnonzero(np.diff(below)) + 1
        bounds = [0, *edges.tolist(), len(z)]
        found = [(z[first], z[last - 1]) for first, last in pairwise(bounds) if below[first]]
        return tuple(
            (-math.inf if low == z[0] else float(low), math.inf if high == z[-1] else float(high))
            for low, high in found
        )

    return intervals


def _scan(derivative: Function, p: Floats) -> tuple[Array, Array]:
    z = np.linspace(-40.0, 40.0, 160_001)
    slope, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        derivative(z, p, slope, scratch)
    return z, np.abs(slope)
