"""In which encoding the bytes of a table are written."""

from __future__ import annotations

import codecs

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_formats import other_format

_MARKS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# What Excel for Western languages writes as «CSV», and, for the five bytes without a meaning there, Latin-1.
WESTERN = "cp1252"
LATIN = "latin-1"
_SAMPLE = 4096


def encoding_of(data: bytes, source: str) -> str:
    """Return the name of the encoding: UTF-8, UTF-16 or UTF-32 with a mark, UTF-16 without, Windows-1252, Latin-1.

    Raises InputError for other kinds of files, by their name, and for NUL bytes in text, with the line.
    """
    other = other_format(data, source)
    if other is not None:
        raise InputError("the file", other[0], other[1], source=source)
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return _checked(data, encoding, source)
    sample = data[:_SAMPLE]
    for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[::2])):
        # Every second byte of plain text is 0 there.
        if len(data) % 2 == 0 and len(zeros) > 1 and zeros.count(0) > 0.8 * len(zeros):
            return _checked(data, encoding, source)
    position = data.find(b"\0")
    if position >= 0:
        raise InputError("the text", "a NUL byte", "text in UTF-8", source=source, line=line_of(data, position))
    for encoding in ("utf-8", WESTERN):
        try:
            data.decode(encoding)
        except UnicodeDecodeError:
            continue
        return encoding
    return LATIN


def _checked(data: bytes, encoding: str, source: str) -> str:
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        found = f"bytes that are not {encoding.upper()}, as its first bytes say"
        raise InputError("the text", found, "UTF-8: save it again as «CSV UTF-8»", source=source) from None
    if "\0" in text:
        line = text.count("\n", 0, text.index("\0")) + 1
        raise InputError("the text", "a NUL character", "text", source=source, line=line)
    return encoding


def line_of(data: bytes, position: int) -> int:
    """Return the line of a byte."""
    return data.count(b"\n", 0, position) + 1
