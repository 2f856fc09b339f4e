"""Scaling of columns: from the person's units to the network's, and back."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, Ints

# Beyond this many units a value would leave what float16 can square.
_FARTHEST = 200.0


@dataclass(frozen=True, slots=True, eq=False)
class Scaling:
    """Per column: ``scaled = (raw - mean) / sd``; ``mean`` and ``sd`` have shape (columns,), sd > 0.

    They are mean and standard deviation where a column was standardised; otherwise other numbers in their place.
    """

    mean: Array
    sd: Array

    def apply(self, raw: Array) -> Array:
        """Return raw values (..., columns) in the network's units."""
        return (raw - self.mean) / self.sd

    def undo(self, scaled: Array) -> Array:
        """Return scaled values (..., columns) in the person's units."""
        return scaled * self.sd + self.mean


def divide_by(divisor: float, columns: int) -> Scaling:
    """Return the scaling that only divides; 1 leaves every value as it is."""
    return Scaling(np.zeros(columns), np.full(columns, divisor))


def standardize(values: Array, train: Ints) -> Scaling:
    """Return the scaling to mean 0 and standard deviation 1 over the rows ``train`` of values (N, columns).

    A column that is constant over ``train`` has no deviation: its largest distance from the mean over all rows is used,
    or 1 where there is none. Where a few rows lie so far out that they would scale to more than 200, that column
    is divided by more than its deviation.
    """
    # One column at a time: a copy of a large table would double what the program holds.
    moments = [_moments(column, train) for column in values.T]
    return Scaling(np.array([mean for mean, _ in moments]), np.array([sd for _, sd in moments]))


def to_unit_range(values: Array, train: Ints) -> Scaling:
    """Return the scaling that takes each column of values (N, columns) to -1 … 1 over the rows ``train``.

    ``mean`` is the middle of the range and ``sd`` half its width. For columns that are constant over ``train`` and for
    rows far out, see ``standardize``.
    """
    halves = [_half_range(column, train) for column in values.T]
    return Scaling(np.array([middle for middle, _ in halves]), np.array([half for _, half in halves]))


def unscaled(values: Array, train: Ints) -> Scaling:
    """Return the scaling that leaves values (N, columns) as they are."""
    del train
    return divide_by(1.0, values.shape[1])


def _half_range(column: Array, train: Ints) -> tuple[float, float]:
    low, high = float(column[train].min()), float(column[train].max())
    middle = low if low == high else low + (high - low) / 2.0
    farthest = float(np.abs(column - middle).max())
    half = max((high - low) / 2.0, farthest / _FARTHEST) if high > low else farthest
    # Half of the smallest number that there is would be 0.
    return middle, half if half > 0.0 else 1.0


def _moments(column: Array, train: Ints) -> tuple[float, float]:
    part = column[train]
    # Equal values may sum to a mean that differs from them in the last bit.
    mean = float(part[0]) if part.min() == part.max() else float(part.mean())
    farthest = float(np.abs(column - mean).max())
    if farthest == 0.0:
        return mean, 1.0
    # Relative to the farthest: squares of 1e-200 would vanish.
    deviation = farthest * float(np.sqrt(np.mean(((part - mean) / farthest) ** 2)))
    return mean, max(deviation, farthest / _FARTHEST) if deviation > 0.0 else farthest


@dataclass(frozen=True, slots=True)
class ScalingKind:
    """An entry of the table: ``words`` say what becomes of a column; ``parts`` what is subtracted and divided by."""

    key: str
    label: str
    words: str
    parts: tuple[str, str]
    fit: Callable[[Array, Ints], Scaling]


SCALINGS: dict[str, ScalingKind] = {
    kind.key: kind
    for kind in (
        ScalingKind("standard", "Mean 0, deviation 1", "(value − mean) / standard deviation",
                    ("mean", "deviation"), standardize),
        ScalingKind("range", "From −1 to 1", "(value − middle of the range) / half the range",
                    ("middle", "half range"), to_unit_range),
        ScalingKind("none", "None", "as it stands in the table", ("minus", "divided by"), unscaled),
    )
}  # fmt: skip
