"""A lesson's Markdown, cut into scenes: a heading of the first level begins each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from stepviz.engine.common.errors import InputError
from stepviz.lessons.formula_check import FormulaCheck
from stepviz.lessons.pictures import check_picture

if TYPE_CHECKING:
    from markdown_it.token import Token

MOST_SCENES = 40
LONGEST_TEXT = 4000
BLOCK = "yaml scene"
NOTES = "notes"


@dataclass(frozen=True, slots=True)
class SceneText:
    """One scene as it stands in the file; lines count from 1.

    ``explanation`` stands behind the first horizontal rule. ``block`` is the YAML inside its fence, which begins on
    ``block_line`` (the scene's own where there is none).
    """

    title: str
    line: int
    text: str
    explanation: str
    notes: str
    block: str
    block_line: int


def cut_scenes(text: str, first_line: int, folder: Path, formulas: FormulaCheck) -> list[SceneText]:
    """Return the scenes in ``text``, which begins on ``first_line`` of the file that ``formulas`` is to check.

    Raises InputError for text before the first scene, two blocks in a scene, raw HTML, pictures that are not in the
    lesson's folder, links to anything but web pages, formulas that cannot be set, and for too much of anything.
    """
    from markdown_it import MarkdownIt

    source, lines = formulas.source, text.split("\n")
    parser = MarkdownIt("commonmark")
    # It would take links that it thinks bad for plain text, which another reader of Markdown might follow.
    parser.validateLink = _any_link  # type: ignore[method-assign]  # its documented way to be told
    tokens = parser.parse(text)
    _check_content(tokens, first_line, source, folder)
    heads = [
        (token.map[0], token.map[1], tokens[place + 1].content)
        for place, token in enumerate(tokens)
        if token.type == "heading_open" and token.tag == "h1" and token.level == 0 and token.map
    ]
    before = lines[: heads[0][0]] if heads else lines
    for number, line in enumerate(before):
        if line.strip():
            raise InputError("text", line.strip(), "a line «# Title of the first scene» before it",
                             source=source, line=first_line + number)  # fmt: skip
    if not heads or len(heads) > MOST_SCENES:
        raise InputError("scenes", f"{len(heads)}", f"1 to {MOST_SCENES}, each begun by a line «# Title»",
                         source=source, line=first_line)  # fmt: skip
    ends = [begin for begin, _, _ in heads[1:]] + [len(lines)]
    return [
        _scene(title, begin, lines, (after, end), tokens, first_line, formulas)
        for (begin, after, title), end in zip(heads, ends, strict=True)
    ]


def _any_link(url: str) -> bool:
    return True


def _scene(
    title: str, begin: int, lines: list[str], body: tuple[int, int], tokens: list[Token], first_line: int,
    formulas: FormulaCheck,
) -> SceneText:  # fmt: skip
    line, source = first_line + begin, formulas.source
    if not title or len(title) > 80:
        raise InputError("title", title or "nothing", "a title of 1 to 80 characters", source=source, line=line)
    start, end = body
    blocks = [token for token in _inside(tokens, start, end) if token.type == "fence" and token.info.strip() == BLOCK]
    if len(blocks) > 1 and blocks[1].map:
        raise InputError(BLOCK, "a second block", "one block for a scene", source=source,
                         line=first_line + blocks[1].map[0])  # fmt: skip
    kept = [(first_line + number, lines[number]) for number in range(start, end)]
    block, block_line = "", line
    if blocks and blocks[0].map:
        first, last = blocks[0].map
        block, block_line = blocks[0].content, first_line + first + 1
        kept = [(number, line) for number, line in kept if not first <= number - first_line < last]
    notes_at = end
    for place, token in enumerate(tokens):
        if token.type == "heading_open" and token.tag == "h2" and token.level == 0 and token.map:
            named = tokens[place + 1].content.strip().lower()
            if start <= token.map[0] < end and named == NOTES:
                notes_at = min(notes_at, token.map[0])
    rules = [
        token.map[0]
        for token in _inside(tokens, start, notes_at)
        if token.type == "hr" and token.level == 0 and token.map
    ]
    rule = rules[0] if rules else notes_at
    parts = (("text", start, rule), ("text", rule + 1, notes_at), ("notes", notes_at + 1, end))
    shown, explanation, notes = (
        _part(name, [entry for entry in kept if first <= entry[0] - first_line < last], formulas)
        for name, first, last in parts
    )
    return SceneText(title, line, shown, explanation, notes, block, block_line)


def _part(name: str, numbered: list[tuple[int, str]], formulas: FormulaCheck) -> str:
    """Return the text of lines that know their numbers, without what is empty around it."""
    while numbered and not numbered[0][1].strip():
        del numbered[0]
    text = "\n".join(line for _, line in numbered).strip()
    if len(text) > LONGEST_TEXT:
        raise InputError(name, f"{len(text):,} characters", f"at most {LONGEST_TEXT:,}", source=formulas.source,
                         line=numbered[0][0])  # fmt: skip
    formulas.check(name, text, [number for number, _ in numbered])
    return text


def _inside(tokens: Sequence[Token], start: int, end: int) -> list[Token]:
    return [token for token in tokens if token.map and start <= token.map[0] < end]


def _check_content(tokens: Sequence[Token], first_line: int, source: str, folder: Path) -> None:
    for token in tokens:
        line = first_line + (token.map[0] if token.map else 0)
        if token.type == "html_block":
            raise InputError("text", token.content.strip(), "Markdown without HTML", source=source, line=line)
        for child in token.children or ():
            if child.type == "html_inline":
                raise InputError("text", child.content, "Markdown without HTML", source=source, line=line)
            if child.type == "image":
                check_picture(str(child.attrs.get("src", "")), folder, source, line)
            link = str(child.attrs.get("href", "")) if child.type == "link_open" else ""
            if link and not link.lower().startswith(("https://", "http://")):
                raise InputError("text", f"a link to {link}", "a link to a web page", source=source, line=line)
