"""The formulas of a lesson, each set in type before the lesson is shown: what is wrong with one is said at once."""

from __future__ import annotations

from collections.abc import Sequence

from stepviz.engine.common.errors import InputError
from stepviz.lessons.formulas import MARK, Piece, lone_dollars, pieces, set_aside
from stepviz.lessons.typeset import typeset

# Of all formulas of a lesson, in the measure of one: ten times what the shipped lessons have.
MOST_COST_IN_ALL = 8000.0


class FormulaCheck:
    """Checks the texts of one lesson, whose file is ``source``."""

    def __init__(self, source: str) -> None:
        self.source = source
        self._cost = 0.0

    def check(self, name: str, text: str, lines: Sequence[int]) -> None:
        """Raise InputError for a formula that does not end, cannot be set, or is too much for one lesson.

        ``lines``: the number, in the file, of each line of ``text``; ``name``: what the text is called.
        """
        for place in lone_dollars(text):
            expected = "a formula between two $ in one paragraph; \\$ for a dollar sign"
            found = text.split("\n")[place].strip()
            raise InputError(name, found, expected, source=self.source, line=lines[place])
        marked, formulas = set_aside(text)
        if formulas and _marks(marked) != len(formulas):
            raise InputError(name, "a formula in an address", "formulas in the text only", source=self.source,
                             line=lines[formulas[0].line])  # fmt: skip
        for piece in formulas:
            self._set("formula", piece, lines[piece.line])

    def check_sentence(self, field: str, text: str, line: int | None) -> None:
        """Raise InputError for such a formula in a question, an answer or a claim, and for one on a line of its own."""
        if next(lone_dollars(text), None) is not None:
            expected = "each formula between two $; \\$ for a dollar sign"
            raise InputError(field, text, expected, source=self.source, line=line)
        for piece in pieces(text):
            if piece.kind == "display":
                raise InputError(field, f"$${piece.content}$$", "a formula in the line, between single $",
                                 source=self.source, line=line)  # fmt: skip
            if piece.kind == "inline":
                self._set(field, piece, line)

    def _set(self, field: str, piece: Piece, line: int | None) -> None:
        try:
            self._cost += typeset(piece.content, display=piece.kind == "display").cost
        except InputError as error:
            raise InputError(field, error.found, error.expected, source=self.source, line=line) from None
        if self._cost > MOST_COST_IN_ALL:
            raise InputError(field, piece.content, "fewer formulas in a lesson, or shorter ones",
                             source=self.source, line=line)  # fmt: skip


def _marks(marked: str) -> int:
    """Return how many of the marks are to be seen."""
    from markdown_it import MarkdownIt

    rendered: str = MarkdownIt("commonmark", {"html": False}).render(marked)
    return rendered.count(MARK)
