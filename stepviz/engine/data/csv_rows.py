"""Which rows of a table are examples, and which are left out, why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Bools
from stepviz.engine.data.csv_column import LARGEST_NUMBER
from stepviz.engine.data.csv_columns import CsvColumns


@dataclass(frozen=True, slots=True)
class LeftOut:
    """``rows`` that were left out for one reason; ``line`` is the line of the first."""

    rows: int
    reason: str
    column: str
    line: int

    def __str__(self) -> str:
        return f"{self.rows:,} row{'s' * (self.rows != 1)} left out: {self.reason}, first in line {self.line}"


def complete_rows(columns: CsvColumns, used: Sequence[int]) -> tuple[Bools, tuple[LeftOut, ...]]:
    """Return which rows (rows,) have a value in each of these columns, and why the others are left out.

    A row is left out for a gap, for an infinite number or one beyond 1e100, for the first of the columns where it is
    so. Each row counts once.
    """
    kept = np.ones(columns.rows, dtype=bool)
    left_out: list[LeftOut] = []
    short = np.zeros(columns.rows, dtype=bool)
    short[sorted(columns.short)] = True

    def leave(wrong: Bools, reason: str, name: str) -> None:
        wrong = wrong & kept
        rows = int(wrong.sum())
        if rows:
            left_out.append(LeftOut(rows, reason, name, columns.lines[int(wrong.argmax())]))
            kept[wrong] = False

    for place in used:
        column = columns.columns[place]
        missing = column.missing()
        if column.codes is not None and column.is_numeric:
            for code, text in enumerate(column.texts):
                stray = missing & (column.codes == code)
                leave(stray, f"the text {text[:30]!r} in {column.name!r}", column.name)
        if columns.short:
            leave(missing & short, f"too few cells, none for {column.name!r}", column.name)
        leave(missing, f"a gap in {column.name!r}", column.name)
        with np.errstate(invalid="ignore"):
            leave(np.abs(column.numbers) > LARGEST_NUMBER, f"no finite number in {column.name!r}", column.name)
    return kept, tuple(left_out)
