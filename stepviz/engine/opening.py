"""Opening a file that a person names: an experiment, or a CSV of their own."""

from __future__ import annotations

from pathlib import Path

from msgspec.structs import replace

from stepviz.engine.csv_source import with_checksum
from stepviz.engine.experiment import Experiment
from stepviz.engine.experiment_file import load
from stepviz.engine.fitting import with_data

SUFFIX = ".stepviz"
EXPERIMENT_SUFFIXES = (SUFFIX, ".json")


def open_file(path: str | Path, base: Experiment | None = None) -> Experiment:
    """Return the experiment in ``path``; for a CSV, ``base`` (default: the default one) with that data.

    A file whose name does not say so is an experiment if it begins with a brace. Raises InputError for content that
    is neither, OSError for an experiment file that cannot be read.
    """
    path = Path(path)
    return load(path) if _is_experiment(path) else with_csv(base or Experiment(), path)


def with_csv(experiment: Experiment, path: Path) -> Experiment:
    """Return the experiment with the CSV in ``path`` as its data, and a loss that serves them.

    Raises InputError for a file that cannot be used.
    """
    data = replace(experiment.data, name="csv", path=str(path.absolute()), target="", drawing=None)
    return with_data(experiment, with_checksum(data))


def _is_experiment(path: Path) -> bool:
    if path.suffix.lower() in EXPERIMENT_SUFFIXES:
        return True
    if path.suffix.lower() in (".csv", ".tsv") or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(256).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"{"
