"""The lessons that come with the program."""

from __future__ import annotations

from pathlib import Path

from stepviz.engine.common.errors import InputError
from stepviz.lessons.lesson_file import FILE
from stepviz.shipped import resource


def shipped_lessons() -> tuple[Path, ...]:
    """Return the folders of the shipped lessons, in the order in which they are taught."""
    return tuple(sorted(path.parent for path in resource("lessons").glob(f"*/{FILE}")))


def next_lesson(folder: Path) -> Path | None:
    """Return the shipped lesson after the one in ``folder``; None after the last one and after one of your own."""
    if not is_shipped(folder):
        return None
    shipped = shipped_lessons()
    names = [path.name for path in shipped]
    following = names.index(folder.name) + 1
    return shipped[following] if following < len(shipped) else None


def find_lesson(name: str) -> Path:
    """Return the folder that a person means: a path, the name of a shipped lesson, or its number.

    Raises InputError for a name that is neither.
    """
    path = Path(name)
    if path.exists():
        return path
    shipped = shipped_lessons()
    for folder in shipped:
        number, _, rest = folder.name.partition("-")
        if name in (folder.name, rest) or (name.isdecimal() and number.lstrip("0") == name.lstrip("0")):
            return folder
    known = ", ".join(folder.name for folder in shipped)
    raise InputError("lesson", name, f"a lesson's folder, or one of {known}")


def is_shipped(folder: Path) -> bool:
    """Return whether a lesson's folder came with the program, so that nobody is at work on it."""
    return folder.resolve().parent == resource("lessons").resolve()
