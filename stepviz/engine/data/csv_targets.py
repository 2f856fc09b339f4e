"""What a column is as the target: classes, or a number."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array, Bools, Ints
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_column import Column
from stepviz.engine.data.csv_columns import CsvColumns
from stepviz.engine.data.csv_names import column_names
from stepviz.engine.data.csv_rows import complete_rows
from stepviz.engine.settings.limits import MOST_CLASSES, ChosenTask

MOST_INTEGER_CLASSES = 20
# More whole numbers are classes only where they number the classes.
_FEW_CLASSES = 10

Targets = tuple[Array | Ints, tuple[str, ...]]


def targets_of(columns: CsvColumns, target: int, task: ChosenTask = "auto", kept: Bools | None = None) -> Targets:
    """Return the targets in a column: classes (N,) and what they are called in the file, or numbers (N, 1) and ().

    ``kept`` are the rows (rows,) that are examples; without, those with a value in the column. Raises InputError where
    targets cannot be had.
    """
    column = columns.columns[target]
    kept = complete_rows(columns, [target])[0] if kept is None else kept
    if column.kind in ("empty", "unclear numbers"):
        raise InputError(_where(column), column.why_not, "a number or a class in each row", source=columns.source)
    if not column.is_numeric:
        if task == "regression":
            raise _first_text(columns, target, kept, "a number, for a regression")
        return _text_targets(columns, target, kept)
    # Adding 0 turns -0 into 0, the name of the same class.
    values = column.numbers[kept] + 0.0
    different = np.unique(values)
    numeric = task == "regression" or (task == "auto" and column.kind != "yes or no" and not countable(different))
    if len(different) > 1 and numeric:
        return values[:, None], ()
    return _classes(columns, column, values, [_class_name(column, value) for value in different], "numbers")


def countable(different: Array) -> bool:
    """Return whether different numbers are so few, and whole, that they can be classes."""
    return len(different) <= MOST_INTEGER_CLASSES and bool((different == np.floor(different)).all())


def look_like_classes(values: Array) -> bool:
    """Return whether whole numbers (N,) in a target are classes rather than numbers that are whole.

    They are where there are two of them; or at most 10, each in two rows or more on average, and no amounts: from -1 to
    99, or close together; or at most 20 that count from 0 or 1, each in five rows. 15 prices in 15 rows are none.
    """
    different = np.unique(values)
    if not countable(different):
        return False
    if len(different) <= 2:
        return True
    low, high = float(different[0]), float(different[-1])
    if len(different) > _FEW_CLASSES:
        return low in (0.0, 1.0) and high - low == len(different) - 1 and 5 * len(different) <= len(values)
    labels = (low >= -1 and high < 100) or high - low < 2 * len(different)
    return labels and 2 * len(different) <= len(values) + 1


def _text_targets(columns: CsvColumns, target: int, kept: Bools) -> Targets:
    column = columns.columns[target]
    assert column.codes is not None
    codes, numbers = column.codes[kept], column.numbers[kept]
    is_text = codes >= 0
    if not is_text.all():
        # Classes may be called both 7 and 'seven'.
        times = np.bincount(codes[is_text], minlength=len(column.texts))
        stray = is_text & (times[codes] == 1) if countable(np.unique(numbers[~is_text])) else is_text
        if stray.any():
            raise _stray(columns, target, int(np.flatnonzero(kept)[stray.argmax()]))
    cells = np.array(column.texts, dtype=object)[codes]
    cells[~is_text] = [_class_name(column, number) for number in numbers[~is_text]]
    return _classes(columns, column, cells, column_names(list(np.unique(cells)[: MOST_CLASSES + 1])), "texts")


def _classes(
    columns: CsvColumns, column: Column, values: np.ndarray, names: list[str] | tuple[str, ...], what: str
) -> Targets:
    different, classes = np.unique(values, return_inverse=True)
    if len(different) > MOST_CLASSES:
        expected = f"{'' if what == 'numbers' else 'numbers, or '}at most {MOST_CLASSES} classes"
        raise InputError(_where(column), f"{len(different):,} different {what}", expected, source=columns.source)
    if len(different) < 2:
        found = f"only {names[0]!r}, in every row" if names else "no value in any row"
        raise InputError(_where(column), found, "at least two different values", source=columns.source)
    return classes.astype(np.int64), tuple(names)


def _class_name(column: Column, value: float) -> str:
    if column.kind == "yes or no" and column.codes is not None:
        return column.texts[column.codes[int((column.numbers == value).argmax())]]
    return f"{value:g}" if float(f"{value:g}") == value else f"{value:.17g}"


def _first_text(columns: CsvColumns, target: int, kept: Bools, expected: str) -> InputError:
    column = columns.columns[target]
    assert column.codes is not None
    there = kept & (column.codes >= 0)
    row = int(there.argmax())
    found = f"the text {column.texts[column.codes[row]]!r}" if there.any() else "nothing"
    return InputError(_where(column), found, expected, source=columns.source, line=columns.lines[row])


def _stray(columns: CsvColumns, target: int, row: int) -> InputError:
    column = columns.columns[target]
    assert column.codes is not None
    text = column.texts[column.codes[row]]
    expected = f"a number, as in other rows of this column, or data.gaps='[\"{text[:30]}\"]', which counts it as a gap"
    return InputError(_where(column), f"the text {text!r}", expected, source=columns.source, line=columns.lines[row])


def _where(column: Column) -> str:
    return f"column {column.name!r}"
