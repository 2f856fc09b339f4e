"""What is learned from a table by default: which column is the target, which are inputs, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.arrays import Bools
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import CsvColumns
from stepviz.engine.data.csv_rows import complete_rows
from stepviz.engine.data.csv_table import input_columns, why_no_input
from stepviz.engine.data.csv_targets import countable, look_like_classes, targets_of
from stepviz.engine.settings.limits import ChosenTask

if TYPE_CHECKING:
    from stepviz.engine.settings.experiment import DataSettings

# A column of such a name is the target wherever it stands.
TARGET_NAMES = frozenset({"target", "label", "class"})
# So many columns are tried as the target, from the last on.
_TRIED = 32
_MOST_GAPS = 0.5


def usual_choice(columns: CsvColumns, settings: DataSettings) -> DataSettings:
    """Return the settings with a target and inputs where they name none.

    The target is the last column, or the one that is called target, label or class, unless it cannot be learned
    (dates, identifiers, one value only, gaps in more than half of the rows, more classes than half of the rows): then
    the one before. The inputs are as ``usual_inputs`` says. A target of whole numbers that do not look like classes is
    a number. Raises InputError, about the last column or the inputs, where nothing can be learned.
    """
    if settings.target:
        target = columns.position(settings.target, "data.target")
        inputs = (
            input_columns(columns, target, settings.inputs) if settings.inputs else usual_inputs(columns, target)[0]
        )
        if not inputs:
            raise _no_inputs(columns, target)
    else:
        target, inputs = _first_that_serves(columns, settings)
    task = settings.task if settings.task != "auto" else usual_task(columns, target, inputs)
    others = [place for place in range(len(columns.columns)) if place != target]
    usual = inputs == others
    return replace(
        settings,
        target=columns.names[target] if settings.target or not usual or target < len(others) else "",
        inputs=settings.inputs or (() if usual else tuple(columns.names[place] for place in inputs)),
        task=task,
    )


def usual_task(columns: CsvColumns, target: int, inputs: Sequence[int]) -> ChosenTask:
    """Return "regression" for a target of whole numbers that do not look like classes, else "auto"."""
    column = columns.columns[target]
    if not column.is_numeric or column.kind == "yes or no":
        return "auto"
    values = column.numbers[complete_rows(columns, [*inputs, target])[0]]
    different = np.unique(values)
    # "auto" takes them for classes; a single value is refused in any case.
    return "regression" if len(different) > 1 and countable(different) and not look_like_classes(values) else "auto"


def completed(columns: CsvColumns, settings: DataSettings) -> DataSettings:
    """Return settings that name what they use, where «the last column» and «all others» cannot be meant.

    Settings that name none mean just that, as long as all others are numbers and the last column can be learned.
    """
    if settings.target and settings.inputs:
        return settings
    target = columns.position(settings.target, "data.target") if settings.target else len(columns.columns) - 1
    literal = input_columns(columns, target, settings.inputs)
    if all(columns.columns[place].is_numeric for place in literal):
        kept, _ = complete_rows(columns, [*literal, target])
        try:
            targets_of(columns, target, settings.task, kept)
        except InputError:
            if settings.target:
                return settings
        else:
            return settings
    try:
        return usual_choice(columns, settings)
    except InputError:
        # The complaint about what was meant says more.
        return settings


def usual_inputs(columns: CsvColumns, target: int) -> tuple[list[int], dict[int, str]]:
    """Return the places of the usual inputs, and why each other column is none.

    All columns of numbers, and of yes and no, but: row numbers and identifiers, unless there is nothing else; columns
    with gaps in more than half of the rows. Then, while gaps would take more than half of the rows that have a target,
    or leave one class only, the column with the most gaps is left out.
    """
    reasons: dict[int, str] = {}
    inputs: list[int] = []
    spare: list[int] = []
    for place, column in enumerate(columns.columns):
        if place == target:
            continue
        if not column.is_numeric:
            reasons[place] = column.why_not
        elif column.gaps > _MOST_GAPS * columns.rows:
            reasons[place] = f"gaps in {column.gaps:,} of {columns.rows:,} rows"
        elif column.why_not:
            reasons[place] = column.why_not
            spare.append(place)
        else:
            inputs.append(place)
    if not inputs:
        inputs = spare
        reasons = {place: reason for place, reason in reasons.items() if place not in spare}
    _leave_out_gaps(columns, target, inputs, reasons)
    return inputs, reasons


def _leave_out_gaps(columns: CsvColumns, target: int, inputs: list[int], reasons: dict[int, str]) -> None:
    there = ~columns.columns[target].missing()
    total = int(there.sum())
    missing = {place: columns.columns[place].missing() for place in inputs if columns.columns[place].gaps}
    while missing and len(inputs) > 1:
        kept = there & ~np.logical_or.reduce(list(missing.values()))
        if 2 * kept.sum() >= total and (_two_values(columns, target, kept) or not _two_values(columns, target, there)):
            return
        worst = max(missing, key=lambda place: int(missing[place].sum()))
        gaps = columns.columns[worst].gaps
        reasons[worst] = f"{gaps:,} gaps: with them fewer than half of the {total:,} rows would be left"
        if 2 * kept.sum() >= total:
            reasons[worst] = f"{gaps:,} gaps: without their rows the target would have one value only"
        del missing[worst]
        inputs.remove(worst)


def _two_values(columns: CsvColumns, target: int, kept: Bools) -> bool:
    column = columns.columns[target]
    values = column.numbers[kept]
    texts = np.unique(column.codes[kept]) if column.codes is not None else np.empty(0)
    return len(np.unique(values[~np.isnan(values)])) + (texts >= 0).sum() > 1


def _first_that_serves(columns: CsvColumns, settings: DataSettings) -> tuple[int, list[int]]:
    named = input_columns(columns, -1, settings.inputs) if settings.inputs else []
    last = len(columns.columns) - 1
    complaint: InputError | None = None
    for place in _candidates(columns):
        if place in named:
            continue
        found = why_no_target(columns, place)
        inputs = named or ([] if found else usual_inputs(columns, place)[0])
        if found is None and inputs:
            return place, inputs
        if complaint is None or place == last:
            complaint = found or _no_inputs(columns, place)
    raise complaint or _no_inputs(columns, last)


def _candidates(columns: CsvColumns) -> list[int]:
    from_the_last = list(range(len(columns.columns) - 1, -1, -1))
    named = [place for place in from_the_last if columns.names[place].casefold() in TARGET_NAMES]
    return (named[:1] if len(named) == 1 else []) + from_the_last[:_TRIED]


def why_no_target(columns: CsvColumns, place: int) -> InputError | None:
    """Return why a column is not the usual target; None where it can be."""
    column = columns.columns[place]
    where, source = f"column {column.name!r}", columns.source
    if column.kind in ("date or time", "identifier", "row number", "empty", "unclear numbers"):
        expected = "numbers or classes to learn; data.target names another column"
        return InputError(where, column.why_not, expected, source=source)
    if column.gaps > _MOST_GAPS * columns.rows:
        found = f"gaps in {column.gaps:,} of {columns.rows:,} rows"
        return InputError(where, found, "a value in at least half of the rows", source=source)
    try:
        _, classes = targets_of(columns, place)
    except InputError as error:
        return error
    there = columns.rows - column.gaps
    if not column.is_numeric and len(classes) > 2 and 2 * len(classes) > there + 1:
        found = f"{len(classes)} different texts in {there:,} rows"
        return InputError(where, found, "classes with several examples each", source=source)
    return None


def _no_inputs(columns: CsvColumns, target: int) -> InputError:
    others = [place for place in range(len(columns.columns)) if place != target]
    for place in others:
        complaint = why_no_input(columns, place)
        if complaint is not None:
            besides = f"besides the target {columns.names[target]!r}"
            expected = f"a number: an input is needed, and no column {besides} holds numbers (data.target, data.inputs)"
            return InputError(complaint.field, complaint.found, expected, source=columns.source, line=complaint.line)
    reasons = usual_inputs(columns, target)[1]
    place, reason = next(iter(reasons.items()), (target, "it is the target"))
    expected = "a column of numbers as input; data.inputs names the columns to use"
    return InputError(f"column {columns.names[place]!r}", reason, expected, source=columns.source)
