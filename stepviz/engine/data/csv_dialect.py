"""How the rows of a table are written: what separates its cells, and which first lines are no rows of it."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from io import BytesIO, StringIO, TextIOWrapper

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_gaps import is_gap
from stepviz.engine.data.csv_numbers import written

LONGEST_LINE = 1_000_000
# In order of preference where several fit: with decimal commas, "1,5;2,5" fits two.
DELIMITERS = {"\t": "tabs", ";": "semicolons", "|": "pipes", ",": "commas", " ": "blanks"}

_SAMPLE_BYTES = 2**20
_SAMPLE_RECORDS = 200
_MOST_REMARKS = 20
_SEP_LINE = re.compile(r'\ufeff?"?sep=(.)"?\s*\r?\n', re.IGNORECASE)
_BLANK_SEPARATED = re.compile(r'"(?:[^"]|"")*"|[^\s"]\S*|\S')

Record = tuple[int, list[str]]


@dataclass(frozen=True, slots=True)
class Dialect:
    """What separates cells; how many cells most rows have; how many records stand before the first row.

    ``names`` are those that a comment line gives to the columns; ``sample`` are the first rows; ``separator_line``:
    the first line only says «sep=;», for Excel.
    """

    delimiter: str
    width: int
    skipped: int
    separator_line: bool
    names: tuple[str, ...]
    sample: tuple[tuple[str, ...], ...]


def find_dialect(data: bytes, encoding: str, delimiter: str = "") -> Dialect:
    """Return how a table is written; ``delimiter`` where it is known.

    The delimiter is that which cuts most of the first records into the same number of cells, at least two, such that
    most cells hold a number, a gap or text without another delimiter (the idea of van den Burg, Nazábal and Sutton,
    "Wrangling messy CSV files by detecting row and type patterns", 2019).
    """
    whole = len(data) <= _SAMPLE_BYTES
    sample = data[:_SAMPLE_BYTES].decode(encoding, "ignore")
    separator_line = _SEP_LINE.match(sample)
    if separator_line is not None:
        sample = sample[separator_line.end() :]
        delimiter = delimiter or (separator_line[1] if separator_line[1] in DELIMITERS else "")
    best, best_score = delimiter or ",", 0.0
    for candidate in () if delimiter else ("\t", ";", "|", ","):
        score = _score(_sample_records(sample, candidate, whole), candidate)
        if score > best_score + 1e-9:
            best, best_score = candidate, score
    if not delimiter and best_score < 0.6 and _mostly_numbers(_sample_records(sample, " ", whole)):
        best = " "
    records = _sample_records(sample, best, whole)
    width = _usual_width(records)
    skipped, names = _before_the_table(records, width, best)
    rows = tuple(tuple(cells) for cells in records[skipped:])
    return Dialect(best, width, skipped, separator_line is not None, names, rows)


def records(data: bytes, encoding: str, dialect: Dialect, source: str, remarks: list[int]) -> Iterator[Record]:
    """Yield the line on which each row begins, and its cells; blank lines and rows of separators only are left out.

    Lines of one cell below the last row are none: their numbers are added to ``remarks``, at the end.
    InputError for quotes that do not close, and for lines or cells too long to be data.
    """
    lines = _Lines(TextIOWrapper(BytesIO(data), encoding=encoding, newline=""), source)
    if dialect.separator_line:
        next(lines)
    skipped = 0
    # Lines of one cell: below the last row they are no rows but remarks.
    waiting: list[Record] = []
    for line, record in _cut(lines, dialect.delimiter, source):
        if not any(map(str.strip, record)):
            continue
        if skipped < dialect.skipped:
            skipped += 1
        elif len(record) != dialect.width and record[0].lstrip().startswith("#"):
            continue
        elif len(record) == 1 and dialect.width > 2 and len(waiting) < _MOST_REMARKS:
            waiting.append((line, record))
        else:
            yield from waiting
            waiting.clear()
            yield line, record
    remarks.extend(line for line, _ in waiting)


def _cut(lines: _Lines, delimiter: str, source: str) -> Iterator[Record]:
    if delimiter == " ":
        for line in lines:
            yield lines.number, [_unquoted(cell) for cell in _BLANK_SEPARATED.findall(line)]
        return
    reader = csv.reader(lines, delimiter=delimiter, skipinitialspace=True)
    begin = lines.number + 1
    try:
        for record in reader:
            if lines.ended or len(lines.recent) > 1:
                _refuse_open_quotes(lines, delimiter)
            lines.recent.clear()
            yield begin, record
            begin = lines.number + 1
    except csv.Error as error:
        expected = 'cells of at most 131,072 characters; a quote " inside quotes is written twice'
        raise InputError("the text", f"a malformed cell ({error})", expected, source=source, line=begin) from None


def _refuse_open_quotes(lines: _Lines, delimiter: str) -> None:
    """Raise csv.Error if the quotes of the last record were still open when the file ended."""
    if not lines.at_end():
        return
    try:
        list(csv.reader(lines.recent, delimiter=delimiter, skipinitialspace=True, strict=True))
    except csv.Error as error:
        # Strictly, a blank after the quotes is an error too: those cells were read.
        if "unexpected end" in str(error):
            raise


class _Lines:
    """The lines of a table; ``number`` is that of the last one, ``recent`` are those since it was cleared."""

    def __init__(self, text: TextIOWrapper | StringIO, source: str) -> None:
        self._text, self._source = text, source
        self._ahead: str | None = None
        self.number = 0
        self.recent: list[str] = []
        self.ended = False

    def __iter__(self) -> _Lines:
        return self

    def __next__(self) -> str:
        line = self._text.readline(LONGEST_LINE + 1) if self._ahead is None else self._ahead
        self._ahead = None
        if not line:
            self.ended = True
            raise StopIteration
        self.number += 1
        if len(line) > LONGEST_LINE:
            found = f"more than {LONGEST_LINE:,} characters"
            raise InputError("the text", found, "shorter lines", source=self._source, line=self.number)
        self.recent.append(line)
        return line

    def at_end(self) -> bool:
        """Return whether there is no further line."""
        if self._ahead is None and not self.ended:
            self._ahead = self._text.readline(LONGEST_LINE + 1)
        return self.ended or not self._ahead


def _unquoted(cell: str) -> str:
    return cell[1:-1].replace('""', '"') if len(cell) > 1 and cell[0] == cell[-1] == '"' else cell


def _sample_records(sample: str, delimiter: str, whole: bool) -> list[list[str]]:
    """Return the first records that are not blank; none where the quotes do not close."""
    found: list[list[str]] = []
    try:
        for _, record in _cut(_Lines(StringIO(sample, newline=""), ""), delimiter, ""):
            if any(map(str.strip, record)):
                found.append(record)
            if len(found) == _SAMPLE_RECORDS:
                return found
    except InputError:
        # In a part of a file the last record is cut off, with its quotes.
        return [] if whole else found
    return found if whole else found[:-1]


def _usual_width(records: Sequence[Sequence[str]]) -> int:
    widths = Counter(len(record) for record in records if len(record) > 1)
    return widths.most_common(1)[0][0] if widths else len(records[0]) if records else 0


def _score(records: Sequence[Sequence[str]], delimiter: str) -> float:
    width = _usual_width(records)
    usual = [record for record in records if len(record) == width]
    if width < 2 or not usual:
        return 0.0
    cells = [cell for record in usual[:50] for cell in record[:200]]
    return len(usual) / len(records) * sum(_sound(cell, delimiter) for cell in cells) / len(cells)


def _sound(cell: str, delimiter: str) -> bool:
    text = cell.strip()
    if is_gap(text) or written(text) is not None:
        return True
    words = text.split()
    if len(words) > 2 and sum(written(word) is not None for word in words) > len(words) / 2:
        # Numbers separated by blanks.
        return False
    others = [other for other in "\t;|" if other != delimiter]
    # A comma in prose has a blank behind it.
    return not any(other in cell for other in others) and (delimiter == "," or re.search(r",\S", text) is None)


def _filled(record: Sequence[str]) -> int:
    """Return the number of cells up to the last that is not empty."""
    return next((place for place in range(len(record), 0, -1) if record[place - 1].strip()), 0)


def _mostly_numbers(records: Sequence[Sequence[str]]) -> bool:
    width = _usual_width(records)
    usual = [record for record in records if len(record) == width]
    if width < 2 or len(usual) < 0.8 * len(records):
        return False
    cells = [cell for record in usual for cell in record]
    if any(cell.startswith((",", ";", "|")) or cell.endswith((",", ";", "|")) for cell in cells):
        return False
    return sum(written(cell) is not None for cell in cells) >= 0.5 * len(cells)


def _before_the_table(records: Sequence[Sequence[str]], width: int, delimiter: str) -> tuple[int, tuple[str, ...]]:
    """Return how many first records are comments or a title, and the names that the last comment gives."""
    skipped = 0
    names: tuple[str, ...] = ()
    full = Counter(map(_filled, records)).most_common(1)[0][0] if records else 0
    for place, record in enumerate(records[:-1]):
        first, following = record[0].lstrip(), records[place + 1]
        filled = sum(bool(cell.strip()) for cell in record)
        # As R writes it, a header may be shorter by one.
        title = len(record) < width and (
            (filled == 1 and (width > 2 or delimiter != " ")) or (_filled(record) < full - 1 and filled <= full / 2)
        )
        comment = first.startswith("#") and (
            len(record) != width or not any(written(cell) is not None for cell in following)
        )
        if not (title or comment):
            break
        skipped = place + 1
        if comment:
            bare = [first.lstrip("#").strip(), *record[1:]]
            bare = bare[1:] if not bare[0] else bare
            names = tuple(bare) if len(bare) == width else ()
    return (skipped, names) if skipped < len(records) else (0, ())
