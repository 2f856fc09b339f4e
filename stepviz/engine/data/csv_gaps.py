"""Texts that stand where a value is missing."""

from __future__ import annotations

# Those of pandas, and what spreadsheets, databases and people write besides; in lower case.
GAPS = frozenset({
    "", "na", "n/a", "n.a.", "n.a", "<na>", "#na", "nan", "-nan", "nat", "null", "(null)", "none", "nil", "missing",
    "-", "--", "---", "–", "—", "?", "??", ".", "..", "...", "…", r"\n", "k.a.", "k. a.", "1.#ind", "-1.#ind",
    "1.#qnan", "-1.#qnan", "#n/a", "#n/a n/a", "#null!", "#div/0!", "#value!", "#ref!", "#name?", "#num!",
})  # fmt: skip
# These two are the names of classes where both stand in a column.
PLUS, MINUS = "+", "-"


def is_gap(text: str) -> bool:
    """Return whether a cell's text, without the blanks around it, says that there is no value."""
    return text.casefold() in GAPS
