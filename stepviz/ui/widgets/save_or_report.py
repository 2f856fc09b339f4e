"""Writes a file whole, or says why it cannot be written."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from stepviz.engine.common.atomic_files import write_whole


def write_or_say(path: Path, content: bytes, say: Callable[[str], object], *, keep_previous: bool = False) -> bool:
    """Write a file whole (see ``write_whole``); where that is not possible, ``say`` why and return False."""
    try:
        write_whole(path, content, keep_previous=keep_previous)
    except OSError as error:
        say(not_written(path, error))
        return False
    return True


def not_written(path: Path | str, error: OSError) -> str:
    """Return the sentence that says that, and why."""
    return f"{path}: cannot be written ({error.strerror or error})"
