"""The pages of the guide, read from the shipped Markdown files."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

from markdown_it import MarkdownIt
from markdown_it.token import Token

from stepviz.shipped import resource

CONTENTS = "guide/README.md"
GLOSSARY = "guide/glossary.md"
INSTRUMENTS_PAGE = "guide/instruments.md"


@dataclass(frozen=True, slots=True)
class Section:
    """What stands between one heading and the next: ``anchor`` is the name of its heading, ``text`` is plain text."""

    title: str
    anchor: str
    text: str


@dataclass(frozen=True, slots=True)
class Page:
    """One page. ``path`` is the path of its file in the resources, such as ``guide/glossary.md``."""

    path: str
    title: str
    markdown: str
    sections: tuple[Section, ...]


def parser() -> MarkdownIt:
    """Return a parser of the Markdown of the guide: CommonMark with tables, without HTML."""
    return MarkdownIt("commonmark", {"html": False}).enable("table")


def anchor_of(title: str) -> str:
    """Return the name that a repository's page gives to a heading, such as ``loss-surface``."""
    return re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-")


@cache
def load_guide() -> dict[str, Page]:
    """Return all pages by path, in the order in which the contents page links to them.

    Raises FileNotFoundError where a page is missing from the installation.
    """
    contents = _load(CONTENTS)
    pages = {CONTENTS: contents}
    for link in links_of(contents.markdown):
        path = _path(link.partition("#")[0])
        if path not in pages and path.endswith(".md"):
            pages[path] = _load(path)
    return pages


def links_of(markdown: str) -> tuple[str, ...]:
    """Return the targets of all links and pictures of a text, in order."""
    found = []
    for token in _inline(parser().parse(markdown)):
        for child in token.children or ():
            target = child.attrGet("href") if child.type == "link_open" else child.attrGet("src")
            if target:
                found.append(str(target))
    return tuple(found)


def plain(token: Token) -> str:
    """Return the words of a paragraph, a heading or a cell, without its marks."""
    breaks = ("softbreak", "hardbreak")
    return "".join(" " if part.type in breaks else part.content for part in token.children or ())


def _path(link: str) -> str:
    return link.removeprefix("../") if link.startswith("../") else f"guide/{link}"


def _load(path: str) -> Page:
    markdown = resource(*path.split("/")).read_text(encoding="utf-8")
    sections = tuple(_sections(parser().parse(markdown)))
    return Page(path, sections[0].title, markdown, sections)


def _sections(tokens: Sequence[Token]) -> Iterator[Section]:
    title, text, heading = "", list[str](), False
    for token in tokens:
        if token.type == "heading_open":
            if title:
                yield Section(title, anchor_of(title), " ".join(text))
            heading, text = True, []
        elif token.type == "inline" and heading:
            title, heading = plain(token), False
        elif token.type == "inline":
            text.append(plain(token))
        elif token.type in ("fence", "code_block"):
            text.append(token.content)
    yield Section(title, anchor_of(title), " ".join(text))


def _inline(tokens: Sequence[Token]) -> Iterator[Token]:
    return (token for token in tokens if token.type == "inline")
