"""Settings as a person types them: ``learning_rate=0.1``, ``layers.*.activation.name=step``."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import load
from stepviz.engine.setup.field_paths import with_fields
from stepviz.engine.setup.open_file import is_experiment, table_settings, with_csv


def with_values(experiment: Experiment, changes: Sequence[str]) -> Experiment:
    """Return the experiment with other values, each given as ``field=value``; paths as in ``with_fields``.

    A value is JSON; what is not JSON is text. Raises InputError for an unknown field and for a value that is not
    allowed.
    """
    fields: dict[str, Any] = {}
    for change in changes:
        field, equals, text = change.partition("=")
        if not equals:
            raise InputError("--set", change, "FIELD=VALUE, for example learning_rate=0.1")
        fields.pop(field.strip(), None)
        fields[field.strip()] = _value(text.strip())
    return with_fields(experiment, fields)


def opened(file: Path | None, changes: Sequence[str]) -> Experiment:
    """Return the experiment in a file, or of a CSV, or the default one, with other values as in ``with_values``.

    Raises InputError as ``with_values`` and ``open_file`` do, OSError for an experiment file that cannot be read.
    """
    if file is None or is_experiment(file):
        return with_values(load(file) if file else Experiment(), changes)
    # What is chosen of the columns decides whether the table can be used, and which loss serves it; only then it can be
    # said whether the other values are allowed with that loss.
    table = replace(Experiment(), data=table_settings(Experiment().data, file))
    of_data = [change for change in changes if change.lstrip().startswith("data.")]
    chosen = with_csv(with_values(table, of_data), file)
    return with_values(chosen, [change for change in changes if change not in of_data])


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
