"""What was read from a table, and what is learned from it, as plain values: for the command line and the window."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stepviz.engine.data.csv_choice import completed
from stepviz.engine.data.csv_columns import CsvColumns
from stepviz.engine.data.csv_dataset import spelled_out, why_not_used
from stepviz.engine.data.csv_rows import LeftOut, complete_rows
from stepviz.engine.data.csv_table import input_columns
from stepviz.engine.data.dataset import Dataset

if TYPE_CHECKING:
    from stepviz.engine.settings.experiment import DataSettings


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """``range`` are the least and the largest number, None of text; ``used``: "target", "input", or None, and then
    ``why_not`` says why.
    """  # noqa: D205  # one sentence about two fields

    name: str
    kind: str
    range: tuple[float, float] | None
    gaps: int
    different: int
    unit: str
    used: str | None
    why_not: str


@dataclass(frozen=True, slots=True)
class TableReport:
    """``rows`` are those of the file that hold anything: ``examples``, and those that are ``left_out``."""

    file: str
    separator: str
    header: bool
    rows: int
    examples: int
    left_out: tuple[LeftOut, ...]
    columns: tuple[ColumnReport, ...]
    inputs: tuple[str, ...]
    target: str
    task: str
    classes: tuple[str, ...]
    class_examples: tuple[int, ...]
    notes: tuple[str, ...]


def report_on(columns: CsvColumns, settings: DataSettings, dataset: Dataset) -> TableReport:
    """Return what was read, and what settings make of it; ``dataset`` is what they give."""
    chosen = spelled_out(columns, completed(columns, settings))
    target = columns.position(chosen.target, "data.target")
    inputs = input_columns(columns, target, chosen.inputs)
    _, left_out = complete_rows(columns, [*inputs, target])
    unused = why_not_used(columns, chosen)
    reports = tuple(
        ColumnReport(
            column.name, column.kind, column.range(), column.gaps, column.different(), column.unit,
            "target" if place == target else None if place in unused else "input", unused.get(place, ""),
        )
        for place, column in enumerate(columns.columns)
    )  # fmt: skip
    classes = dataset.class_names
    counts = np.bincount(np.asarray(dataset.targets, dtype=np.int64), minlength=len(classes)) if classes else ()
    return TableReport(
        columns.source, columns.delimiter, columns.has_header, columns.rows, len(dataset.inputs), left_out,
        reports, chosen.inputs, chosen.target, dataset.task, classes, tuple(map(int, counts)), dataset.notes,
    )  # fmt: skip
