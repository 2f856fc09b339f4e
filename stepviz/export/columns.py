"""A table of named columns, and its form as comma-separated values."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

Column = Sequence[Any] | np.ndarray[Any, Any]


@dataclass(frozen=True, slots=True)
class Table:
    """Columns of equal length by name, in order."""

    columns: Mapping[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values()), ()))


def comma_separated(table: Table) -> str:
    """Return the table with a line of names; numbers in full, so that they can be read back bit for bit."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(table.columns)
    writer.writerows(zip(*(_plain(column) for column in table.columns.values()), strict=True))
    return text.getvalue()


def _plain(column: Column) -> Sequence[Any]:
    # A float32 in its own shortest digits, not in those of the float64 that Python would make of it.
    if isinstance(column, np.ndarray):
        return [str(value) for value in column]
    return column
