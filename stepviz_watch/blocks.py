"""The recording's bytes, as FORMAT.md describes them: blocks with a checksum, tables that declare their fields."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Sequence
from typing import Any

import numpy as np

MAGIC = b"stepviz run 1\r\n\x00"
MARK = b"SVB1"
HEADER = struct.Struct("<4sIIHH")
COVERED = struct.Struct("<IHH")
WORDS = 0
COMPRESSED = 1
LARGEST_PAYLOAD = 64 * 2**20
SMALLEST_COMPRESSED = 512


def block(kind: int, payload: bytes, flags: int = 0) -> bytes:
    """Return one block; its checksum covers length, kind, flags and payload."""
    if len(payload) > LARGEST_PAYLOAD:
        raise ValueError(f"a block of {len(payload):,} bytes is larger than the format allows ({LARGEST_PAYLOAD:,})")
    checksum = zlib.crc32(payload, zlib.crc32(COVERED.pack(len(payload), kind, flags)))
    return HEADER.pack(MARK, len(payload), checksum, kind, flags) + payload


def words(**said: Any) -> bytes:
    """Return a block of kind 0: an object in JSON; numbers that JSON has no word for become null."""
    text = json.dumps(_plain(said), ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A name can hold half of a surrogate pair, which UTF-8 has no bytes for.
    return block(WORDS, text.encode("utf-8", "replace"))


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {str(key): _plain(part) for key, part in value.items()}
    if isinstance(value, (list, tuple)):
        return [_plain(part) for part in value]
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float):
        return value if np.isfinite(value) else None
    return value if value is None or isinstance(value, (bool, int, str)) else str(value)


class Table:
    """Rows of one kind. ``fields`` are (name, type such as "i8" or "f4", shape)."""

    def __init__(self, kind: int, name: str, fields: Sequence[tuple[str, str, tuple[int, ...]]]) -> None:
        self.kind, self.name = kind, name
        self._fields = [(field, "<" + type_, list(shape)) for field, type_, shape in fields]
        self.dtype = np.dtype([(field, type_, tuple(shape)) for field, type_, shape in self._fields])

    def declaration(self, **about: Any) -> bytes:
        """Return the block that declares this table; it stands before the first row."""
        return words(what="table", kind=self.kind, name=self.name, fields=self._fields, **about)

    def row(self, **values: Any) -> np.ndarray:
        """Return one row, shape (1,); a field without a value is 0."""
        row = np.zeros(1, self.dtype)
        for name, value in values.items():
            row[name][0] = value
        return row

    def block(self, rows: np.ndarray) -> bytes:
        """Return rows as one block, compressed where that makes it smaller."""
        payload = np.ascontiguousarray(rows, self.dtype).tobytes()
        if len(payload) >= SMALLEST_COMPRESSED:
            smaller = zlib.compress(payload, 1)
            if len(smaller) < len(payload):
                return block(self.kind, smaller, COMPRESSED)
        return block(self.kind, payload)
