"""What is wrong with fields that do not fit a struct, in words for the person who wrote them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from difflib import get_close_matches
from typing import Any, Literal, get_args, get_origin

import msgspec
from msgspec.structs import fields

from stepviz.engine.common.errors import InputError

MOST_NAMED = 12
# What msgspec calls a kind of value, for people.
_KINDS = {
    "int": "a whole number",
    "float": "a number",
    "bool": "true or false",
    "str": "a text",
    "array": "a list",
    "object": "an object",
    "null": "nothing",
}


def describe(error: msgspec.ValidationError, raw: object, kind: type[msgspec.Struct]) -> InputError:
    """Turn msgspec's complaint about ``raw``, which is no ``kind``, into ours: field, value found, what is expected."""
    text = str(error)
    expected, _, path = text.partition(" - at `$")
    path = path.rstrip("`").lstrip(".")
    if expected.startswith("Object contains unknown field"):
        unknown = expected.split("`")[1]
        field = f"{path}.{unknown}" if path else unknown
        return InputError(field, "an unknown field", _known(unknown, list(_names_at(kind, path))))
    if expected.startswith("Expected "):
        expected = expected.removeprefix("Expected ").partition(", got ")[0].replace(" | ", " or ")
        expected = re.sub(r"\b(?:int|float|bool|str|array|object|null)\b", lambda kind: _KINDS[kind[0]], expected)
    if expected.startswith("Invalid enum value"):
        choices = [choice for annotation in _kinds_at(kind, path) for choice in _choices_in(annotation)]
        expected = "one of " + ", ".join(str(choice) or "nothing" for choice in choices)
    return InputError(path or "the file", _value_at(raw, path), expected.replace("`", ""))


def _known(unknown: str, names: list[str]) -> str:
    """Return which field may have been meant."""
    if alike := get_close_matches(unknown, names, 1):
        return f"a known one, perhaps {alike[0]}"
    return f"one of {', '.join(names)}" if 0 < len(names) <= MOST_NAMED else "only known fields"


def _names_at(kind: type[msgspec.Struct], path: str) -> Iterator[str]:
    """Yield the names of the fields that there are at a path such as ``layers[0].activation``."""
    kinds = [kind]
    for part in re.sub(r"\[[^\]]*\]", "", path).split("."):
        if part:
            found = (field.type for each in kinds for field in fields(each) if field.encode_name == part)
            kinds = [inner for annotation in found for inner in _structs_in(annotation)]
    yield from dict.fromkeys(field.encode_name for each in kinds for field in fields(each))


def _kinds_at(kind: type[msgspec.Struct], path: str) -> Iterator[Any]:
    """Yield what msgspec takes for the field at a path."""
    above, _, name = path.rpartition(".")
    kinds = [kind]
    for part in re.sub(r"\[[^\]]*\]", "", above).split("."):
        if part:
            found = (field.type for each in kinds for field in fields(each) if field.encode_name == part)
            kinds = [inner for annotation in found for inner in _structs_in(annotation)]
    yield from (field.type for each in kinds for field in fields(each) if field.encode_name == name)


def _choices_in(annotation: Any) -> Iterator[object]:
    if get_origin(annotation) is Literal:
        yield from get_args(annotation)
        return
    for inner in get_args(annotation):
        yield from _choices_in(inner)


def _structs_in(annotation: Any) -> Iterator[type[msgspec.Struct]]:
    if isinstance(annotation, type) and issubclass(annotation, msgspec.Struct):
        yield annotation
    for inner in get_args(annotation):
        yield from _structs_in(inner)


def _value_at(raw: object, path: str) -> object:
    value: object = raw
    for part in path.replace("[", ".[").split("."):
        if not part:
            continue
        try:
            value = value[int(part[1:-1])] if part[0] == "[" else value[part]  # type: ignore[index]  # checked by except
        except (KeyError, IndexError, ValueError, TypeError):
            return "something else"
    return value
