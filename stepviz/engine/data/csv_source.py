"""Where the text of a CSV comes from: its file, which must be the one that was chosen, or the settings themselves."""

from __future__ import annotations

import hashlib
import os
import re
from typing import TYPE_CHECKING

from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_reader import read_bytes
from stepviz.engine.data.csv_text import encoding_of
from stepviz.engine.settings.limits import MOST_CONTENT

if TYPE_CHECKING:
    from stepviz.engine.settings.experiment import DataSettings

# In characters: what an experiment, a session and every step of undo carry along.


def is_checksum(text: str) -> bool:
    """Return whether a text is a SHA-256 in lower-case hexadecimal digits."""
    return re.fullmatch("[0-9a-f]{64}", text) is not None


def csv_bytes(settings: DataSettings) -> bytes:
    """Return the CSV that the settings name: what stands in them, or the content of its file.

    Raises InputError where the file cannot be read, or is no longer the one that was chosen.
    """
    if settings.content:
        return settings.content.encode("utf-8", "replace")
    data = read_bytes(settings.path)
    found = hashlib.sha256(data).hexdigest()
    if settings.checksum and found != settings.checksum:
        raise InputError(
            "the content (SHA-256)",
            f"{found[:8]}…",
            f"{settings.checksum[:8]}… as when it was chosen: the file has changed since; to use it as it is now, "
            "open the CSV again, or empty data.checksum in the experiment",
            source=os.path.basename(settings.path),
        )
    return data


def same_numbers(first: DataSettings, second: DataSettings) -> bool:
    """Return whether two settings certainly give a network the same numbers: only names, or the place, are others."""
    bare = [replace(data, path="", checksum=_checksum_of(data), content="", class_names=()) for data in (first, second)]
    return bool(bare[0].checksum) and bare[0] == bare[1]


def _checksum_of(data: DataSettings) -> str:
    return hashlib.sha256(data.content.encode("utf-8", "replace")).hexdigest() if data.content else data.checksum


def without_table(settings: DataSettings) -> DataSettings:
    """Return the settings without anything that was chosen of a file or drawn."""
    return replace(
        settings, path="", target="", inputs=(), task="auto", class_names=(), scaling="standard", checksum="",
        content="", drawing=None, delimiter="", decimal="", gaps=(),
    )  # fmt: skip


def with_checksum(settings: DataSettings) -> DataSettings:
    """Return the settings with the checksum that the file at their path has now; InputError if it cannot be read."""
    return replace(settings, checksum=hashlib.sha256(read_bytes(settings.path)).hexdigest(), content="")


def with_content(settings: DataSettings) -> DataSettings:
    """Return the settings with the whole CSV inside, all its columns: its file is not needed any more.

    Of the path the name stays. Raises InputError where the file cannot be read, has changed or is too long.
    """
    return put_inside(settings, csv_bytes(settings))


def put_inside(settings: DataSettings, data: bytes) -> DataSettings:
    """Return the settings with the CSV ``data`` inside, of the path only the name; InputError where it is too long."""
    source = os.path.basename(settings.path)
    text = data.decode(encoding_of(data, source)).removeprefix("\ufeff")
    if len(text) > MOST_CONTENT:
        expected = f"at most {MOST_CONTENT:,}, to travel inside the experiment; it can stay a file of its own"
        raise InputError("the file", f"{len(text):,} characters", expected, source=source)
    return replace(settings, path=source, content=text, checksum="")
