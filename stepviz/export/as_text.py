"""The present settings as text that brings them back: a command line, and a script against the public API."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from stepviz.engine.settings.experiment import Experiment

_IN_A_ROW = 5


def as_command(experiment: Experiment, steps: int) -> str:
    """Return a ``stepviz train`` line that trains ``experiment`` for ``steps`` updates, for a POSIX shell."""
    changed = _changed(msgspec.to_builtins(experiment), msgspec.to_builtins(Experiment()))
    if experiment.data.drawing or experiment.data.content:
        return f"# Save the experiment, whose data are too long for a command: stepviz train --steps {steps} FILE"
    changes = [f"--set {shlex.quote(f'{field}={msgspec.json.encode(value).decode()}')}" for field, value in changed]
    return " ".join(["stepviz train", f"--steps {steps}", *changes])


def as_python(experiment: Experiment, steps: int) -> str:
    """Return a script that trains ``experiment`` for ``steps`` updates and prints its losses."""
    names = {"Trainer"}
    source = _source(experiment, names)
    return f"""\
from stepviz.engine import {", ".join(sorted(names))}

experiment = {source}
trainer = Trainer(experiment)
trainer.step({steps})
print("step", trainer.step_count)
print("train loss", trainer.loss("train"))
print("test loss", trainer.loss("test"))
"""


def _changed(found: dict[str, Any], default: dict[str, Any], prefix: str = "") -> Iterator[tuple[str, Any]]:
    for field, value in found.items():
        if isinstance(value, dict) and isinstance(default.get(field), dict) and value.keys() == default[field].keys():
            yield from _changed(value, default[field], f"{prefix}{field}.")
        elif field not in default or value != default[field]:
            yield f"{prefix}{field}", value


def _source(value: Any, names: set[str], depth: int = 0) -> str:
    if isinstance(value, msgspec.Struct):
        return _call(value, names, depth)
    if isinstance(value, tuple) and any(isinstance(item, msgspec.Struct) for item in value):
        return _lines("", [_source(item, names, depth + 1) for item in value], depth)
    if isinstance(value, tuple) and len(value) > _IN_A_ROW and isinstance(value[0], tuple):
        rows = [", ".join(map(repr, value[at : at + _IN_A_ROW])) for at in range(0, len(value), _IN_A_ROW)]
        return _lines("", rows, depth)
    return repr(value)


def _call(value: msgspec.Struct, names: set[str], depth: int) -> str:
    name = type(value).__name__
    names.add(name)
    given = [
        (field.name, getattr(value, field.name))
        for field in msgspec.structs.fields(value)
        if getattr(value, field.name) != _default(field)
    ]
    parts = [f"{key}={_source(item, names, depth + 1)}" for key, item in given]
    return _lines(name, parts, depth) if parts and isinstance(value, Experiment) else f"{name}({', '.join(parts)})"


def _default(field: msgspec.structs.FieldInfo) -> Any:
    return field.default_factory() if field.default_factory is not msgspec.NODEFAULT else field.default


def _lines(name: str, parts: Sequence[str], depth: int) -> str:
    inner, outer = "    " * (depth + 1), "    " * depth
    return f"{name}(\n" + "".join(f"{inner}{part},\n" for part in parts) + f"{outer})"
