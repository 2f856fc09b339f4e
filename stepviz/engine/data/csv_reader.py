"""The bytes of a file that may be anything, and whether they are text in UTF-8."""

from __future__ import annotations

import os
import stat

from stepviz.engine.common.errors import InputError

LARGEST_FILE = 64 * 2**20


def read_bytes(path: str) -> bytes:
    """Return the file's content. InputError if it is not a regular, readable, non-empty file of at most 64 MB."""
    try:
        status = os.stat(path)
        if stat.S_ISDIR(status.st_mode):
            raise InputError("the file", "a folder", "a CSV file", source=path)
        if not stat.S_ISREG(status.st_mode):
            raise InputError("the file", "a device or pipe", "a CSV file", source=path)
        with open(path, "rb") as file:
            # The size may be stale by now: read no more than allowed, whatever it said.
            data = file.read(LARGEST_FILE + 1) if status.st_size <= LARGEST_FILE else b""
    except FileNotFoundError:
        raise InputError("the file", "no such file", "a CSV file", source=path) from None
    except OSError as error:
        found = f"a file that cannot be read ({error.strerror})"
        raise InputError("the file", found, "a readable CSV file", source=path) from None
    except ValueError as error:
        if isinstance(error, InputError):
            raise
        raise InputError("the file", f"the path {path!r}", "a path without NUL and broken characters") from None
    size = max(status.st_size, len(data))
    if size > LARGEST_FILE:
        raise InputError("the file", f"{size / 2**20:,.0f} MB", f"at most {LARGEST_FILE >> 20} MB", source=path)
    if not data:
        raise InputError("the file", "an empty file", "a header and rows of numbers", source=path)
    return data


def check_text(data: bytes, source: str) -> None:
    """Raise InputError, with the line, unless ``data`` is UTF-8 (with or without a byte order mark) without NUL."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        raise InputError("the text", "UTF-16", "UTF-8: save it again as «CSV UTF-8»", source=source)
    position = data.find(b"\0")
    if position >= 0:
        raise InputError("the text", "a NUL byte", "text in UTF-8", source=source, line=_line_of(data, position))
    try:
        data.decode("utf-8")
    except UnicodeDecodeError as error:
        found = f"the byte 0x{data[error.start]:02X}, which is not UTF-8"
        line = _line_of(data, error.start)
        raise InputError("the text", found, "UTF-8: save it again as «CSV UTF-8»", source=source, line=line) from None


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
