"""The file form of an Experiment: JSON with a format name and a schema version."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import msgspec
from msgspec import Raw, Struct

from stepviz.engine.common.atomic_files import check_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.common.field_errors import describe
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.validation import validate

FORMAT = "stepviz experiment"
VERSION = 1
# A table inside is at most 2 Mi letters, of which each takes up to 7 bytes.
LARGEST_FILE = 16 * 2**20
# All but that table: 5,000 drawn points, a number on a line, and the rest.
LARGEST_SETTINGS = 2**21


def encode(experiment: Experiment) -> bytes:
    """Return the experiment as indented JSON text in UTF-8, ending in a newline."""
    body = {"format": FORMAT, "version": VERSION, "experiment": msgspec.to_builtins(experiment)}
    text = msgspec.json.format(msgspec.json.encode(body), indent=2) + b"\n"
    # A line for each drawn point, not one for each number; a text holds no line break that is not escaped.
    return re.sub(rb"\[\n[-+.eE\d,\s]+\]", lambda found: b"[" + b" ".join(found[0][1:-1].split()) + b"]", text)


def decode(text: bytes, source: str = "") -> Experiment:
    """Return the experiment that ``text`` holds; InputError says line or field, what was found, what is expected."""
    try:
        decoded = text.decode("utf-8")
        if (settings := len(text) - _bytes_of_table(text)) > LARGEST_SETTINGS:
            # A few bytes can be an object each: what is far too long is not built.
            found = f"{settings / 2**20:.1f} MB beside the table"
            raise InputError("the file", found, f"at most {LARGEST_SETTINGS >> 20} MB of settings", source=source)
        body: Any = msgspec.json.decode(decoded)
    except UnicodeDecodeError as error:
        line = text[: error.start].count(b"\n") + 1
        raise InputError("text", f"the byte {text[error.start]:#04x}", "UTF-8", source=source, line=line) from None
    except msgspec.DecodeError as error:
        raise _malformed(text, error, source) from None
    except RecursionError:
        raise InputError("the file", "brackets nested too deep", "an experiment", source=source) from None
    if not isinstance(body, dict) or body.get("format") != FORMAT:
        found = body.get("format", "no such field") if isinstance(body, dict) else f"a JSON {type(body).__name__}"
        raise InputError("format", found, repr(FORMAT), source=source)
    version = body.get("version")
    if version != VERSION:
        newer = isinstance(version, int) and version > VERSION
        hint = " (written by a newer stepviz: update this one)" if newer else ""
        raise InputError("version", version, f"{VERSION}{hint}", source=source)
    raw = body.get("experiment")
    try:
        return validate(msgspec.convert(raw, Experiment))
    except msgspec.ValidationError as error:
        raise describe(error, raw, Experiment).at(source) from None
    except InputError as error:
        raise error.at(source) from None


class _Data(Struct, frozen=True):
    content: Raw = Raw(b"")


class _Settings(Struct, frozen=True):
    data: _Data = _Data()


class _Body(Struct, frozen=True):
    experiment: _Settings = _Settings()


def _bytes_of_table(text: bytes) -> int:
    """Return how many bytes of the text are the table that the experiment holds; 0 for what is no experiment."""
    try:
        content = bytes(msgspec.json.decode(text, type=_Body).experiment.data.content)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return 0
    return len(content) if content.startswith(b'"') else 0


def load(path: str | Path) -> Experiment:
    """Read an experiment file. Raises InputError for anything that is not a valid one, OSError for one unreadable."""
    path = Path(path)
    check_whole(path, LARGEST_FILE, "an experiment file")
    with path.open("rb") as file:
        return decode(file.read(LARGEST_FILE), path.name)


def _malformed(text: bytes, error: msgspec.DecodeError, source: str) -> InputError:
    position = re.search(r"byte (\d+)", str(error))
    offset = int(position[1]) if position else len(text)
    line = text[:offset].count(b"\n") + 1
    # The word that is wrong, such as NaN, or the sign.
    rest = re.match(r"[\w.+-]{1,20}|.", text[offset : offset + 80].decode("utf-8", "replace"), re.DOTALL)
    found = rest[0] if rest else "the end of the file"
    return InputError("JSON", found, "well-formed JSON", source=source, line=line)
