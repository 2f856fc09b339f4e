"""Settings as a person types them: ``learning_rate=0.1``, ``layers.*.activation.name=step``."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from stepviz.engine.errors import InputError
from stepviz.engine.experiment import Experiment
from stepviz.engine.field_paths import with_fields


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


def _value(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, RecursionError):
        return text
