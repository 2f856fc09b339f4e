"""The person's own CSV as a table of examples: every cell checked, every complaint with its line and column."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import FINITE, LARGEST_NUMBER, CsvColumns, clean, number, quoted, read_columns
from stepviz.engine.data.csv_reader import read_bytes
from stepviz.engine.data.dataset import Table
from stepviz.engine.settings.limits import MOST_CLASSES, ChosenTask

MOST_INTEGER_CLASSES = 20

# What the target is to be: as its cells suggest, or as the person says.


def read_csv(path: str, target: str = "", content: bytes | None = None) -> Table:
    """Return the examples in a CSV file: one per row, one column the target (the one named, or else the last).

    ``content`` is what the file holds, where it has been read already. All columns but the target are inputs, and hold
    numbers. Raises InputError with file, line and column for what cannot be used; at most 64 MB, and what
    ``read_columns`` says.
    """
    data = read_bytes(path) if content is None else content
    return chosen_table(read_columns(data, path, (target,)), target)


def chosen_table(
    columns: CsvColumns,
    target: str = "",
    inputs: Sequence[str] = (),
    task: ChosenTask = "auto",
    class_names: Sequence[str] = (),
) -> Table:
    """Return the examples that a choice of columns makes of a table.

    ``target`` is a name (none: the last column), ``inputs`` are names in the order wanted (none: all but the target);
    they hold numbers, columns that are not chosen may hold anything. ``task`` ``auto``: a target of text (at most 100
    different ones), or of whole numbers with at most 20 different values, makes a classification, its classes sorted;
    else it is a regression. ``class_names`` are other names for the classes, in that order.

    Raises InputError for columns that are not there, and with line and column for cells that cannot be used.
    """
    at = columns.position(target, "data.target") if target else len(columns.names) - 1
    chosen = input_columns(columns, at, inputs)
    complaint = columns.why_not_numbers(chosen)
    if complaint is not None:
        raise complaint
    targets, found = targets_of(columns, at, task)
    names = _renamed(found, class_names, columns.source)
    return Table(
        np.ascontiguousarray(columns.numbers[:, chosen]), targets, names,
        tuple(columns.names[column] for column in chosen), (columns.names[at],),
    )  # fmt: skip


def input_columns(columns: CsvColumns, target: int, inputs: Sequence[str]) -> list[int]:
    """Return the places of the input columns: of those named, or of all but the target's."""
    if not inputs:
        return [column for column in range(len(columns.names)) if column != target]
    chosen = [columns.position(name, "data.inputs") for name in inputs]
    if target in chosen:
        found = f"the target {columns.names[target]!r}"
        raise InputError("data.inputs", found, "other columns than the target", source=columns.source)
    if len(set(chosen)) < len(chosen):
        raise InputError("data.inputs", ", ".join(inputs), "each column once", source=columns.source)
    return chosen


def targets_of(columns: CsvColumns, target: int, task: ChosenTask = "auto") -> tuple[Array | Ints, tuple[str, ...]]:
    """Return the targets in a column: classes (N,) and what they are called in the file, or numbers (N, 1) and ().

    Raises InputError where they cannot be had.
    """
    if target in columns.first_text:
        if task == "regression":
            row, cell = columns.first_text[target]
            raise columns.complaint(row, target, quoted(cell), "a number, for a regression")
        return _text_targets(columns, target)
    complaint = columns.why_not_numbers([target])
    if complaint is not None:
        raise complaint
    values = columns.numbers[:, target]
    different = np.unique(values)
    numeric = task == "regression" or (task == "auto" and not _countable(different))
    if len(different) > 1 and numeric:
        return values[:, None].copy(), ()
    # Adding 0 turns -0 into 0, the name of the same class.
    return _classes(columns, target, values + 0.0, "numbers")


def _countable(different: Array) -> bool:
    return len(different) <= MOST_INTEGER_CLASSES and bool((different == np.floor(different)).all())


def _text_targets(columns: CsvColumns, target: int) -> tuple[Ints, tuple[str, ...]]:
    cells = columns.texts(target)
    parsed = [number(cell, columns.decimal_comma) for cell in cells]
    for row, cell in enumerate(cells):
        if not cell:
            raise columns.complaint(row, target, quoted(cell), "a number or a class")
        value = parsed[row]
        if value is not None and not abs(value) <= LARGEST_NUMBER:
            raise columns.complaint(row, target, f"{value:g}", FINITE)
    values = np.array([value for value in parsed if value is not None])
    if len(values):
        # Classes may be called both 7 and 'seven'.
        _refuse_stray_text(columns, target, parsed, _countable(np.unique(values)))
    return _classes(columns, target, np.array(cells, dtype=object), "texts")


def _refuse_stray_text(columns: CsvColumns, target: int, parsed: Sequence[float | None], countable: bool) -> None:
    cells = columns.texts(target)
    times = Counter(cells)
    for row, (cell, value) in enumerate(zip(cells, parsed, strict=True)):
        # Text that stands in one row only is a typing error, or the name of a column among numbered ones.
        if value is None and (not countable or times[cell] == 1):
            raise columns.complaint(row, target, quoted(cell), "a number, as in other rows of this column")


def _classes(columns: CsvColumns, target: int, values: NDArray[Any], what: str) -> tuple[Ints, tuple[str, ...]]:
    different, classes = np.unique(values, return_inverse=True)
    where = f"column {columns.names[target]!r}"
    if len(different) > MOST_CLASSES:
        expected = f"{'' if what == 'numbers' else 'numbers, or '}at most {MOST_CLASSES} classes"
        raise InputError(where, f"{len(different):,} different {what}", expected, source=columns.source)
    names = tuple(clean(value if isinstance(value, str) else f"{value:.17g}") for value in different)
    if len(names) == 1:
        found = f"only {names[0]!r}, in every row"
        raise InputError(where, found, "at least two different values", source=columns.source)
    return classes.astype(np.int64), names


def _renamed(found: tuple[str, ...], wanted: Sequence[str], source: str) -> tuple[str, ...]:
    if not wanted:
        return found
    if len(wanted) != len(found):
        some = ", ".join(repr(name) for name in found[:5]) + (", …" if len(found) > 5 else "")
        expected = f"{len(found)}: one for each of {some}" if found else "none, because the target is a number"
        raise InputError("data.class_names", f"{len(wanted)} names", expected, source=source)
    return tuple(wanted)
