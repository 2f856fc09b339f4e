"""Numbers such as -999 that may stand for a gap: nobody but the person can know."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.data.csv_columns import CsvColumns

_MARKS = (-99999.0, -9999.0, -999.0, -200.0, -99.0, 999.0, 9999.0, 99999.0)
_MOST_NAMED = 3


def likely_marks(columns: CsvColumns, used: Sequence[str]) -> list[str]:
    """Return sentences about numbers that look like marks of a gap in the columns that are used.

    They are usual marks, stand in two rows or more, and lie farther from all other values than these from each other.
    """
    found: list[str] = []
    for name in used:
        column = columns.columns[columns.position(name, "data.inputs")]
        if not column.is_numeric or len(found) == _MOST_NAMED:
            continue
        values = column.numbers[np.isfinite(column.numbers)]
        for mark in _MARKS:
            times = int((values == mark).sum())
            others = values[values != mark]
            if times > 1 and others.size and np.abs(others - mark).min() > max(np.ptp(others), 1.0) / 2:
                setting = f"data.gaps='[\"{mark:g}\"]'"
                found.append(f"{name!r} holds {mark:g} in {times:,} rows: if it marks a gap, say {setting}")
                break
    return found
