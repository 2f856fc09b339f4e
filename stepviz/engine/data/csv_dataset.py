"""A data set of a CSV as the settings choose and scale its columns, and a choice to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from stepviz.engine.catalogue.parameters import look_up
from stepviz.engine.catalogue.scaling import SCALINGS
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_choice import completed, usual_choice, usual_inputs, why_no_target
from stepviz.engine.data.csv_columns import CsvColumns, Reading, read_columns
from stepviz.engine.data.csv_marks import likely_marks
from stepviz.engine.data.csv_rows import LeftOut
from stepviz.engine.data.csv_table import chosen_table, input_columns
from stepviz.engine.data.dataset import Dataset, Table, build_dataset

if TYPE_CHECKING:
    from stepviz.engine.settings.experiment import DataSettings

# Far from what a network can learn from, and near enough for float32 to square it.
LARGEST_UNSCALED = 1e6
# Columns that a note names one by one.
_NAMED = 8


def csv_dataset(columns: CsvColumns, settings: DataSettings) -> Dataset:
    """Return the data set that settings make of a table: chosen, split, scaled.

    Raises InputError for a choice that the table does not allow.
    """
    scaling = look_up(SCALINGS, settings.scaling, "data.scaling")
    settings = completed(columns, settings)
    table, left_out = chosen_table(columns, settings.target, settings.inputs, settings.task, settings.class_names)
    if settings.scaling == "none":
        _refuse_large(table, columns.source)
    features = settings.features if table.inputs.shape[1] == 2 else ()
    return build_dataset(
        table, test_share=settings.test_share, seed=settings.seed, features=features, scale=scaling.fit,
        notes=_notes(columns, settings, left_out),
    )  # fmt: skip


def columns_of(data: bytes, settings: DataSettings) -> CsvColumns:
    """Return the columns of a table, read as the settings say it is written. Raises InputError as ``read_columns``."""
    reading = Reading(settings.delimiter, settings.decimal, settings.gaps)
    return read_columns(data, settings.path, (settings.target, *settings.inputs), reading)


def suggested(columns: CsvColumns, settings: DataSettings) -> DataSettings:
    """Return the settings with a choice of columns that can be used: theirs where it can, else the usual one.

    Raises InputError, about the usual choice, where none can be used.
    """
    try:
        chosen = usual_choice(columns, settings)
        csv_dataset(columns, chosen)
    except InputError:
        plain = replace(settings, target="", inputs=(), task="auto", class_names=(), scaling="standard")
        chosen = usual_choice(columns, plain)
        csv_dataset(columns, chosen)
    return chosen


def kept_or_suggested(columns: CsvColumns, settings: DataSettings) -> DataSettings:
    """Return the settings as they are in use, or a choice of columns that can be used where theirs cannot."""
    try:
        csv_dataset(columns, settings)
    except InputError:
        return suggested(columns, settings)
    return completed(columns, settings)


def spelled_out(columns: CsvColumns, settings: DataSettings) -> DataSettings:
    """Return the settings with the target and the inputs by their names, where they say «the last» and «all»."""
    at = columns.position(settings.target, "data.target") if settings.target else len(columns.names) - 1
    inputs = tuple(columns.names[column] for column in input_columns(columns, at, settings.inputs))
    return replace(settings, target=columns.names[at], inputs=inputs)


def shortened(columns: CsvColumns, settings: DataSettings) -> DataSettings:
    """Return settings that choose the same, and say nothing of what is chosen by default."""
    target, inputs = columns.names[-1], spelled_out(columns, replace(settings, inputs=())).inputs
    return replace(
        settings,
        target="" if settings.target == target else settings.target,
        inputs=() if settings.inputs == inputs else settings.inputs,
    )


def what_is_learned(dataset: Dataset) -> str:
    """Return in words what a network will learn: «2 inputs → 3 classes, 150 examples, 38 of them to test»."""
    inputs, examples, tests = dataset.inputs.shape[1], len(dataset.inputs), len(dataset.test)
    goal = f"{len(dataset.class_names)} classes" if dataset.class_names else f"the number «{dataset.target_names[0]}»"
    kept = f"{tests:,} of them to test" if tests else "none of them to test"
    return f"{inputs:,} input{'s' * (inputs != 1)} → {goal}, {examples:,} examples, {kept}"


def why_not_used(columns: CsvColumns, settings: DataSettings) -> dict[int, str]:
    """Return, for each column that is neither target nor input, why it is not; settings are spelled out."""
    target = columns.position(settings.target, "data.target")
    used = {target, *input_columns(columns, target, settings.inputs)}
    reasons = usual_inputs(columns, target)[1]
    return {place: reasons.get(place) or "not chosen" for place in range(len(columns.columns)) if place not in used}


def _notes(columns: CsvColumns, settings: DataSettings, left_out: tuple[LeftOut, ...]) -> tuple[str, ...]:
    notes = list(columns.notes)
    total = sum(part.rows for part in left_out)
    if total:
        reasons = "; ".join(
            f"{part.rows:,} for {part.reason} (first in line {part.line})" for part in left_out[:_NAMED]
        )
        more = "; …" if len(left_out) > _NAMED else ""
        notes.append(f"{total:,} of {columns.rows:,} rows left out: {reasons}{more}.")
    chosen = spelled_out(columns, settings)
    last = len(columns.columns) - 1
    if chosen.target != columns.names[last] and (complaint := why_no_target(columns, last)) is not None:
        notes.append(f"The last column, {columns.names[last]!r}, is not the target: found {complaint.found}.")
    notes.extend(f"{mark}." for mark in likely_marks(columns, [chosen.target, *chosen.inputs]))
    unused = why_not_used(columns, chosen)
    if unused:
        parts = "; ".join(f"{columns.names[place]!r}: {reason}" for place, reason in list(unused.items())[:_NAMED])
        more = f"; and {len(unused) - _NAMED:,} more" if len(unused) > _NAMED else ""
        notes.append(f"Columns left out: {parts}{more}.")
    return tuple(notes)


def _refuse_large(table: Table, source: str) -> None:
    numbers = [(table.input_names, table.inputs)]
    if not table.class_names:
        numbers.append((table.target_names, np.asarray(table.targets, dtype=np.float64)))
    for names, values in numbers:
        largest = np.abs(values).max(axis=0)
        if (largest > LARGEST_UNSCALED).any():
            column = int(largest.argmax())
            found = f"numbers as large as {largest[column]:g} without scaling"
            expected = f"at most {LARGEST_UNSCALED:,.0f}, or another data.scaling"
            raise InputError(f"column {names[column]!r}", found, expected, source=source)
