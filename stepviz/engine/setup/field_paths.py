"""Settings by name: ``learning_rate``, ``layers.0.width``, ``layers.*.activation.name``."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

import msgspec

from stepviz.engine.catalogue.parameters import one_of
from stepviz.engine.common.errors import InputError
from stepviz.engine.common.field_errors import describe
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.validation import validate


def with_fields(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """Return the experiment with other values, each under the path of its field, put in one after the other.

    A path is names and list positions (from 0; ``*`` means all of a list), joined by dots. Raises InputError for an
    unknown field and for a value that is not allowed.
    """
    raw = _plain(experiment)
    for field, value in changes.items():
        for holder, key in _places(raw, field):
            # The rule «true» is a name like any other, but JSON and YAML take it for a truth value.
            named = isinstance(value, bool) and isinstance(holder, dict) and isinstance(holder.get(key), str)
            holder[key] = str(value).lower() if named else value
        if isinstance(value, dict | list):
            # What is left out of a part that is given whole gets its default, and can be changed by name after.
            raw = _plain(_built(raw))
    return validate(_built(raw))


def _plain(experiment: Experiment) -> Any:
    # By way of JSON, so that all lists are lists, which can be changed.
    return msgspec.json.decode(msgspec.json.encode(experiment))


def _built(raw: Any) -> Experiment:
    try:
        return msgspec.convert(raw, Experiment)
    except msgspec.ValidationError as error:
        raise describe(error, raw, Experiment) from None
    except UnicodeEncodeError as error:
        raise InputError("a setting", error.object, "letters: half of a pair of UTF-16 is none") from None


def _places(raw: Any, field: str) -> Iterator[tuple[Any, str | int]]:
    parts = re.sub(r"\[([^\]]*)\]", r".\1", field).split(".")
    holders = [raw]
    for depth, part in enumerate(parts):
        last = depth == len(parts) - 1
        # Parameters of activations and the like are filled in by name: validation knows which there are.
        new = last and parts[depth - 1 : depth] == ["parameters"]
        places = [place for holder in holders for place in _step(holder, part, field, new=new)]
        if last:
            yield from places
            return
        holders = [holder[key] for holder, key in places]


def _step(holder: Any, part: str, field: str, *, new: bool) -> list[tuple[Any, str | int]]:
    if isinstance(holder, list):
        if part == "*":
            return [(holder, place) for place in range(len(holder))]
        if part.isascii() and part.isdecimal() and len(part) < 9 and int(part) < len(holder):
            return [(holder, int(part))]
        expected = f"* or a number from 0 to {len(holder) - 1}" if holder else "a list that is not empty"
        raise InputError(field, f"the position {part!r}", expected)
    if isinstance(holder, dict):
        if part in holder or new:
            return [(holder, part)]
        raise InputError(field, f"the field {part!r}", one_of(part, holder) if holder else "no fields here")
    raise InputError(field, f"the field {part!r} of {holder!r}", "a field that has fields itself")
