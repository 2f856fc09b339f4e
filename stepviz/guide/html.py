"""A page of the guide as HTML that Qt shows: headings that links lead to, and a way to each instrument."""

from __future__ import annotations

from itertools import pairwise

from markdown_it.token import Token

from stepviz.guide.pages import INSTRUMENTS_PAGE, Page, anchor_of, parser, plain
from stepviz.instruments import INSTRUMENTS


def in_html(page: Page) -> str:
    """Return a page as HTML. On the page of instruments each heading gets a link that shows the instrument."""
    markdown = parser()
    tokens = markdown.parse(page.markdown)
    keys = {instrument.title: key for key, instrument in INSTRUMENTS.items()} if page.path == INSTRUMENTS_PAGE else {}
    for before, token in pairwise(tokens):
        if before.type == "heading_open":
            _mark(token, keys)
        if before.type == "table_open":
            before.attrs |= {"border": "1", "cellspacing": "0", "cellpadding": "5"}
    for token in tokens:
        if token.type in ("fence", "code_block"):
            token.content = token.content.rstrip("\n")
    return str(markdown.renderer.render(tokens, markdown.options, {}))


def _mark(heading: Token, keys: dict[str, str]) -> None:
    """Give a heading its name, and the link to the instrument of that title."""
    title = plain(heading)
    # Qt finds names only of anchors, not of headings.
    parts = [Token("link_open", "a", 1, attrs={"name": anchor_of(title)}), Token("link_close", "a", -1)]
    heading.children = [*parts, *(heading.children or ())]
    if title in keys:
        text = Token("text", "", 0, content="\u00a0 ")
        opened = Token("link_open", "a", 1, attrs={"href": f"instrument:{keys[title]}"})
        label = Token("text", "", 0, content="Show it")
        heading.children += [text, opened, label, Token("link_close", "a", -1)]
