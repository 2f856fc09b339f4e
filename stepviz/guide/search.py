"""Full-text search over the guide."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from stepviz.guide.pages import Page, Section

# Letters of an excerpt before and after the first word that was found.
BEFORE, AFTER = 30, 90


@dataclass(frozen=True, slots=True)
class Hit:
    """A section that has all words of a query; ``excerpt`` is the text around the first of them."""

    page: Page
    section: Section
    excerpt: str


def find(pages: Iterable[Page], query: str) -> tuple[Hit, ...]:
    """Return the sections that have all words of ``query``, each at the beginning of a word; the best first.

    Capitals count as small letters. A section whose title has the words comes before one whose text has them.
    """
    words = [re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE) for word in query.split()]
    if not words:
        return ()
    found: list[tuple[int, Hit]] = []
    for page in pages:
        for section in page.sections:
            whole = f"{section.title} {section.text}"
            if all(word.search(whole) for word in words):
                in_title = sum(1 for word in words if word.search(section.title))
                exact = section.title.casefold() == " ".join(query.split()).casefold()
                found.append((-2 * in_title - exact, Hit(page, section, _excerpt(section.text, words))))
    return tuple(hit for _score, hit in sorted(found, key=lambda pair: pair[0]))


def _excerpt(text: str, words: Iterable[re.Pattern[str]]) -> str:
    places = [match.start() for word in words if (match := word.search(text))]
    first = max(0, min(places, default=0) - BEFORE)
    last = first + BEFORE + AFTER
    # From the beginning of a word to the end of one.
    first = text.find(" ", first) + 1 if first else 0
    last = max(first, text.rfind(" ", first, last)) if last < len(text) else len(text)
    shown = " ".join(text[first:last].split())
    return f"{'…' if first else ''}{shown}{'…' if last < len(text) else ''}"
