"""Where a link of the guide or of a lesson leads.

Links in the files are relative paths, so that they work on a repository's page too. ``instrument:loss_surface`` and
``lesson:05-dying-relu`` are understood besides.
"""

from __future__ import annotations

from dataclasses import dataclass
from posixpath import dirname, join, normpath
from typing import Literal

from stepviz.guide.pages import INSTRUMENTS_PAGE, anchor_of, load_guide
from stepviz.instruments import INSTRUMENTS
from stepviz.lessons.lesson_file import FILE
from stepviz.lessons.library import shipped_lessons


@dataclass(frozen=True, slots=True)
class Target:
    """A page of the guide (by path, with the name of a heading or none), an instrument (by key) or a shipped lesson."""

    kind: Literal["page", "instrument", "lesson"]
    name: str
    anchor: str = ""


def resolve(link: str, base: str) -> Target | None:
    """Return where ``link`` on the page ``base`` (its path in the resources) leads; None for nowhere."""
    kind, colon, name = link.partition(":")
    if colon:
        if kind == "instrument" and name in INSTRUMENTS:
            return Target("instrument", name)
        return Target("lesson", name) if kind == "lesson" and name in _lessons() else None
    path, _, anchor = link.partition("#")
    path = normpath(join(dirname(base), path)) if path else base
    folder, _, file = path.removeprefix("lessons/").partition("/")
    if path.startswith("lessons/") and file == FILE and folder in _lessons():
        return Target("lesson", folder)
    page = load_guide().get(path)
    if page is None or (anchor and anchor not in {section.anchor for section in page.sections}):
        return None
    return Target("page", path, anchor)


def section_of(key: str) -> Target:
    """Return the section about an instrument."""
    return Target("page", INSTRUMENTS_PAGE, anchor_of(INSTRUMENTS[key].title))


def _lessons() -> set[str]:
    return {folder.name for folder in shipped_lessons()}
