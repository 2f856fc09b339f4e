"""Where the formulas stand in a scene's Markdown: whoever shows it typesets them and leaves the rest to Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

# Code is no formula; a dollar sign after a backslash is one to be paid with.
_PIECES = re.compile(
    r"(?P<code>^(?P<fence>```|~~~).*?(?:^(?P=fence)[ \t]*$|\Z)|(?P<tick>`+)(?!`).+?(?<!`)(?P=tick)(?!`))"
    r"|(?P<paid>\\\$)"
    r"|\$\$(?P<display>[^$]+?)\$\$"
    r"|\$(?P<inline>[^$\n]+(?:\n[^$\n]+)*?)\$"
    r"|(?P<lone>\$)",
    re.MULTILINE | re.DOTALL,
)


@dataclass(frozen=True, slots=True)
class Piece:
    """A piece of a text: ``text`` is Markdown; ``inline`` and ``display`` (on a line of its own) are LaTeX."""

    kind: Literal["text", "inline", "display"]
    content: str


def pieces(markdown: str) -> list[Piece]:
    """Return the text cut into Markdown and formulas, in order."""
    found: list[Piece] = []
    text, end = "", 0
    for match in _PIECES.finditer(markdown):
        text += markdown[end : match.start()]
        end = match.end()
        formula = match["display"] or match["inline"]
        if formula is None:
            text += "$" if match["paid"] else match[0]
            continue
        if text:
            found.append(Piece("text", text))
        text = ""
        found.append(Piece("display" if match["display"] else "inline", formula.strip()))
    text += markdown[end:]
    return [*found, Piece("text", text)] if text else found


def lone_dollars(markdown: str) -> Iterator[int]:
    """Yield the line (from 0) of each dollar sign that begins a formula which does not end in its paragraph."""
    for match in _PIECES.finditer(markdown):
        if match["lone"]:
            yield markdown.count("\n", 0, match.start())
