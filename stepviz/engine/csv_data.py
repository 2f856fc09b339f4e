"""The person's own CSV as a table of examples: every cell checked, every complaint with its line and column."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.arrays import Array, Ints
from stepviz.engine.csv_file import check_text, find_delimiter, read_bytes, records
from stepviz.engine.dataset import Table
from stepviz.engine.errors import InputError

MOST_ROWS = 100_000
MOST_COLUMNS = 512
MOST_CELLS = 5_000_000
# Squares and products of larger numbers leave float64.
LARGEST_NUMBER = 1e100
MOST_INTEGER_CLASSES = 20
MOST_TEXT_CLASSES = 100

_LONGEST_NAME = 60
_FINITE = "a finite number from -1e100 to 1e100"


@dataclass(slots=True)
class _Reading:
    """What is known of the file so far; cells of the target stay text until the whole column is known."""

    source: str
    names: tuple[str, ...]
    target: int
    decimal_comma: bool
    lines: list[int] = field(default_factory=list)
    numbers: array[float] = field(default_factory=lambda: array("d"))
    target_cells: list[str] = field(default_factory=list)

    def complaint(self, row: int, column: int, found: str, expected: str) -> InputError:
        return InputError(f"column {self.names[column]!r}", found, expected, source=self.source, line=self.lines[row])

    def input_column(self, position: int) -> int:
        """Return the column of the input at ``position``, the target not counted."""
        return position + (position >= self.target)


def read_csv(path: str, target: str = "", content: bytes | None = None) -> Table:
    """Return the examples in a CSV file: one per row, one column the target (the one named, or else the last).

    ``content`` is what the file holds, where it has been read already.
    UTF-8; delimiter comma, semicolon or tab; decimal commas where the delimiter is a semicolon; the first row is
    a header if none of its cells is a number, or if ``target`` stands in it. Columns without a header are called
    "column 1", … All columns but the target hold numbers. A target of text (at most 100 different ones), or of whole
    numbers with at most 20 different values, makes a classification, its class names sorted; else it is a regression.

    Raises InputError with file, line and column for anything else; at most 64 MB, 100,000 rows, 512 columns and
    5 million cells.
    """
    data = read_bytes(path) if content is None else content
    source = os.path.basename(path)
    check_text(data, source)
    delimiter = find_delimiter(data)
    rows = records(data, delimiter, source)
    reading = _collect(rows, target, source, decimal_comma=delimiter == ";")
    inputs = _inputs(reading)
    targets, class_names = _targets(reading)
    input_names = tuple(name for column, name in enumerate(reading.names) if column != reading.target)
    return Table(inputs, targets, class_names, input_names, (reading.names[reading.target],))


def _collect(rows: Iterator[tuple[int, list[str]]], target: str, source: str, *, decimal_comma: bool) -> _Reading:
    first_line, first = next(rows, (1, []))
    columns = len(first)
    if columns < 2:
        expected = "at least 2 columns, separated by commas, semicolons or tabs"
        found = "1 column" if columns else "nothing but blank lines"
        raise InputError("the table", found, expected, source=source, line=first_line)
    if columns > MOST_COLUMNS:
        found, expected = f"{columns:,} columns", f"at most {MOST_COLUMNS}"
        raise InputError("the table", found, expected, source=source, line=first_line)
    header = [_clean(cell) for cell in first]
    named_there = bool(target) and _clean(target) in header
    is_header = named_there or all(_number(cell, decimal_comma) is None for cell in first)
    names = _column_names(header if is_header else [""] * columns, source, first_line)
    reading = _Reading(source, names, _target_column(names, target, source), decimal_comma)
    for line, cells in rows if is_header else chain([(first_line, first)], rows):
        if len(cells) != columns:
            found = f"{len(cells):,} cell{'s' * (len(cells) != 1)}"
            raise InputError("the row", found, f"{columns} as in the first row", source=source, line=line)
        if len(reading.lines) == MOST_ROWS:
            raise InputError("the table", f"more than {MOST_ROWS:,} rows", "a smaller sample", source=source)
        if len(reading.numbers) > MOST_CELLS:
            raise InputError("the table", f"more than {MOST_CELLS:,} cells", "a smaller sample", source=source)
        _add(reading, line, cells)
    rows_read = len(reading.lines)
    if rows_read < 2:
        found = f"{rows_read} row{'s' * (rows_read != 1)} of data"
        raise InputError("the table", found, "at least 2", source=source)
    return reading


def _column_names(names: Sequence[str], source: str, line: int) -> tuple[str, ...]:
    named = tuple(name or f"column {number}" for number, name in enumerate(names, start=1))
    for name, times in Counter(named).items():
        if times > 1:
            found = f"the name {name!r} {times} times"
            raise InputError("the header", found, "different names", source=source, line=line)
    return named


def _target_column(names: tuple[str, ...], target: str, source: str) -> int:
    if not target:
        return len(names) - 1
    if _clean(target) not in names:
        some = ", ".join(names[:10]) + (", …" if len(names) > 10 else "")
        raise InputError("data.target", f"the name {target!r}", f"one of the columns {some}", source=source)
    return names.index(_clean(target))


def _add(reading: _Reading, line: int, cells: list[str]) -> None:
    reading.lines.append(line)
    reading.target_cells.append(cells.pop(reading.target).strip())
    try:
        # The fast way for the usual row; a cell at a time only where something is unusual.
        numbers = [float(cell) for cell in cells] if "_" not in "".join(cells) else None
    except ValueError:
        numbers = None
    reading.numbers.extend(numbers or _one_by_one(reading, cells))


def _one_by_one(reading: _Reading, cells: list[str]) -> Iterator[float]:
    for position, cell in enumerate(cells):
        number = _number(cell, reading.decimal_comma)
        if number is None:
            raise reading.complaint(-1, reading.input_column(position), _quoted(cell), "a number")
        yield number


def _inputs(reading: _Reading) -> Array:
    inputs = np.frombuffer(reading.numbers, dtype=np.float64).reshape(len(reading.lines), -1)
    wrong = ~(np.abs(inputs) <= LARGEST_NUMBER)
    if wrong.any():
        row, position = (int(index) for index in np.argwhere(wrong)[0])
        raise reading.complaint(row, reading.input_column(position), f"{inputs[row, position]:g}", _FINITE)
    return inputs


def _targets(reading: _Reading) -> tuple[Array | Ints, tuple[str, ...]]:
    cells, column = reading.target_cells, reading.target
    parsed = [_number(cell, reading.decimal_comma) for cell in cells]
    for row, (cell, number) in enumerate(zip(cells, parsed, strict=True)):
        if not cell:
            raise reading.complaint(row, column, _quoted(cell), "a number or a class")
        if number is not None and not abs(number) <= LARGEST_NUMBER:
            raise reading.complaint(row, column, f"{number:g}", _FINITE)
    values = np.array([number for number in parsed if number is not None])
    different = np.unique(values)
    countable = len(different) <= MOST_INTEGER_CLASSES and bool((different == np.floor(different)).all())
    if len(values) < len(cells):
        _refuse_stray_text(reading, parsed, countable)
        return _classes(reading, np.array(cells, dtype=object))
    if len(different) > 1 and not countable:
        return values[:, None], ()
    # Adding 0 turns -0 into 0, the name of the same class.
    return _classes(reading, values + 0.0)


def _refuse_stray_text(reading: _Reading, parsed: Sequence[float | None], countable: bool) -> None:
    """Raise InputError for text in a column of numbers; classes may be called both 7 and 'seven'."""
    if all(number is None for number in parsed):
        return
    times = Counter(reading.target_cells)
    for row, (cell, number) in enumerate(zip(reading.target_cells, parsed, strict=True)):
        # Text that stands in one row only is a typing error, or the name of a column among numbered ones.
        if number is None and (not countable or times[cell] == 1):
            raise reading.complaint(row, reading.target, _quoted(cell), "a number, as in other rows of this column")


def _classes(reading: _Reading, values: NDArray[Any]) -> tuple[Ints, tuple[str, ...]]:
    different, classes = np.unique(values, return_inverse=True)
    where = f"column {reading.names[reading.target]!r}"
    names = tuple(_clean(value if isinstance(value, str) else f"{value:.17g}") for value in different)
    if len(names) == 1:
        found = f"only {names[0]!r}, in every row"
        raise InputError(where, found, "at least two different values", source=reading.source)
    if len(names) > MOST_TEXT_CLASSES:
        expected = f"numbers, or at most {MOST_TEXT_CLASSES} classes"
        raise InputError(where, f"{len(names):,} different texts", expected, source=reading.source)
    return classes.astype(np.int64), names


def _number(cell: str, decimal_comma: bool) -> float | None:
    # float() reads "1_000" as 1000: in a table it is a typing error.
    if "_" in cell:
        return None
    try:
        return float(cell.replace(",", ".") if decimal_comma else cell)
    except ValueError:
        return None


def _clean(name: str) -> str:
    """Return a name fit for the screen: one line, nothing unprintable, not endless."""
    one_line = " ".join(name.split())
    return "".join(letter if letter.isprintable() else "?" for letter in one_line)[:_LONGEST_NAME]


def _quoted(cell: str) -> str:
    return f"the text {cell!r}" if cell.strip() else "an empty cell"
