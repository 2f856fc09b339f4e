"""Where a file is to be written, and what is said where it cannot be."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

from stepviz.engine.whole_file import write_whole

TABLE = "Comma-separated values (*.csv)"

_ENDING = re.compile(r"\*(\.[\w-]+)")


def ask_where(parent: QWidget, title: str, suggestion: Path, filters: str) -> Path | None:
    """Let the person choose a file to write to; None where that is called off.

    ``filters`` are Qt's: «Table (*.csv);;Archive (*.npz)». A name with none of their endings gets the one of the kind
    chosen: the ending says what is in the file.
    """
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(suggestion), filters)
    if not name:
        return None
    path = Path(name)
    if path.suffix.lower() in _ENDING.findall(filters):
        return path
    path = path.with_name(path.name + _ENDING.findall(chosen or filters)[0])
    # Qt has asked about the name as it was typed.
    if path.exists():
        answer = QMessageBox.question(parent, title, f"{path.name} is there already. Replace it?")
        return path if answer == QMessageBox.StandardButton.Yes else None
    return path


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
