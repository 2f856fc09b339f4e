"""A data set of a CSV as the settings choose and scale its columns, and a choice to begin with."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from msgspec.structs import replace

from stepviz.engine.catalogue.scaling import SCALINGS
from stepviz.engine.catalogue.table import look_up
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import CsvColumns
from stepviz.engine.data.csv_table import chosen_table, input_columns, targets_of
from stepviz.engine.data.dataset import Dataset, Table, build_dataset

if TYPE_CHECKING:
    from stepviz.engine.settings.experiment import DataSettings

# Far from what a network can learn from, and near enough for float32 to square it.
LARGEST_UNSCALED = 1e6
# So many columns are tried as the target: each of text has to be read.
_TRIED = 8


def csv_dataset(columns: CsvColumns, settings: DataSettings) -> Dataset:
    """Return the data set that settings make of a table: chosen, split, scaled.

    Raises InputError for a choice that the table does not allow.
    """
    scaling = look_up(SCALINGS, settings.scaling, "data.scaling")
    table = chosen_table(columns, settings.target, settings.inputs, settings.task, settings.class_names)
    if settings.scaling == "none":
        _refuse_large(table, columns.source)
    features = settings.features if table.inputs.shape[1] == 2 else ()
    return build_dataset(
        table, test_share=settings.test_share, seed=settings.seed, features=features, scale=scaling.fit
    )


def suggested(columns: CsvColumns, settings: DataSettings) -> DataSettings:
    """Return the settings with a choice of columns that can be used, their present one where it can.

    Else the inputs are all columns of numbers, and the target is the last column that can be one. Raises InputError,
    about the columns as they are chosen by default, where no choice can be used.
    """
    try:
        csv_dataset(columns, settings)
    except InputError as error:
        complaint = error
    else:
        return settings
    plain = replace(settings, target="", inputs=(), task="auto", class_names=(), scaling="standard")
    try:
        csv_dataset(columns, plain)
    except InputError as error:
        complaint = error
    else:
        return plain
    numeric = [column for column in range(len(columns.names)) if columns.why_not_numbers([column]) is None]
    for target in range(len(columns.names) - 1, -1, -1)[:_TRIED]:
        inputs = [column for column in numeric if column != target]
        try:
            targets_of(columns, target)
        except InputError:
            continue
        if inputs:
            names = tuple(columns.names[column] for column in inputs)
            return replace(plain, target=columns.names[target], inputs=names)
    raise complaint


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
