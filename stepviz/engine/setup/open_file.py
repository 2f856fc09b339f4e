"""Opening a file that a person names: an experiment, or a CSV of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec.structs import replace

from stepviz.engine.data.csv_columns import CsvColumns, read_columns
from stepviz.engine.data.csv_dataset import suggested
from stepviz.engine.data.csv_reader import read_bytes
from stepviz.engine.data.csv_source import csv_bytes, with_checksum, without_table
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.setup.edits import with_data
from stepviz.engine.setup.experiment_file import load

SUFFIX = ".stepviz"
EXPERIMENT_SUFFIXES = (SUFFIX, ".json")


def open_file(path: str | Path, base: Experiment | None = None) -> Experiment:
    """Return the experiment in ``path``; for a CSV, ``base`` (default: the default one) with that data.

    A file whose name does not say so is an experiment if it begins with a brace. Raises InputError for content that
    is neither, OSError for an experiment file that cannot be read.
    """
    path = Path(path)
    return load(path) if is_experiment(path) else with_csv(base or Experiment(), path)


def with_csv(experiment: Experiment, path: Path) -> Experiment:
    """Return the experiment with the CSV in ``path`` as its data, and a loss that serves them.

    What the experiment chooses of the columns of that very file is kept. Raises InputError for a file that cannot be
    used.
    """
    return with_data(experiment, with_checksum(table_settings(experiment.data, path)))


def read_table(data: DataSettings, path: Path) -> tuple[CsvColumns, DataSettings]:
    """Return the columns of the CSV in ``path``, and settings that choose from them what can be used.

    Raises InputError for a file that cannot be used whatever is chosen.
    """
    content = read_bytes(str(path))
    settings = replace(table_settings(data, path), checksum=hashlib.sha256(content).hexdigest(), content="")
    return _choice_of(content, settings)


def read_table_in_use(data: DataSettings) -> tuple[CsvColumns, DataSettings]:
    """Return the columns of the CSV that the settings name, and the settings, or others where these cannot be used.

    Raises InputError where it cannot be read, or is no longer the one that was chosen.
    """
    return _choice_of(csv_bytes(data), data)


def _choice_of(content: bytes, settings: DataSettings) -> tuple[CsvColumns, DataSettings]:
    columns = read_columns(content, settings.path, (settings.target, *settings.inputs))
    return columns, suggested(columns, settings)


def table_settings(data: DataSettings, path: Path) -> DataSettings:
    """Return the settings for the CSV in ``path``: as it was chosen from, or the default choice for another file."""
    name = str(path.absolute())
    same = data.name == "csv" and data.path == name
    return replace(data if same else without_table(data), name="csv", path=name, drawing=None)


def is_experiment(path: Path) -> bool:
    """Return whether a file is an experiment by its name, or by its first letter; else it is a table."""
    if path.suffix.lower() in EXPERIMENT_SUFFIXES:
        return True
    if path.suffix.lower() in (".csv", ".tsv") or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
