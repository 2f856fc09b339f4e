"""The run on screen as text that gives it again: a command line, and a script against the public API."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from typing import Any

import msgspec

from stepviz.engine.settings.experiment import Experiment, StopConditions
from stepviz.runtime.course import Course, Put, Switch

_IN_A_ROW = 5
# A command with more numbers is too long for some shells.
_MOST_VALUES = 1000
LEFT_OUT = "# Left out: {}"


def as_command(course: Course, steps: int) -> str:
    """Return a ``stepviz train`` line that does ``steps`` updates of a run with its changes, for a POSIX shell.

    Where a command cannot say it, or what was changed is not known, a line that begins with # says so. Early stops are
    left out: ``--steps`` says where it ends.
    """
    experiments = [course.experiment, *(each.experiment for each in course.changes if isinstance(each, Switch))]
    numbers = sum(len(each.values) for each in course.changes if isinstance(each, Put))
    if any(each.data.drawing or each.data.content for each in experiments):
        if course.changes:
            return "# The data are too long for a command: Copy as Python gives the run with all that was changed"
        return f"# Save the experiment, whose data are too long for a command: stepviz train --steps {steps} FILE"
    if numbers > _MOST_VALUES:
        return f"# {numbers:,} weights were put in by hand, too many for a command: Copy as Python gives the run"
    before = _without_stop(course.experiment)
    changes = [f"--set {_quoted(field, value)}" for field, value in _differences(Experiment(), before)]
    for change in course.changes:
        if isinstance(change, Put):
            pairs = zip(change.indices, change.values, strict=True)
            name = "fresh" if change.fresh else "parameters"
            given = [f"{name}.{index}={value!r}" for index, value in pairs]
        else:
            after = _without_stop(change.experiment)
            given = [_quoted(field, value) for field, value in _differences(before, after)]
            before = after
        if given:
            changes.append(" ".join([f"--at {change.step}", *given]))
    return "\n".join([*_not_known(course), " ".join(["stepviz train", f"--steps {steps}", *changes])])


def as_python(course: Course, steps: int) -> str:
    """Return a script that does ``steps`` updates of a run with its changes, and prints its losses."""
    names = {"Trainer"}
    source = _source(course.experiment, names)
    lines, done, before = [], 0, course.experiment
    for change in course.changes:
        if change.step > done:
            lines.append(f"trainer.step({change.step - done})")
            done = change.step
        if isinstance(change, Put):
            lines.append('row = trainer.theta[0].astype("float64")')
            lines.append(f"row[{list(change.indices)}] = {list(change.values)}")
            lines.append(f"trainer.put_parameters(row{f', fresh={list(change.indices)}' if change.fresh else ''})")
            continue
        fields = [
            f"{field}={_source(getattr(change.experiment, field), names, 1)}"
            for field in Experiment.__struct_fields__
            if getattr(change.experiment, field) != getattr(before, field)
        ]
        lines.append(f"experiment = {_lines('replace', ['experiment', *fields], 0)}")
        lines.append("trainer.change(experiment)")
        before = change.experiment
    if steps > done:
        lines.append(f"trainer.step({steps - done})")
    imports = [f"from stepviz.engine import {', '.join(sorted(names))}"]
    if any(isinstance(change, Switch) for change in course.changes):
        imports.insert(0, "from msgspec.structs import replace\n")
    parts = [*_not_known(course), *imports, "", f"experiment = {source}", "trainer = Trainer(experiment)", *lines]
    said = ('print("step", trainer.step_count)', 'print("train loss", trainer.loss("train"))',
            'print("test loss", trainer.loss("test"))')  # fmt: skip
    return "\n".join([*parts, *said, ""])


def _not_known(course: Course) -> list[str]:
    return [LEFT_OUT.format(course.missing)] if course.missing else []


def _without_stop(experiment: Experiment) -> Experiment:
    return msgspec.structs.replace(experiment, stop=StopConditions())


def _quoted(field: str, value: Any) -> str:
    return shlex.quote(f"{field}={msgspec.json.encode(value).decode()}")


def _differences(before: Experiment, after: Experiment) -> Iterator[tuple[str, Any]]:
    return _changed(msgspec.to_builtins(after), msgspec.to_builtins(before))


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
