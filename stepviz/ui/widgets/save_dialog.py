"""Asks where a file is to be written; every save of the window asks here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from PySide6.QtWidgets import QFileDialog, QMessageBox, QWidget

TABLE = {"Comma-separated values": ".csv"}


def ask_where(
    parent: QWidget, title: str, suggestion: Path, kinds: Mapping[str, str], also: Sequence[str] = ()
) -> Path | None:
    """Let the person choose where to write to; None where nothing is to be written.

    ``kinds`` maps what a kind of file is called to its suffix, the usual one first; ``also`` are suffixes that may be
    typed. The path ends in one of them, so that what was written can be opened again.
    """
    filters = {f"{label} (*{suffix})": suffix for label, suffix in kinds.items()}
    name, chosen = QFileDialog.getSaveFileName(parent, title, str(suggestion), ";;".join(filters))
    if not name:
        return None
    typed = Path(name)
    path = named_as_its_kind(typed, filters.get(chosen, ""), tuple(kinds.values()), also)
    # The dialog has asked about the name that was typed, not about this one.
    return path if path == typed or not _exists(path) or _may_replace(parent, title, path) else None


def named_as_its_kind(path: Path, chosen: str, suffixes: Sequence[str], also: Sequence[str] = ()) -> Path:
    """Return the path with the suffix of its kind: what was ``chosen`` from the list, or else what was typed.

    The first of ``suffixes`` stands in the list before anyone has chosen. A dot in a name ends no name: ``run 0.5`` is
    a name without a suffix.
    """
    usual, ending = suffixes[0], path.suffix.lower()
    if chosen in ("", usual):
        return path if ending in (*suffixes, *also) else path.with_name(path.name + usual)
    if ending == chosen:
        return path
    return path.with_suffix(chosen) if ending in suffixes else path.with_name(path.name + chosen)


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except OSError:
        # A name that is too long, for one: whoever writes says so.
        return False


def _may_replace(parent: QWidget, title: str, path: Path) -> bool:
    question = f"{path.name} already exists.\nDo you want to replace it?"
    return QMessageBox.question(parent, title, question) == QMessageBox.StandardButton.Yes
