"""``stepviz table``: what is read from a table, and what is learned from it by default."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

import msgspec
from msgspec.structs import replace

from stepviz.command_line.field_values import with_values
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_dataset import csv_dataset, what_is_learned
from stepviz.engine.data.csv_dialect import DELIMITERS
from stepviz.engine.data.csv_report import ColumnReport, TableReport, report_on
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.open_file import is_experiment, table_settings, usual_table

_NUMBER = "{:.6g}"


def table(file: Path, changes: Sequence[str], *, as_json: bool) -> int:
    """Print what is read from a table; ``changes`` are ``data.field=value``.

    Raises InputError for a file or a choice that cannot be used.
    """
    for change in changes:
        if not change.strip().startswith("data."):
            raise InputError("--set", change, "data.FIELD=VALUE, for example data.target=size")
    if file.exists() and file.suffix.lower() != ".json" and is_experiment(file):
        raise InputError("the file", "an experiment", "a table (CSV)", source=file.name)
    experiment = replace(Experiment(), data=table_settings(Experiment().data, file))
    columns, settings = usual_table(with_values(experiment, changes).data, file)
    dataset = csv_dataset(columns, settings)
    report = report_on(columns, settings, dataset)
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(report), indent=2).decode() + "\n")
    else:
        _print(report, what_is_learned(dataset))
    return 0


def _print(report: TableReport, learned: str) -> None:
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    console = Console(file=sys.stdout, highlight=False)
    shown = Table(box=None, pad_edge=False)
    for head, justify in (
        ("column", "left"),
        ("kind", "left"),
        ("range", "left"),
        ("gaps", "right"),
        ("used as", "left"),
    ):
        shown.add_column(head, justify=justify)  # type: ignore[arg-type]  # two of the words that it takes
    for column in report.columns:
        used = column.used or f"– {column.why_not}"
        shown.add_row(*map(Text, (column.name, column.kind, _range(column), f"{column.gaps:,}", used)))
    console.print(shown)
    console.print(f"\n{report.file}: {learned}", markup=False, soft_wrap=True)
    console.print(f"Cells are separated by {DELIMITERS.get(report.separator, report.separator)}.", markup=False)
    for note in report.notes:
        console.print(note, markup=False, soft_wrap=True)


def _range(column: ColumnReport) -> str:
    if column.range is None:
        return f"{column.different:,} different" if column.different else ""
    low, high = (_NUMBER.format(value) for value in column.range)
    return f"{low} … {high}{' ' * bool(column.unit)}{column.unit}"
