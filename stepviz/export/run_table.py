"""A whole run as one table: a row for each step that was recorded, weights where there is a moment to go back to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from stepviz.engine.common.errors import InputError
from stepviz.export.columns import Table, comma_separated
from stepviz.runtime.run_record import RunRecord, encode_record

# A spreadsheet has an end, and a text of numbers is several times as large as they are.
MOST_NUMBERS = 4_000_000


def encode_run(path: Path, record: RunRecord) -> bytes:
    """Return the content of a file whose kind the suffix says: ``.csv`` is a table, all others the NumPy archive.

    Raises InputError for more numbers than a table is good for.
    """
    if path.suffix.lower() == ".csv":
        return comma_separated(run_table(record)).encode()
    return encode_record(record)


def run_table(record: RunRecord) -> Table:
    """Return the history, the weights, and the settings in the row from which on they were in force.

    A cell is empty where nothing was recorded. Weights are named as in the archive, with their place counted from 1:
    ``layer1.weights[2,3]`` leads from input 2 to unit 3. Raises InputError for more numbers than a table is good for.
    """
    columns, kept = record.history.columns, record.steps
    known = columns["step"].astype(np.int64)
    # Where the run was changed, two rows share a step: before and after.
    steps = np.sort(np.concatenate([known, np.setdiff1d(kept, known)]))
    weights = record.weights()
    numbers = len(kept) * sum(values[0].size for values in weights.values())
    if numbers > MOST_NUMBERS:
        raise InputError("the table", f"{numbers:,} weights", f"at most {MOST_NUMBERS:,}; an NPZ has room for all")
    recorded = np.searchsorted(steps, known) + np.arange(len(known)) - np.searchsorted(known, known)
    moments = np.searchsorted(steps, kept, side="right") - 1
    table: dict[str, list[Any]] = {"step": steps.tolist()}
    for name, values in columns.items():
        if name != "step":
            table[name] = _spread(values, recorded, len(steps))
    for name, values in weights.items():
        for place in np.ndindex(values.shape[1:]):
            where = ",".join(str(index + 1) for index in place)
            table[f"{name}[{where}]"] = _spread(values[(slice(None), *place)], moments, len(steps))
    table["experiment"] = [""] * len(steps)
    texts, places = record.settings()
    for row, before, now in zip(moments, [-1, *places], places, strict=False):
        if before != now:
            table["experiment"][row] = texts[now]
    return Table(table)


def _spread(values: np.ndarray[Any, Any], rows: np.ndarray[Any, Any], count: int) -> list[str]:
    cells = [""] * count
    for row, value in zip(rows, values, strict=True):
        # Its own shortest digits; no number is an empty cell, as every reader of tables has it.
        cells[row] = "" if np.isnan(value) else str(value)
    return cells
