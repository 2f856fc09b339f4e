"""From a file that may be anything to the records of a CSV, in bounded time and memory."""

from __future__ import annotations

import csv
import os
import stat
from collections.abc import Iterator
from io import BytesIO, StringIO, TextIOWrapper

from stepviz.engine.common.errors import InputError

LARGEST_FILE = 64 * 2**20
LONGEST_LINE = 1_000_000
# In order of preference where several fit: with decimal commas, "1,5;2,5" fits both.
DELIMITERS = ("\t", ";", ",")

_SAMPLE_BYTES = 65_536
_SAMPLE_RECORDS = 20


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


def find_delimiter(data: bytes) -> str:
    """Return the delimiter that cuts most of the first records into as many cells (at least two) as the first one."""
    sample = data[:_SAMPLE_BYTES].decode("utf-8-sig", "ignore")
    best, best_share = ",", 0.0
    for delimiter in DELIMITERS:
        counts = []
        try:
            for record in csv.reader(StringIO(sample, newline=""), delimiter=delimiter):
                if any(cell.strip() for cell in record):
                    counts.append(len(record))
                if len(counts) == _SAMPLE_RECORDS:
                    break
        except csv.Error:
            continue
        if counts and counts[0] > 1 and counts.count(counts[0]) / len(counts) > best_share:
            best, best_share = delimiter, counts.count(counts[0]) / len(counts)
    return best


def records(data: bytes, delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Yield the line on which each record begins, and its cells; blank lines are left out.

    InputError for quotes that do not close, and for lines or cells too long to be data.
    """
    reader = csv.reader(_lines(data, source), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            if len(record) > 1 or (record and record[0].strip()):
                yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        expected = 'cells of at most 131,072 characters; a quote " inside quotes is written twice'
        raise InputError("the text", f"a malformed cell ({error})", expected, source=source, line=line) from None


def _lines(data: bytes, source: str) -> Iterator[str]:
    text = TextIOWrapper(BytesIO(data), encoding="utf-8-sig", newline="")
    number = 1
    while line := text.readline(LONGEST_LINE + 1):
        if len(line) > LONGEST_LINE:
            found, expected = f"more than {LONGEST_LINE:,} characters", "shorter lines"
            raise InputError("the text", found, expected, source=source, line=number)
        yield line
        number += 1


def _line_of(data: bytes, position: int) -> int:
    return data.count(b"\n", 0, position) + 1
