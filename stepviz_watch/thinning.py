"""The size policy: a recording never outgrows its limit, and what is left out is never an extreme."""

from __future__ import annotations

import math

import numpy as np

# A row's own figures with these endings hold the least and the largest of the rows that it stands for.
LOW, HIGH = "_low", "_high"


def rows_in_one(written: int, limit: int) -> int:
    """Return how many rows become one: 1 in the first half of the limit, 4 in the next quarter, 16 in the next eighth.

    The halves add up to the limit and the fours do not, so that a file of any number of rows stays below it.
    """
    left = max(1.0 - written / limit, 2.0**-30)
    return int(4 ** math.floor(-math.log2(left)))


def extremes(rows: np.ndarray, value: str) -> np.ndarray:
    """Return of these rows, in their order, the lowest, the highest, the first that is not finite, and the last."""
    values = rows[value]
    finite = np.isfinite(values)
    kept = {len(rows) - 1}
    if not finite.all():
        kept.add(int(np.argmin(finite)))
    if finite.any():
        kept.add(int(np.argmin(np.where(finite, values, np.inf))))
        kept.add(int(np.argmax(np.where(finite, values, -np.inf))))
    return rows[sorted(kept)]


class Gathered:
    """Rows of one kind that become one: the latest, with the least and the largest of all and how many they are."""

    def __init__(self) -> None:
        self.row: np.ndarray | None = None

    def add(self, row: np.ndarray) -> None:
        """Take in a row, shape (1,)."""
        row = row.copy()
        if self.row is not None:
            for name in row.dtype.names or ():
                if name.endswith(LOW):
                    row[name] = np.fmin(row[name], self.row[name])
                elif name.endswith(HIGH):
                    row[name] = np.fmax(row[name], self.row[name])
            row["of"] += self.row["of"]
        self.row = row

    @property
    def count(self) -> int:
        """How many rows it stands for."""
        return 0 if self.row is None else int(self.row["of"][0])

    def take(self) -> np.ndarray:
        """Return the row and begin anew."""
        row, self.row = self.row, None
        if row is None:
            raise ValueError("no row was added")
        return row
