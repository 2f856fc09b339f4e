"""Opening a file that a person names: an experiment, or a CSV of their own."""

from __future__ import annotations

import hashlib
from pathlib import Path

from msgspec.structs import replace

from stepviz.engine.data.csv_choice import usual_choice
from stepviz.engine.data.csv_columns import CsvColumns
from stepviz.engine.data.csv_dataset import columns_of, csv_dataset, kept_or_suggested, suggested
from stepviz.engine.data.csv_reader import read_bytes
from stepviz.engine.data.csv_source import csv_bytes, without_table
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
    """Return the experiment with the CSV in ``path`` as its data: as it chooses its columns, or as is usual.

    The loss is one that serves them. Raises InputError for a file that cannot be used.
    """
    columns, chosen = usual_table(experiment.data, path)
    return with_data(experiment, chosen, csv_dataset(columns, chosen))


def usual_table(data: DataSettings, path: Path) -> tuple[CsvColumns, DataSettings]:
    """Return the columns of the CSV in ``path``, and the settings with the usual choice where they name no columns.

    Raises InputError for a file that cannot be used, or not as the settings say.
    """
    content = read_bytes(str(path))
    settings = replace(table_settings(data, path), checksum=_checksum(content), content="")
    columns = columns_of(content, settings)
    return columns, usual_choice(columns, settings)


def read_table(data: DataSettings, path: Path) -> tuple[CsvColumns, DataSettings]:
    """Return the columns of the CSV in ``path``, and settings that choose from them what can be used.

    Raises InputError for a file that cannot be used whatever is chosen.
    """
    content = read_bytes(str(path))
    settings = replace(table_settings(data, path), checksum=_checksum(content), content="")
    columns = columns_of(content, settings)
    return columns, suggested(columns, settings)


def read_table_in_use(data: DataSettings) -> tuple[CsvColumns, DataSettings]:
    """Return the columns of the CSV that the settings name, and the settings, or others where these cannot be used.

    Raises InputError where it cannot be read, or is no longer the one that was chosen.
    """
    columns = columns_of(csv_bytes(data), data)
    return columns, kept_or_suggested(columns, data)


def _checksum(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def table_settings(data: DataSettings, path: Path) -> DataSettings:
    """Return the settings for the CSV in ``path``: as it was chosen from, or the default choice for another file."""
    name = str(path.absolute())
    same = data.name == "csv" and data.path == name
    return replace(data if same else without_table(data), name="csv", path=name, drawing=None)


def is_experiment(path: Path) -> bool:
    """Return whether a file is an experiment by its name, or by its first letter; else it is a table."""
    suffix = path.suffix.lower()
    if suffix in (".csv", ".tsv"):
        return False
    if not path.is_file():
        return suffix in EXPERIMENT_SUFFIXES
    with path.open("rb") as file:
        first = file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")[:1]
    # A list in JSON is data, whatever it is called.
    return first == b"{" or (suffix in EXPERIMENT_SUFFIXES and first != b"[")
