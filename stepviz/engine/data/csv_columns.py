"""The columns of a CSV before anything is chosen of them: which hold numbers, which text, and what is wrong where."""

from __future__ import annotations

import os
from array import array
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_reader import check_text, find_delimiter, records
from stepviz.engine.settings.limits import MOST_COLUMNS

MOST_ROWS = 100_000
MOST_CELLS = 5_000_000
# Squares and products of larger numbers leave float64.
LARGEST_NUMBER = 1e100
FIRST_ROWS = 50
FINITE = "a finite number from -1e100 to 1e100"

_LONGEST_NAME = 60


@dataclass(frozen=True, slots=True, eq=False)
class CsvColumns:
    """A table that was read whole.

    ``numbers`` (rows, columns) float64 are its cells, NaN all down a column from its first cell that is no number;
    ``first_text`` has the row and the text of that cell, by column. ``lines`` are the lines on which the rows begin,
    ``first_rows`` the first cells as they stand in the file.
    """

    source: str
    names: tuple[str, ...]
    numbers: Array
    first_text: dict[int, tuple[int, str]]
    lines: list[int]
    first_rows: tuple[tuple[str, ...], ...]
    decimal_comma: bool
    data: bytes
    delimiter: str
    has_header: bool
    _texts: dict[int, list[str]] = field(default_factory=dict)

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    def position(self, name: str, field_name: str) -> int:
        """Return the place of the column of that name; InputError that names the setting and the columns there are."""
        if clean(name) not in self.names:
            some = ", ".join(self.names[:10]) + (", …" if len(self.names) > 10 else "")
            raise InputError(field_name, f"the name {name!r}", f"one of the columns {some}", source=self.source)
        return self.names.index(clean(name))

    def texts(self, column: int) -> list[str]:
        """Return all cells of a column as text, without the blanks around them."""
        if column not in self._texts:
            # Read once more: to keep the text of every cell would take ten times the memory of the file.
            rows = records(self.data, self.delimiter, self.source)
            if self.has_header:
                next(rows)
            self._texts[column] = [cells[column].strip() for _, cells in rows]
        return self._texts[column]

    def complaint(self, row: int, column: int, found: str, expected: str) -> InputError:
        """Return a complaint about one cell, with its line and column."""
        return InputError(f"column {self.names[column]!r}", found, expected, source=self.source, line=self.lines[row])

    def why_not_numbers(self, columns: Sequence[int]) -> InputError | None:
        """Return a complaint about the first cell of these columns that cannot be used as a number, if there is one."""
        texts = [(self.first_text[column][0], column) for column in columns if column in self.first_text]
        if texts:
            row, column = min(texts)
            return self.complaint(row, column, quoted(self.first_text[column][1]), "a number")
        part = self.numbers[:, list(columns)]
        wrong = ~(np.abs(part) <= LARGEST_NUMBER)
        if wrong.any():
            row = int(wrong.any(axis=1).argmax())
            place = int(wrong[row].argmax())
            return self.complaint(row, columns[place], f"{part[row, place]:g}", FINITE)
        return None


def read_columns(data: bytes, path: str, named: Collection[str] = ()) -> CsvColumns:
    """Return the columns of a CSV; ``path`` is only named in complaints.

    UTF-8; delimiter comma, semicolon or tab; decimal commas where the delimiter is a semicolon; the first row is
    a header if none of its cells is a number, or if one of the columns ``named`` stands in it. Columns without a header
    are called "column 1", …

    Raises InputError for what is not a table of at least 2 rows and 2 columns, at most 100,000 rows, 512 columns and
    5 million cells.
    """
    source = os.path.basename(path)
    check_text(data, source)
    delimiter = find_delimiter(data)
    decimal_comma = delimiter == ";"
    rows = records(data, delimiter, source)
    first_line, first = next(rows, (1, []))
    columns = len(first)
    if columns < 2:
        expected = "at least 2 columns, separated by commas, semicolons or tabs"
        found = "1 column" if columns else "nothing but blank lines"
        raise InputError("the table", found, expected, source=source, line=first_line)
    if columns > MOST_COLUMNS:
        found, expected = f"{columns:,} columns", f"at most {MOST_COLUMNS}"
        raise InputError("the table", found, expected, source=source, line=first_line)
    header = [clean(cell) for cell in first]
    named_there = any(clean(name) in header for name in named if name)
    has_header = named_there or all(number(cell, decimal_comma) is None for cell in first)
    names = _column_names(header if has_header else [""] * columns, source, first_line)
    cells = _Cells(source, columns, decimal_comma)
    for line, record in rows if has_header else chain([(first_line, first)], rows):
        cells.add(line, record)
    count = len(cells.lines)
    if count < 2:
        raise InputError("the table", f"{count} row{'s' * (count != 1)} of data", "at least 2", source=source)
    table = np.frombuffer(cells.numbers, dtype=np.float64).reshape(count, columns)
    return CsvColumns(
        source, names, table, cells.first_text, cells.lines, tuple(cells.first_rows), decimal_comma, data, delimiter,
        has_header,
    )  # fmt: skip


@dataclass(slots=True)
class _Cells:
    """What was read so far."""

    source: str
    columns: int
    decimal_comma: bool
    lines: list[int] = field(default_factory=list)
    numbers: array[float] = field(default_factory=lambda: array("d"))
    first_text: dict[int, tuple[int, str]] = field(default_factory=dict)
    first_rows: list[tuple[str, ...]] = field(default_factory=list)

    def add(self, line: int, cells: list[str]) -> None:
        if len(cells) != self.columns:
            found = f"{len(cells):,} cell{'s' * (len(cells) != 1)}"
            raise InputError("the row", found, f"{self.columns} as in the first row", source=self.source, line=line)
        if len(self.lines) == MOST_ROWS:
            raise InputError("the table", f"more than {MOST_ROWS:,} rows", "a smaller sample", source=self.source)
        if len(self.numbers) > MOST_CELLS:
            raise InputError("the table", f"more than {MOST_CELLS:,} cells", "a smaller sample", source=self.source)
        if len(self.first_rows) < FIRST_ROWS:
            self.first_rows.append(tuple(cells))
        for column in self.first_text:
            cells[column] = "nan"
        try:
            # The fast way for the usual row; a cell at a time only where something is unusual.
            numbers = [float(cell) for cell in cells] if "_" not in "".join(cells) else None
        except ValueError:
            numbers = None
        self.numbers.extend(numbers or self._one_by_one(cells))
        self.lines.append(line)

    def _one_by_one(self, cells: list[str]) -> Iterator[float]:
        for column, cell in enumerate(cells):
            value = number(cell, self.decimal_comma)
            if value is None:
                self.first_text[column] = len(self.lines), cell
            yield float("nan") if value is None else value


def _column_names(names: Sequence[str], source: str, line: int) -> tuple[str, ...]:
    named = tuple(name or f"column {place}" for place, name in enumerate(names, start=1))
    for name, times in Counter(named).items():
        if times > 1:
            found = f"the name {name!r} {times} times"
            raise InputError("the header", found, "different names", source=source, line=line)
    return named


def number(cell: str, decimal_comma: bool) -> float | None:
    """Return the number that a cell holds; None where it holds none."""
    # float() reads "1_000" as 1000: in a table it is a typing error.
    if "_" in cell:
        return None
    try:
        return float(cell.replace(",", ".") if decimal_comma else cell)
    except ValueError:
        return None


def clean(name: str) -> str:
    """Return a name fit for the screen: one line, nothing unprintable, not endless."""
    one_line = " ".join(name.split())
    return "".join(letter if letter.isprintable() else "?" for letter in one_line)[:_LONGEST_NAME]


def quoted(cell: str) -> str:
    """Return what a complaint says of a cell that is text."""
    return f"the text {cell!r}" if cell.strip() else "an empty cell"
