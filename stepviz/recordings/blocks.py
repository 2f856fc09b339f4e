"""Reads the blocks of a recording as they come in: from a file that grows, or from a pipe."""

from __future__ import annotations

import json
import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepviz.recordings.tables import Table, read_table

MAGIC = b"stepviz run 1\r\n\x00"
MARK = b"SVB1"
HEADER = struct.Struct("<4sIIHH")
_COVERED = struct.Struct("<IHH")
COMPRESSED = 1
LARGEST_PAYLOAD = 64 * 2**20
LARGEST_WORDS = 16 * 2**20
MOST_TABLES = 4096
# Bytes whose checksum was computed in vain, per byte of the file: more of it is an attack, not damage.
MOST_IN_VAIN = 8
_FAMILY = b"stepviz run "


class NotARecording(ValueError):
    """The bytes are not those of a recording, or of one that a newer version wrote; the message says which."""


@dataclass(frozen=True, slots=True)
class Said:
    """An object in words: the head, a mark, a note, the end."""

    words: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Rows:
    """Rows of a table, as they lie in the file at ``offset``."""

    table: Table
    rows: np.ndarray[Any, np.dtype[np.void]]
    offset: int


class BlockReader:
    """Takes bytes in pieces of any length and gives what is whole.

    A block that is cut off waits for more bytes. One whose checksum is wrong is passed over: reading goes on at the
    next mark, and ``damaged`` counts the places. Of the tables named in ``lazy`` only the places of rows are given,
    without the rows: to inflate what nobody looks at takes time.
    """

    def __init__(self, lazy: frozenset[str] = frozenset()) -> None:
        self._lazy = lazy
        self._rest = bytearray()
        self._offset = 0
        self._begun = False
        self._lost = False
        self._fed = self._in_vain = 0
        self.tables: dict[int, Table] = {}
        self.damaged = 0

    @classmethod
    def continued(cls, tables: dict[int, Table]) -> BlockReader:
        """Return a reader that begins at a block in the middle of a file with these tables."""
        reader = cls()
        reader._begun, reader.tables = True, dict(tables)
        return reader

    @property
    def waiting(self) -> int:
        """How many bytes wait for the rest of their block."""
        return len(self._rest)

    def feed(self, data: bytes) -> Iterator[Said | Rows]:
        """Give what is whole now. Raises NotARecording where the first bytes say so."""
        self._rest += data
        self._fed += len(data)
        at = 0
        if not self._begun:
            if not _begins_well(self._rest):
                return
            self._begun, at = True, len(MAGIC)
        try:
            while len(self._rest) - at >= HEADER.size:
                mark, length, checksum, kind, flags = HEADER.unpack_from(self._rest, at)
                start = at + HEADER.size
                if mark == MARK and length <= LARGEST_PAYLOAD:
                    if len(self._rest) - start < length:
                        if (found := self._whole_after(at)) is None:
                            break
                        self._lose()
                        at = found
                        continue
                    if self._is_whole(at, length, checksum, kind, flags):
                        payload = bytes(memoryview(self._rest)[start : start + length])
                        self._lost = False
                        offset, at = self._offset + at, start + length
                        event = self._read(kind, flags, payload, offset)
                        if event is not None:
                            yield event
                        continue
                self._lose()
                found = self._rest.find(MARK, at + 1)
                if found < 0:
                    at = len(self._rest) - len(MARK) + 1
                    break
                at = found
        finally:
            del self._rest[:at]
            self._offset += at

    def _lose(self) -> None:
        if not self._lost:
            self._lost = True
            self.damaged += 1

    def _is_whole(self, at: int, length: int, checksum: int, kind: int, flags: int) -> bool:
        start = at + HEADER.size
        with memoryview(self._rest)[start : start + length] as payload:
            whole = zlib.crc32(payload, zlib.crc32(_COVERED.pack(length, kind, flags))) == checksum
        if not whole:
            self._in_vain += length
            if self._in_vain > MOST_IN_VAIN * self._fed + LARGEST_PAYLOAD:
                raise NotARecording("damage in too many places")
        return whole

    def _whole_after(self, at: int) -> int | None:
        """Return where a whole block begins inside of one that seems cut off: then its length is damaged."""
        found = self._rest.find(MARK, at + 1)
        while found >= 0 and len(self._rest) - found >= HEADER.size:
            _, length, checksum, kind, flags = HEADER.unpack_from(self._rest, found)
            fits = length <= LARGEST_PAYLOAD and found + HEADER.size + length <= len(self._rest)
            if fits and self._is_whole(found, length, checksum, kind, flags):
                return found
            found = self._rest.find(MARK, found + 1)
        return None

    def _read(self, kind: int, flags: int, payload: bytes, offset: int) -> Said | Rows | None:
        if kind == 0:
            return self._words(payload)
        table = self.tables.get(kind)
        if table is None or flags & ~COMPRESSED:
            # A later version may write more than is known here.
            return None
        if table.name in self._lazy:
            return Rows(table, np.empty(0, table.dtype), offset)
        if flags & COMPRESSED:
            inflated = inflate(payload, max(LARGEST_PAYLOAD, table.dtype.itemsize))
            if inflated is None:
                self.damaged += 1
                return None
            payload = inflated
        if not payload or len(payload) % table.dtype.itemsize:
            self.damaged += 1
            return None
        return Rows(table, np.frombuffer(payload, table.dtype), offset)

    def _words(self, payload: bytes) -> Said | None:
        said: object = None
        if len(payload) <= LARGEST_WORDS:
            try:
                said = json.loads(payload.decode("utf-8"))
            # RecursionError: brackets without end.
            except (ValueError, RecursionError):
                said = None
        if not isinstance(said, dict):
            self.damaged += 1
            return None
        if said.get("what") == "table":
            table = read_table(said)
            if table is None or (len(self.tables) >= MOST_TABLES and table.kind not in self.tables):
                self.damaged += 1
            else:
                self.tables[table.kind] = table
            return None
        return Said(said)


def inflate(payload: bytes, most: int) -> bytes | None:
    """Return what was compressed; None where it is damaged or more than ``most`` bytes."""
    decompressor = zlib.decompressobj()
    try:
        found = decompressor.decompress(payload, most)
    except zlib.error:
        return None
    return None if decompressor.unconsumed_tail or not decompressor.eof else found


def _begins_well(data: bytearray) -> bool:
    begin = bytes(data[: len(MAGIC)])
    if begin == MAGIC:
        return True
    if len(begin) < len(MAGIC) and MAGIC.startswith(begin):
        return False
    if begin.startswith(_FAMILY) and begin.endswith(b"\r\n\x00"):
        raise NotARecording("a recording in a format that this version of stepviz does not know")
    raise NotARecording("bytes that are not a recording")
