"""Values over the steps in bounded memory: what is left out is never an extreme."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array

CAPACITY = 1 << 21


class Series:
    """Pairs (step, value), oldest first. When ``capacity`` is reached, of each four neighbours two extremes stay."""

    def __init__(self, capacity: int = CAPACITY) -> None:
        self._capacity = capacity
        self._table = np.empty((2, 1024))
        self._count = 0

    def __len__(self) -> int:
        return self._count

    def add(self, steps: Array, values: Array) -> None:
        """Add values (n,) at steps (n,)."""
        count = len(steps)
        while self._count + count > self._table.shape[1]:
            if self._table.shape[1] >= self._capacity and self._count > 1:
                kept = extremes(self.steps, self.values, self._count // 4)
                self._count = len(kept[0])
                self._table[:, : self._count] = kept
                if self._count + count <= self._table.shape[1]:
                    break
            larger = np.empty((2, max(2 * self._table.shape[1], self._count + count)))
            larger[:, : self._count] = self._table[:, : self._count]
            self._table = larger
        self._table[0, self._count : self._count + count] = steps
        self._table[1, self._count : self._count + count] = values
        self._count += count

    @property
    def steps(self) -> Array:
        """Return the steps (n,); a view."""
        return self._table[0, : self._count]

    @property
    def values(self) -> Array:
        """Return the values (n,); a view."""
        return self._table[1, : self._count]

    def until(self, step: float) -> int:
        """Return how many of the values are of ``step`` or before."""
        return int(np.searchsorted(self.steps, step, side="right"))

    def newest(self, step: float | None = None) -> float:
        """Return the newest value, of ``step`` or before; NaN where there is none."""
        count = self._count if step is None else self.until(step)
        return float(self.values[count - 1]) if count else float("nan")


def extremes(steps: Array, values: Array, groups: int) -> tuple[Array, Array]:
    """Return of so many groups of neighbours the lowest and the highest value, or one that is no number, in order."""
    groups = max(1, groups)
    if len(steps) <= 2 * groups:
        return steps.copy(), values.copy()
    width = -(-len(steps) // groups)
    filled = len(steps) // width * width
    starts = np.arange(0, filled, width)
    body = values[:filled].reshape(-1, width)
    # Where a number is none, it is what a person has to see.
    high = starts + np.argmax(np.where(np.isfinite(body), body, np.inf), axis=1)
    low = starts + np.argmin(np.where(np.isnan(body), np.inf, body), axis=1)
    rest = np.arange(filled, len(steps))
    chosen = np.unique(np.concatenate([high, low, rest, [len(steps) - 1]]))
    return steps[chosen], values[chosen]
