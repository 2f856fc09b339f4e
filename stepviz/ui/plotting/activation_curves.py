"""The curves of activations and of what stands in for their derivatives, as points to draw."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.activation import Function
from stepviz.engine.common.arrays import Array

POINTS = 241
ROUNDS = 9
MOST_POINTS = 900


@dataclass(frozen=True, slots=True)
class Curve:
    """A curve: ``z`` and ``y`` (points,), NaN in both where it is broken; ``dots`` its values at the jumps."""

    z: Array
    y: Array
    dots: tuple[tuple[float, float], ...] = ()


def evaluate(function: Function, values: Sequence[float], z: Array) -> Array:
    """Return the function's values at ``z`` (points,), in the precision of ``z``."""
    out, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        function(z, tuple(values), out, scratch)
    return out


def sample(
    function: Function,
    values: Sequence[float],
    low: float,
    high: float,
    jumps: Sequence[float] = (),
    also: Array | None = None,
) -> Curve:
    """Return the curve of ``function`` between ``low`` and ``high``, with points where it bends.

    ``jumps`` are the places where it may jump: there it is broken. ``also`` (points,) are further places to look at:
    a peak narrower than the grid is missed without them.
    """
    inside = [jump for jump in jumps if low < jump < high]
    sides = [side for jump in inside for side in (np.nextafter(jump, -np.inf), np.nextafter(jump, np.inf))]
    places = [np.linspace(low, high, POINTS), np.array(sides)]
    if also is not None:
        places.append(also[np.isfinite(also)])
    # np.union1d would do as well, but loads all of numpy.ma at its first call.
    z = np.sort(np.concatenate(places))
    z = z[np.diff(z, prepend=-np.inf) > 0]
    z = z[~np.isin(z, inside)]
    for _ in range(ROUNDS):
        y = evaluate(function, values, z)
        steep = np.abs(np.diff(y)) > np.ptp(y) / 60
        steep &= ~np.isin(z[:-1], sides) | ~np.isin(z[1:], sides)
        if not steep.any() or len(z) > MOST_POINTS:
            break
        z = np.insert(z, np.flatnonzero(steep) + 1, (z[:-1] + z[1:])[steep] / 2)
    y = evaluate(function, values, z)
    dots = []
    for jump in inside:
        after = int(np.searchsorted(z, jump))
        if abs(y[after] - y[after - 1]) > 1e-9:
            dots.append((float(jump), float(evaluate(function, values, np.array([jump]))[0])))
            z, y = np.insert(z, after, np.nan), np.insert(y, after, np.nan)
    return Curve(z, y, tuple(dots))


def split_zeros(curve: Curve) -> tuple[Curve, Curve]:
    """Return the parts of a curve that are exactly 0, and the others; they meet where the curve leaves 0."""
    zero = curve.y == 0
    alone = zero & np.append(zero[1:], True) & np.append(True, zero[:-1])
    return _where(curve, zero), _where(curve, ~alone)


def _where(curve: Curve, kept: np.ndarray) -> Curve:
    return Curve(np.where(kept, curve.z, np.nan), np.where(kept, curve.y, np.nan))


def is_zero(function: Function, values: Sequence[float], edges: Array, precision: str) -> np.ndarray:
    """Return per bin (bins,) whether the function is exactly 0 all over it, in the precision of the run.

    Looked for at the middle and at two places near the edges of each bin of ``edges`` (bins + 1,).
    """
    width = np.diff(edges)
    places = edges[:-1, None] + width[:, None] * np.array([0.02, 0.5, 0.98])
    found: np.ndarray = np.all(evaluate(function, values, places.ravel().astype(precision)).reshape(-1, 3) == 0, axis=1)
    return found
