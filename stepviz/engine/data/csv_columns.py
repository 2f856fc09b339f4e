"""The columns of a table before anything is chosen of them: of which kind each is, and what is wrong where."""

from __future__ import annotations

import os
from array import array
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import chain, islice

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_cells import Cells
from stepviz.engine.data.csv_column import LARGEST_NUMBER, Column, make_column
from stepviz.engine.data.csv_decimals import decimal_signs, need_care
from stepviz.engine.data.csv_dialect import Dialect, Record, find_dialect, records
from stepviz.engine.data.csv_header import has_header
from stepviz.engine.data.csv_names import clean, column_names, whole
from stepviz.engine.data.csv_text import LATIN, WESTERN, encoding_of
from stepviz.engine.settings.limits import MOST_COLUMNS

MOST_ROWS = 100_000
MOST_CELLS = 20_000_000
# Different texts in all columns together: each takes a hundred bytes.
MOST_TEXTS = 1_500_000
FIRST_ROWS = 50
FINITE = "a finite number from -1e100 to 1e100"

__all__ = ["FINITE", "LARGEST_NUMBER", "MOST_COLUMNS", "MOST_ROWS", "CsvColumns", "Reading", "clean", "read_columns"]

_BLOCK = 1000
# Of the rows: more that are too short speak of another delimiter, or of a damaged file.
_MOST_SHORT = 0.1


@dataclass(frozen=True, slots=True)
class Reading:
    """What the person says about how a table is written; empty: as it looks.

    ``delimiter`` separates cells, ``decimal`` is "." or ",", ``gaps`` are further texts that stand for a gap.
    """

    delimiter: str = ""
    decimal: str = ""
    gaps: tuple[str, ...] = ()


AS_IT_LOOKS = Reading()


@dataclass(frozen=True, slots=True, eq=False)
class CsvColumns:
    """A table that was read whole: ``columns`` as they stand in the file.

    ``lines`` are the lines on which the rows begin, ``first_rows`` the first cells as they stand in the file. ``short``
    are the rows with fewer cells than the first row. ``notes``: what the person should know about how it was read.
    """

    source: str
    columns: tuple[Column, ...]
    lines: array[int]
    first_rows: tuple[tuple[str, ...], ...]
    short: frozenset[int]
    data: bytes
    delimiter: str
    has_header: bool
    notes: tuple[str, ...] = ()
    _places: dict[str, int] = field(default_factory=dict)

    @property
    def names(self) -> tuple[str, ...]:
        """Return the names of the columns, all different."""
        return tuple(column.name for column in self.columns)

    @property
    def rows(self) -> int:
        """Return the number of rows."""
        return len(self.lines)

    def position(self, name: str, field_name: str) -> int:
        """Return the place of the column of that name; InputError that names the setting and the columns there are."""
        if not self._places:
            for place, column in enumerate(self.columns):
                self._places.setdefault(column.written_as, place)
            self._places.update({column.name: place for place, column in enumerate(self.columns)})
        found = self._places.get(clean(name), self._places.get(whole(name)))
        if found is None:
            some = ", ".join(self.names[:10]) + (", …" if len(self.names) > 10 else "")
            raise InputError(field_name, f"the name {name!r}", f"one of the columns {some}", source=self.source)
        return found


def read_columns(data: bytes, path: str, named: Collection[str] = (), reading: Reading = AS_IT_LOOKS) -> CsvColumns:
    """Return the columns of a table; ``path`` is only named in complaints.

    Encodings as in ``encoding_of``, delimiters as in ``find_dialect``, decimal signs as in ``decimal_signs``; whether
    the first row is a header as in ``has_header``. Columns without a name are called "column 1", …; a column without a
    name and without any value is none.

    Raises InputError for what is not a table of at least 2 rows and 2 columns, at most 100,000 rows, 4,096 columns and
    20 million cells. The last table that was read is kept, and not read twice.
    """
    source = os.path.basename(path)
    encoding = encoding_of(data, source)
    dialect = find_dialect(data, encoding, reading.delimiter)
    named = {clean(name) for name in named if name}
    header = bool(dialect.sample) and has_header(dialect.sample, named)
    return _read(data, source, encoding, dialect, reading, header=header)


@lru_cache(maxsize=1)
def _read(data: bytes, source: str, encoding: str, dialect: Dialect, reading: Reading, *, header: bool) -> CsvColumns:
    careful = dialect.delimiter == ";"
    table = _Table.read(data, encoding, dialect, source, header=header, careful=careful)
    if not careful and need_care(table.cells):
        table = _Table.read(data, encoding, dialect, source, header=header, careful=True)
    signs = decimal_signs(table.cells, dialect.delimiter, reading.decimal)
    found: list[Column] = []
    kept: list[int] = []
    full = [whole(name) for name in table.header] or [""] * len(table.names)
    for place, (name, cells, sign) in enumerate(zip(table.names, table.cells, signs, strict=True)):
        column = make_column(name, cells, sign, table.lines, reading.gaps, written_as=full[place])
        if column.kind != "empty" or full[place]:
            found.append(column)
            kept.append(place)
    if len(found) < 2:
        expected = "at least 2 columns, separated by commas, semicolons, tabs, pipes or spaces (data.delimiter)"
        raise InputError("the table", f"{len(found)} column", expected, source=source, line=table.first_line)
    rows = tuple(tuple(row[place] for place in kept) for row in table.first_rows)
    return CsvColumns(
        source, tuple(found), table.lines, rows, frozenset(table.short), data, dialect.delimiter, bool(table.header),
        _notes(encoding, dialect, table),
    )  # fmt: skip


def _notes(encoding: str, dialect: Dialect, table: _Table) -> tuple[str, ...]:
    notes = []
    if encoding in (WESTERN, LATIN):
        notes.append(f"Read as {'Windows-1252' if encoding == WESTERN else 'Latin-1'}, because it is not UTF-8.")
    if dialect.skipped:
        which = "first line is" if dialect.skipped == 1 else f"first {dialect.skipped} lines are"
        notes.append(f"The {which} a title or a comment, and no row.")
    if table.remarks:
        lines = ", ".join(map(str, table.remarks[:5])) + (", …" if len(table.remarks) > 5 else "")
        notes.append(f"Below the last row stands text that is no row (lines {lines}).")
    if not table.header:
        notes.append("The first row holds no names, so the columns are numbered.")
    return tuple(notes)


@dataclass(slots=True)
class _Table:
    """What was read."""

    source: str
    header: list[str]
    names: tuple[str, ...]
    cells: list[Cells]
    first_line: int
    remarks: list[int]
    lines: array[int] = field(default_factory=lambda: array("q"))
    first_rows: list[tuple[str, ...]] = field(default_factory=list)
    short: list[int] = field(default_factory=list)
    cells_of_first_short: int = 0

    @classmethod
    def read(cls, data: bytes, encoding: str, dialect: Dialect, source: str, *, header: bool, careful: bool) -> _Table:
        remarks: list[int] = []
        rows = records(data, encoding, dialect, source, remarks)
        line, first = next(rows, (1, []))
        if not first:
            raise InputError("the table", "nothing but blank lines", "a header and rows of numbers", source=source)
        names = _header(first, dialect) if header else list(dialect.names)
        if not header:
            rows = chain([(line, first)], rows)
        width = len(names) or len(first)
        if width < 2:
            expected = "at least 2 columns, separated by commas, semicolons, tabs, pipes or spaces (data.delimiter)"
            raise InputError("the table", f"{width} column", expected, source=source, line=line)
        if width > MOST_COLUMNS:
            expected = f"at most {MOST_COLUMNS:,}"
            raise InputError("the table", f"{width:,} columns", expected, source=source, line=line)
        table = cls(source, names, column_names(names or [""] * width), [], line, remarks)
        table.cells = [Cells(careful=careful) for _ in range(width)]
        table._add_all(rows, width)
        return table

    def _add_all(self, rows: Iterator[Record], width: int) -> None:
        while block := list(islice(rows, _BLOCK)):
            self._check_size(len(block), width)
            for line, cells in block:
                if len(cells) != width:
                    self._fit(line, cells, width)
                self.lines.append(line)
            if len(self.first_rows) < FIRST_ROWS:
                self.first_rows.extend(tuple(cells) for _, cells in block[: FIRST_ROWS - len(self.first_rows)])
            for column, values in zip(self.cells, zip(*(cells for _, cells in block), strict=True), strict=True):
                column.add(values)
        count = len(self.lines)
        if len(self.short) > _MOST_SHORT * count:
            line = self.lines[self.short[0]]
            raise self._wrong_width(line, self.cells_of_first_short, width)
        if count < 2:
            found = f"{count} row{'s' * (count != 1)} of data"
            raise InputError("the table", found, "at least 2", source=self.source)

    def _check_size(self, more: int, width: int) -> None:
        count = len(self.lines) + more
        texts = sum(len(cells.texts) for cells in self.cells)
        for found, most, what in (
            (count, MOST_ROWS, "rows"), (count * width, MOST_CELLS, "cells"), (texts, MOST_TEXTS, "different texts"),
        ):  # fmt: skip
            if found > most:
                expected = f"a smaller sample, for example its first {min(MOST_ROWS, MOST_CELLS // width):,} rows"
                raise InputError("the table", f"more than {most:,} {what}", expected, source=self.source)

    def _fit(self, line: int, cells: list[str], width: int) -> None:
        """Give a row as many cells as the first one has, where only empty ones are too many or any too few."""
        if len(cells) > width:
            if any(map(str.strip, cells[width:])):
                raise self._wrong_width(line, len(cells), width)
            del cells[width:]
            return
        if not self.short:
            self.cells_of_first_short = len(cells)
        self.short.append(len(self.lines))
        cells.extend([""] * (width - len(cells)))

    def _wrong_width(self, line: int, cells: int, width: int) -> InputError:
        found = f"{cells:,} cell{'s' * (cells != 1)}"
        to_do = 'put text that holds a delimiter in quotes "…"' if cells > width else "add what is missing"
        expected = f"{width} as in the first row: {to_do}, or delete the row"
        return InputError("the row", found, expected, source=self.source, line=line)


def _header(first: list[str], dialect: Dialect) -> list[str]:
    """Return the names in the first row, without empty cells at its end that the rows do not have."""
    names, width = first, dialect.width
    while len(names) > width > 1 and not names[-1].strip():
        names = names[:-1]
    longer = (row for row in dialect.sample[1:] if len(row) > len(names))
    if len(names) == width - 1 > 1 and any(row[-1].strip() for row in longer):
        # As R writes a table with the names of its rows.
        return ["", *names]
    return names
