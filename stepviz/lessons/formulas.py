"""Where the formulas stand in a scene's Markdown: whoever shows it typesets them and leaves the rest to Markdown."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

from stepviz.lessons.formula_words import in_words

# What stands for a formula while the rest is made of Markdown: Unicode's own sign for an object in a text.
MARK = "\ufffc"

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
    """A piece of a text: ``text`` is Markdown; ``inline`` and ``display`` (on a line of its own) are LaTeX.

    ``line`` is where it begins, counted from 0.
    """

    kind: Literal["text", "inline", "display"]
    content: str
    line: int = field(default=0, compare=False)

    @property
    def words(self) -> str:
        """Return the piece as text, for where no picture of a formula can stand."""
        return self.content if self.kind == "text" else in_words(self.content)


def pieces(markdown: str) -> list[Piece]:
    """Return the text cut into Markdown and formulas, in order."""
    found: list[Piece] = []
    text, begin, end = "", 0, 0
    for match in _PIECES.finditer(markdown):
        text += markdown[end : match.start()]
        end = match.end()
        formula = match["display"] or match["inline"]
        if formula is None:
            text += "$" if match["paid"] else match[0]
            continue
        if text:
            found.append(Piece("text", text, markdown.count("\n", 0, begin)))
        text, begin = "", end
        kind: Literal["inline", "display"] = "display" if match["display"] else "inline"
        found.append(Piece(kind, formula.strip(), markdown.count("\n", 0, match.start())))
    text += markdown[end:]
    return [*found, Piece("text", text, markdown.count("\n", 0, begin))] if text else found


def in_plain_words(markdown: str) -> str:
    """Return the text with its formulas in words, and with what is said of a picture in its place."""
    words = "".join(piece.words for piece in pieces(markdown))
    return re.sub(r"!\[([^\]]*)\]\([^)]*\)", r"\1", words)


def set_aside(markdown: str) -> tuple[str, list[Piece]]:
    """Return the Markdown with a MARK for each formula, a displayed one in a paragraph of its own, and the formulas."""
    marked, formulas = "", []
    for piece in pieces(markdown):
        if piece.kind == "text":
            marked += piece.content.replace(MARK, "")
            continue
        formulas.append(piece)
        marked += f"\n\n{MARK}\n\n" if piece.kind == "display" else MARK
    return marked, formulas


def sentence_in_words(sentence: str) -> str:
    """Return a question, an answer or a claim with its formulas in words. It is no Markdown: its signs are as typed."""
    return "".join(piece.words for piece in pieces(sentence))


def sentence_in_html(sentence: str) -> tuple[str, list[Piece]]:
    """Return a question, an answer or a claim as HTML that shows it as typed, a MARK for each formula; the formulas."""
    marked, formulas = set_aside(sentence)
    return html.escape(marked), formulas


def lone_dollars(markdown: str) -> Iterator[int]:
    """Yield the line (from 0) of each dollar sign that begins a formula which does not end in its paragraph."""
    for match in _PIECES.finditer(markdown):
        if match["lone"]:
            yield markdown.count("\n", 0, match.start())
