"""One column of a table that was read: of which kind it is, what it holds, and why it is no usual input."""

from __future__ import annotations

import re
from array import array
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepviz.engine.common.arrays import Array, Bools
from stepviz.engine.data.csv_cells import Cells
from stepviz.engine.data.csv_gaps import MINUS, PLUS, is_gap
from stepviz.engine.data.csv_numbers import written

# Squares and products of larger numbers leave float64.
LARGEST_NUMBER = 1e100

Kind = Literal[
    "number", "yes or no", "text", "date or time", "identifier", "row number", "empty", "numbers and text",
    "unclear numbers",
]  # fmt: skip
# Kinds whose cells are numbers.
_NUMERIC: frozenset[Kind] = frozenset({"number", "yes or no", "row number"})

# Of the cells: so many may hold text in a column of numbers, and so many different texts.
_FEW, _FEW_TEXTS = 0.05, 5

_YES_NO = (("false", "true"), ("no", "yes"), ("n", "y"), ("f", "t"), ("off", "on"))
_MONTH = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)[a-z]*\.?"
_TIME = r"\d{1,2}:\d{2}(?::\d{2}(?:[.,]\d+)?)?(?:\s?[ap]\.?m\.?)?(?:\s?(?:z|utc|[+-]\d{2}:?\d{2}))?"
_DATE = (
    rf"\d{{4}}[-/.]\d{{1,2}}(?:[-/.]\d{{1,2}})?|\d{{1,2}}[-/.]\d{{1,2}}[-/.](?:\d{{4}}|\d{{2}})|\d{{1,2}}[-/]\d{{2,4}}|"
    rf"\d{{4}}-?(?:q[1-4]|w\d{{2}})|(?:[a-z]{{3,9}},?\s)?\d{{1,2}}(?:st|nd|rd|th)?[-\s/]{_MONTH}(?:[-\s/,]+\d{{2,4}})?|"
    rf"{_MONTH}[-\s/]+\d{{1,4}}(?:st|nd|rd|th)?(?:[,\s]+\d{{4}})?|\d{{4}}[-\s/]{_MONTH}(?:[-\s/]\d{{1,2}})?"
)
_DATE_OR_TIME = re.compile(rf"(?:{_DATE})(?:[t\s]+{_TIME})?|{_TIME}", re.IGNORECASE)
_IDENTIFIER = re.compile(
    r"id|ids|uid|uuid|guid|index|idx|rowid|rownames?|rownum(?:ber)?|unnamed|instant|sno|serialno", re.IGNORECASE
)
_ROW_NUMBER = re.compile(
    r"|no|nr|num|number|row|rows|n|i|obs|observation|case|record|sample|s no|sr no|column \d+", re.IGNORECASE
)
_WORDS = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+")


@dataclass(frozen=True, slots=True, eq=False)
class Column:
    """``numbers`` (rows,) float64, NaN where the cell holds none; ``codes`` (rows,) int32 are places in ``texts``, -1
    where the cell holds no text (gaps hold none). Yes and no are 1 and 0, and texts too.

    ``why_not`` says why its cells are no numbers, or no usual input, with the line where one cell is the reason;
    ``written_as`` is the name in the file where ``name`` is another.
    """  # noqa: D205  # the shapes belong in the first sentence

    name: str
    kind: Kind
    numbers: Array
    codes: np.ndarray | None
    texts: tuple[str, ...]
    gaps: int
    unit: str = ""
    why_not: str = ""
    written_as: str = ""

    @property
    def is_numeric(self) -> bool:
        """Return whether every cell that is no gap is a number."""
        return self.kind in _NUMERIC or (self.kind == "identifier" and self.codes is None)

    def missing(self) -> Bools:
        """Return where (rows,) there is neither a number nor a text."""
        gaps = np.isnan(self.numbers)
        return gaps if self.codes is None or self.is_numeric else gaps & (self.codes < 0)

    def range(self) -> tuple[float, float] | None:
        """Return the least and the largest number; None where there is none."""
        there = self.numbers[np.isfinite(self.numbers)]
        return (float(there.min()), float(there.max())) if self.is_numeric and there.size else None

    def different(self) -> int:
        """Return how many different values there are."""
        texts = 0 if self.is_numeric else len(self.texts)
        return texts + len(np.unique(self.numbers[~np.isnan(self.numbers)]))


def make_column(
    name: str, cells: Cells, decimal: str, lines: array[int], gaps: Collection[str] = (), *, written_as: str = ""
) -> Column:
    """Return a column of cells; ``decimal`` is its decimal sign, or why none could be told.

    ``gaps`` are further texts that stand for a gap; ``written_as`` is the name that stands in the file.
    """
    numbers, codes = cells.numbers("," if decimal == "," else "."), cells.codes()
    texts, codes = _without_gaps(list(cells.texts), codes, gaps)
    for text in gaps:
        value = written(text)
        if value is not None and value.point is not None:
            numbers[numbers == value.point] = np.nan
    has_numbers = not np.isnan(numbers).all() or len(decimal) > 1
    kept = codes if texts else None
    count = int((~np.isnan(numbers)).sum())
    few = 0 < (codes >= 0).sum() <= _FEW * count and len(texts) <= _FEW_TEXTS
    stray = int((codes >= 0).sum()) if few else 0
    missing = int((np.isnan(numbers) & (codes < 0)).sum()) if len(decimal) == 1 else 0

    def column(kind: Kind, why_not: str = "", unit: str = "") -> Column:
        known = missing + stray if kind in _NUMERIC else missing
        return Column(name, kind, numbers, kept, tuple(texts), known, unit, why_not, written_as)

    if len(decimal) > 1 and not texts:
        row = min(cells.marks.values())
        return column("unclear numbers", f"line {lines[row]}: {decimal}")
    if not texts and not has_numbers:
        return column("empty", "it is empty")
    if not texts or few:
        # Few cells of text among numbers are errors of writing, or marks: they take their rows, not the column.
        return _numbers(column, name, numbers, cells.units, named=bool(written_as))
    if not has_numbers:
        return _texts(column, texts, codes, numbers)
    row = int(np.argmax(codes >= 0)) if (codes >= 0).sum() <= (~np.isnan(numbers)).sum() else int(np.argmax(codes < 0))
    found = f"the text {_shown(texts[codes[row]])}" if codes[row] >= 0 else f"the number {numbers[row]:g}"
    among = "numbers" if codes[row] >= 0 else "texts"
    help_ = f"; data.gaps={_as_setting(texts[codes[row]])} counts it as a gap" if codes[row] >= 0 else ""
    return column("numbers and text", f"line {lines[row]}: {found} among {among}{help_}")


def _without_gaps(texts: list[str], codes: np.ndarray, gaps: Collection[str]) -> tuple[list[str], np.ndarray]:
    """Return the texts that are no gaps, and their codes."""
    wanted = {gap.strip().casefold() for gap in gaps}
    signs = PLUS in texts
    missing = [(is_gap(text) and not (signs and text == MINUS)) or text.casefold() in wanted for text in texts]
    # The last entry answers for -1: a cell that holds no text.
    places = np.full(len(texts) + 1, -1, dtype=np.int32)
    places[: len(texts)][~np.array(missing, dtype=bool)] = np.arange(len(texts) - sum(missing))
    return [text for text, gone in zip(texts, missing, strict=True) if not gone], places[codes]


def _numbers(column: Callable[..., Column], name: str, numbers: Array, units: dict[str, int], *, named: bool) -> Column:
    there = numbers[~np.isnan(numbers)]
    if len(units) > 1 or ("%" in units and units["%"] < len(there)):
        kinds = " and ".join([*units, *(["no unit"] if sum(units.values()) < len(there) else [])])
        return column("unclear numbers", f"numbers with different units: {kinds}")
    unit = next(iter(units), "")
    if _is_row_number(name, numbers, named=named):
        return column("row number", "it numbers the rows")
    identifier = _IDENTIFIER.fullmatch(name) or any(_IDENTIFIER.fullmatch(word) for word in _WORDS.findall(name))
    whole = bool(np.isfinite(there).all()) and bool((there == np.floor(there)).all())
    if identifier and whole and len(there) > 2 and len(np.unique(there)) >= 0.9 * len(there):
        return column("identifier", "it identifies the rows: whole numbers, nearly all different")
    return column("number", unit=unit)


def _is_row_number(name: str, numbers: Array, *, named: bool) -> bool:
    if len(numbers) < 3 or numbers[0] not in (0.0, 1.0) or not (numbers == numbers[0] + np.arange(len(numbers))).all():
        return False
    bare = " ".join(re.sub(r"[\W_]+", " ", name).split())
    words = _WORDS.findall(name)
    return (
        not named
        or _ROW_NUMBER.fullmatch(bare) is not None
        or any(_IDENTIFIER.fullmatch(word) for word in (bare, *words))
    )


def _texts(column: Callable[..., Column], texts: list[str], codes: np.ndarray, numbers: Array) -> Column:
    lowered = [text.casefold() for text in texts]
    for pair in _YES_NO:
        if set(lowered) <= set(pair) and (len(set(lowered)) == 2 or len(pair[0]) > 1):
            meanings = np.array([float(pair.index(text)) for text in lowered])
            there = codes >= 0
            numbers[there] = meanings[codes[there]]
            return column("yes or no")
    if all(_DATE_OR_TIME.fullmatch(text) for text in texts):
        return column("date or time", "dates or times are no numbers")
    count = int((codes >= 0).sum())
    if len(texts) == count > 2:
        return column("identifier", f"its {count:,} texts are all different")
    return column("text", "text: only numbers can be inputs")


def _shown(text: str) -> str:
    return repr(text if len(text) <= 30 else text[:29] + "…")


def _as_setting(text: str) -> str:
    return f"'[\"{text[:30]}\"]'"
