"""Whether the first row of a table holds the names of its columns."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from itertools import pairwise

from stepviz.engine.data.csv_gaps import is_gap
from stepviz.engine.data.csv_numbers import written

# What is written in a row of years.
_YEARS = 1500, 2200


def has_header(rows: Sequence[Sequence[str]], named: Collection[str] = ()) -> bool:
    """Return whether the first of these rows holds names.

    It does where it holds no number, where one of the columns ``named`` is in it, where a column of numbers begins
    with text, and where its numbers can only be names: years, or 0, 1, 2, … in a row.
    """
    first = [cell.strip() for cell in rows[0]]
    if any(name in first for name in named):
        return True
    if any(name.startswith("column ") for name in named):
        # A name that is given to columns without one.
        return False
    values = [_value(cell) for cell in first]
    if all(value is None for value in values):
        return True
    rest = rows[1:]
    texts = [place for place, cell in enumerate(first) if values[place] is None and not is_gap(cell)]
    if any(_all_numbers(rest, place) for place in texts):
        return True
    numbers = [value for value in values if value is not None]
    if len(set(first)) < len(first) or any(any(row[place].strip() == first[place] for row in rest if place < len(row))
                                           for place in texts):  # fmt: skip
        return False
    places = [place for place, value in enumerate(values) if value is not None]
    if _years(numbers) and not any(_years([value]) for value in _values(rest, places)):
        return bool(texts) or not first[0] or len(numbers) > 1
    if not _counting(numbers):
        return False
    if texts or not first[0]:
        return len(numbers) > 1
    following = [value for value in (_value(cell) for cell in rest[0]) if value is not None] if rest else []
    return len(numbers) >= (3 if numbers[0] == 0 else 4) and numbers[0] in (0, 1) and not _counting(following)


def _value(cell: str) -> float | None:
    found = written(cell)
    return None if found is None else found.point if found.point is not None else found.comma


def _values(rows: Sequence[Sequence[str]], places: Sequence[int]) -> list[float]:
    found = (_value(row[place]) for row in rows for place in places if place < len(row))
    return [value for value in found if value is not None]


def _all_numbers(rows: Sequence[Sequence[str]], place: int) -> bool:
    cells = [row[place].strip() for row in rows if place < len(row) and not is_gap(row[place].strip())]
    return bool(cells) and all(written(cell) is not None for cell in cells)


def _years(numbers: Sequence[float]) -> bool:
    whole = all(number.is_integer() and _YEARS[0] <= number <= _YEARS[1] for number in numbers)
    return whole and len(set(numbers)) == len(numbers)


def _counting(numbers: Sequence[float]) -> bool:
    return len(numbers) > 1 and all(after - before == 1 for before, after in pairwise(numbers))
