"""The tables that a recording declares: which columns its rows have. Nothing in a declaration is believed unchecked."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

LARGEST_ROW = 64 * 2**20
MOST_FIELDS, MOST_DIMENSIONS = 256, 8
LONGEST_NAME = 200
_TYPE = re.compile(r"<?(i1|i2|i4|i8|u1|u2|u4|u8|f2|f4|f8)\Z")


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of one kind."""

    kind: int
    name: str
    dtype: np.dtype[np.void]
    about: Mapping[str, Any]


def read_table(said: Mapping[str, Any]) -> Table | None:
    """Return the table that an object of a recording declares; None where it declares none that can be read."""
    kind, name, fields, about = said.get("kind"), said.get("name"), said.get("fields"), said.get("about", {})
    if not isinstance(kind, int) or isinstance(kind, bool):
        return None
    if not (0 < kind < 2**16 and isinstance(name, str) and len(name) <= LONGEST_NAME):
        return None
    if not (isinstance(fields, list) and 0 < len(fields) <= MOST_FIELDS and isinstance(about, dict)):
        return None
    described = []
    size = 0
    for field in fields:
        if not (isinstance(field, list) and len(field) == 3):
            return None
        label, type_, shape = field
        if not (isinstance(label, str) and 0 < len(label) <= LONGEST_NAME and isinstance(type_, str)):
            return None
        if not _TYPE.match(type_) or not isinstance(shape, list) or len(shape) > MOST_DIMENSIONS:
            return None
        if not all(_is_whole(length) and 0 <= length <= LARGEST_ROW for length in shape):
            return None
        entries = 1
        for length in shape:
            entries *= length
        size += entries * int(type_[-1])
        if size > LARGEST_ROW:
            return None
        described.append((label, "<" + type_.removeprefix("<"), tuple(shape)))
    if len({label for label, _, _ in described}) != len(described) or size == 0:
        return None
    return Table(kind, name, np.dtype(described), about)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)
