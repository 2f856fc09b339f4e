"""The person's own CSV as a table of examples: every cell checked, every complaint with its line and column."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import CsvColumns, read_columns
from stepviz.engine.data.csv_reader import read_bytes
from stepviz.engine.data.csv_rows import LeftOut, complete_rows
from stepviz.engine.data.csv_targets import targets_of
from stepviz.engine.data.dataset import Table
from stepviz.engine.settings.limits import ChosenTask


def read_csv(path: str, target: str = "", content: bytes | None = None) -> Table:
    """Return the examples in a CSV file: one per row, one column the target (the one named, or else the last).

    ``content`` is what the file holds, where it has been read already. All columns but the target are inputs, and hold
    numbers. Raises InputError with file, line and column for what cannot be used; at most 64 MB, and what
    ``read_columns`` says.
    """
    data = read_bytes(path) if content is None else content
    return chosen_table(read_columns(data, path, (target,)), target)[0]


def chosen_table(
    columns: CsvColumns,
    target: str = "",
    inputs: Sequence[str] = (),
    task: ChosenTask = "auto",
    class_names: Sequence[str] = (),
) -> tuple[Table, tuple[LeftOut, ...]]:
    """Return the examples that a choice of columns makes of a table, and the rows that are left out.

    ``target`` is a name (none: the last column), ``inputs`` are names in the order wanted (none: all but the target);
    they hold numbers, columns that are not chosen may hold anything. A gap in a column that is chosen leaves out its
    row. ``task`` ``auto``: a target of text (at most 100 different ones), or of whole numbers with at most 20 different
    values, makes a classification, its classes sorted; else it is a regression. ``class_names`` are other names for the
    classes, in that order.

    Raises InputError for columns that are not there, and with line and column for cells that cannot be used.
    """
    at = columns.position(target, "data.target") if target else len(columns.columns) - 1
    chosen = input_columns(columns, at, inputs)
    complaints = [
        (complaint.line or 0, complaint)
        for complaint in (why_no_input(columns, place) for place in chosen)
        if complaint
    ]
    if complaints:
        raise min(complaints, key=lambda pair: pair[0])[1]
    kept, left_out = complete_rows(columns, [*chosen, at])
    if kept.sum() < 2:
        reasons = "; ".join(map(str, left_out[:3]))
        expected = f"at least 2: choose others in data.inputs ({reasons})"
        raise InputError("the rows", f"{int(kept.sum())} without a gap", expected, source=columns.source)
    targets, found = targets_of(columns, at, task, kept)
    names = _renamed(found, class_names, columns.source)
    numbers = np.empty((int(kept.sum()), len(chosen)))
    for place, column in enumerate(chosen):
        numbers[:, place] = columns.columns[column].numbers[kept]
    table = Table(numbers, targets, names, tuple(columns.names[column] for column in chosen), (columns.names[at],))
    return table, left_out


def why_no_input(columns: CsvColumns, place: int) -> InputError | None:
    """Return a complaint about a column that cannot be an input, with the line of the first cell that is no number."""
    column = columns.columns[place]
    if column.is_numeric:
        return None
    where = f"column {column.name!r}"
    if column.kind == "unclear numbers" or column.codes is None:
        return InputError(where, column.why_not, "numbers", source=columns.source)
    row = int((column.codes >= 0).argmax())
    found = f"the text {column.texts[column.codes[row]]!r}"
    expected = "a number; data.inputs names the columns to use"
    return InputError(where, found, expected, source=columns.source, line=columns.lines[row])


def input_columns(columns: CsvColumns, target: int, inputs: Sequence[str]) -> list[int]:
    """Return the places of the input columns: of those named, or of all but the target's."""
    if not inputs:
        return [column for column in range(len(columns.columns)) if column != target]
    chosen = [columns.position(name, "data.inputs") for name in inputs]
    if target in chosen:
        found = f"the target {columns.names[target]!r}"
        raise InputError("data.inputs", found, "other columns than the target", source=columns.source)
    if len(set(chosen)) < len(chosen):
        raise InputError("data.inputs", ", ".join(inputs), "each column once", source=columns.source)
    return chosen


def _renamed(found: tuple[str, ...], wanted: Sequence[str], source: str) -> tuple[str, ...]:
    if not wanted:
        return found
    if len(wanted) != len(found):
        some = ", ".join(repr(name) for name in found[:5]) + (", …" if len(found) > 5 else "")
        expected = f"{len(found)}: one for each of {some}" if found else "none, because the target is a number"
        raise InputError("data.class_names", f"{len(wanted)} names", expected, source=source)
    return tuple(wanted)
