"""A ZIP of a JSON text and NumPy arrays, read without pickle and within bounds: sizes are known before room is made."""

from __future__ import annotations

import errno
import io
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from tokenize import TokenError
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.errors import InputError

LARGEST_DIRECTORY = 2**16
# Bytes of what a ZIP ends with, and of what stands before it in a ZIP of the large kind.
_END, _LOCATOR = 22, 20
HEADER = 4096
# What is larger than this is not packed: it takes long, and numbers with a point hardly become smaller.
_LARGEST_PACKED = 2**22
# A part larger than this that was so many times smaller in the file holds nothing worth its room.
_LARGE, _DENSEST = 2**24, 64
# What the reader of ZIPs raises.
_DAMAGE = (
    zipfile.BadZipFile, zipfile.LargeZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError,
    OverflowError, struct.error,
)  # fmt: skip
# What the reader of the headers of arrays raises.
_NO_HEADER = (ValueError, TypeError, EOFError, OSError, OverflowError, MemoryError, SyntaxError, TokenError,
              RecursionError)  # fmt: skip


def write_archive(text_name: str, text: bytes, arrays: Mapping[str, NDArray[Any]]) -> bytes:
    """Return the content of an archive; the same parts give the same bytes."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        # A time of its own in every file would make two files of one content differ.
        archive.writestr(zipfile.ZipInfo(text_name), text, zipfile.ZIP_DEFLATED)
        for name, values in arrays.items():
            content = io.BytesIO()
            np.save(content, values, allow_pickle=False)
            packed = zipfile.ZIP_DEFLATED if values.nbytes <= _LARGEST_PACKED else zipfile.ZIP_STORED
            archive.writestr(zipfile.ZipInfo(f"{name}.npy"), content.getvalue(), packed)
    return file.getvalue()


class ArrayArchive:
    """An open archive. Its parts are read one by one; what is wrong with one is said with the file's name."""

    def __init__(self, archive: zipfile.ZipFile, source: str, expected: str) -> None:
        self._archive, self._source, self._expected = archive, source, expected

    def wrong(self, field: str, found: object, expected: str) -> InputError:
        """Return the error that says what was found instead of what was expected."""
        return InputError(field, found, expected, source=self._source)

    def holds(self, name: str) -> bool:
        """Return whether there is an array of this name."""
        return f"{name}.npy" in self._archive.namelist()

    def text(self, name: str, most: int) -> bytes:
        """Return a part of at most so many bytes."""
        return self._read(self._info(name, most), most)

    def array(self, name: str, dtype: np.dtype[Any] | str, *most: int, table: bool = False) -> NDArray[Any]:
        """Return an array (``most``) of this dtype; a ``table`` may have fewer rows. Nothing is read of another one."""
        wanted = np.dtype(dtype)
        room = int(np.prod(most, dtype=np.float64)) * wanted.itemsize
        info = self._info(f"{name}.npy", room + HEADER)
        with self._archive.open(info) as file:
            head = io.BytesIO(file.read(HEADER))
            shape, by_columns, found = self._header(name, head)
            fits = shape == most or (table and shape[1:] == most[1:] and len(shape) == len(most) and shape[0] < most[0])
            if found != wanted or not fits:
                shown = f"{found} of shape {shape}"
                raise self.wrong(name, shown[:80], f"{wanted} of shape {most}")
            size = int(np.prod(shape)) * wanted.itemsize
            content = head.read() + file.read(max(0, size - HEADER) + HEADER)
        if len(content) != size:
            raise self.wrong(name, f"{len(content):,} bytes of numbers", f"{size:,}")
        values = np.frombuffer(content, dtype=wanted)
        return values.reshape(shape, order="F" if by_columns else "C")

    def _header(self, name: str, head: BinaryIO) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
        try:
            if np.lib.format.read_magic(head) != (1, 0):
                raise ValueError("another version of the format")
            shape, by_columns, dtype = np.lib.format.read_array_header_1_0(head, max_header_size=HEADER)
        except _NO_HEADER as error:
            raise self.wrong(name, f"no array ({_one_line(error)})", "an array of numbers") from None
        # To Python True is a number too, but no length.
        if dtype.hasobject or not all(type(length) is int and length >= 0 for length in shape):
            raise self.wrong(name, f"{dtype} of shape {shape}"[:80], "an array of numbers")
        return shape, bool(by_columns), dtype

    def _info(self, name: str, most: int) -> zipfile.ZipInfo:
        try:
            info = self._archive.getinfo(name)
        except KeyError:
            raise self.wrong(name, "no such part", f"all parts of {self._expected}") from None
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise self.wrong(name, f"the kind of compression {info.compress_type}", "the usual one")
        if info.file_size > most:
            raise self.wrong(name, f"{info.file_size:,} bytes", f"at most {most:,}")
        if info.file_size > _LARGE and info.file_size > _DENSEST * info.compress_size:
            packed = f"{info.file_size:,} bytes, packed into {info.compress_size:,}"
            raise self.wrong(name, packed, f"at most {_DENSEST} times as many as packed")
        return info

    def _read(self, info: zipfile.ZipInfo, most: int) -> bytes:
        with self._archive.open(info) as file:
            # Never more than was promised, whatever comes out of the compressed bytes.
            content = file.read(most + 1)
        if len(content) > most:
            raise self.wrong(info.filename, "more bytes than it says", f"at most {most:,}")
        return content


@contextmanager
def open_archive(path: Path, expected: str) -> Iterator[ArrayArchive]:
    """Open an archive for reading.

    Raises InputError for a file that is none, also while its parts are read, and OSError where it cannot be read.
    """
    try:
        with path.open("rb") as file:
            _check_directory(file)
            with zipfile.ZipFile(file) as archive:
                yield ArrayArchive(archive, path.name, expected)
    except InputError:
        raise
    except _DAMAGE as error:
        raise InputError("the file", f"damaged or no ZIP ({_one_line(error)})", expected, source=path.name) from None
    except OSError as error:
        # A place that lies before the beginning of the file; else the disc cannot be read.
        if error.errno != errno.EINVAL:
            raise
        raise InputError("the file", "damaged", expected, source=path.name) from None


def _check_directory(file: BinaryIO) -> None:
    """Raise BadZipFile unless the file ends like one that we write: any ZIP may list millions of parts."""
    size = file.seek(0, io.SEEK_END)
    file.seek(max(0, size - _LOCATOR - _END))
    last = file.read()
    large, end = last[:-_END], last[-_END:]
    if len(end) < _END or not end.startswith(b"PK\5\6") or large.startswith(b"PK\6\7"):
        raise zipfile.BadZipFile("it does not end like one")
    (directory,) = struct.unpack_from("<I", end, 12)
    if directory > LARGEST_DIRECTORY:
        raise zipfile.BadZipFile("too many parts in it")


def _one_line(error: BaseException) -> str:
    # The words may repeat what a hostile file holds.
    return " ".join(str(error).split())[:200]
