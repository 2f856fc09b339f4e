"""A lesson or an experiment as one page for a browser, which fetches nothing: words, formulas, pictures, claims."""

from __future__ import annotations

import base64
import html
from collections.abc import Sequence
from pathlib import Path

from stepviz.engine.common.atomic_files import write_whole
from stepviz.lessons.formulas import MARK, Piece, sentence_in_html, set_aside
from stepviz.lessons.pictures import picture_path, picture_size
from stepviz.lessons.typeset import set_or_none
from stepviz.rendering.handout import Asked, Page, Words

STYLE = """
body { font: 16px/1.5 Inter, system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
h1, h2 { line-height: 1.2 } h2 { margin-top: 3rem; border-top: 1px solid #d5dbe2; padding-top: 1.5rem }
.pictures { display: grid; grid-template-columns: repeat(auto-fit, minmax(26rem, 1fr)); gap: 1rem }
.pictures figure { margin: 0 } figcaption { font-weight: 600 }
p img { max-width: 100% }
.pictures img { width: 100%; border: 1px solid #d5dbe2 } table { border-collapse: collapse; margin: 1rem 0 }
td, th { border: 1px solid #d5dbe2; padding: .35rem .7rem; text-align: left; vertical-align: top }
.holds { color: #00693e } .fails { color: #b0003a } code { background: #eef1f5; padding: 0 .25em }
.formula { overflow: visible } .displayed { display: block; margin-left: 1.5rem; max-width: 100% }
@media print { h2 { break-before: page } }
"""

# Of the type around, as in the window.
SIZE = 1.1
# Of a picture in the text, in pixels: a page of paper holds it.
WIDEST = 620


def words_of(markdown: str, folder: Path) -> Words:
    """Return a text of a lesson as HTML, with its formulas aside and the pictures of its folder inside."""
    from markdown_it import MarkdownIt

    marked, formulas = set_aside(markdown)
    parser = MarkdownIt("commonmark", {"html": False})
    tokens = parser.parse(marked)
    for token in tokens:
        for child in token.children or ():
            if child.type == "image":
                child.attrs.update(_picture(str(child.attrs.get("src", "")), folder))
    return Words(parser.renderer.render(tokens, parser.options, {}), formulas)


def _picture(name: str, folder: Path) -> dict[str, str | int | float]:
    """Return the attributes of a picture, its bytes among them; without them where it is no longer there."""
    path = picture_path(name, folder)
    if path is None:
        return {"src": ""}
    kind = "png" if path.suffix.lower() == ".png" else "jpeg"
    width, _ = picture_size(path)
    return {"src": f"data:image/{kind};base64,{_base64(path)}", "width": min(width, WIDEST)}


def write_page(folder: Path, title: str, pages: Sequence[Page]) -> Path:
    """Write ``index.html`` and return its path. Raises OSError for a folder that cannot be written to."""
    body = "\n".join(map(_part, pages))
    # A page from a stranger's lesson may show itself and nothing else.
    policy = "default-src 'none'; img-src data:; style-src 'unsafe-inline'"
    content = (
        f'<!doctype html>\n<html lang="en"><head><meta charset="utf-8"><title>{html.escape(title)}</title>\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}"><style>{STYLE}</style></head>\n'
        f"<body><h1>{html.escape(title)}</h1>\n{body}\n</body></html>\n"
    )
    path = folder / "index.html"
    write_whole(path, content.encode())
    return path


def _part(page: Page) -> str:
    pictures = "".join(_image(shown.title, shown.file) for shown in page.pictures)
    claims = "".join(
        # The condition is for whoever writes lessons.
        f'<tr title="Measured: {html.escape(condition)}"><td>{_sentence(words)}</td>'
        f'<td class="{state}">{html.escape(verdict)}</td></tr>'
        for state, words, condition, verdict in page.claims
    )
    table = f"<table><tr><th>claim</th><th>measured</th></tr>{claims}</table>" if claims else ""
    words = f"{_filled(page.before)}\n{_question(page.question)}\n{_filled(page.after)}"
    return f'<h2>{html.escape(page.title)}</h2>\n{words}\n{table}\n<div class="pictures">{pictures}</div>'


def _filled(words: Words) -> str:
    """Return the HTML with each formula in the place of its mark."""
    first, *rest = words.html.split(MARK)
    return first + "".join(_formula(piece) + part for piece, part in zip(words.formulas, rest, strict=True))


def _sentence(sentence: str) -> str:
    return _filled(Words(*sentence_in_html(sentence)))


def _formula(piece: Piece) -> str:
    drawn, spoken = set_or_none(piece.content, display=piece.kind == "display"), html.escape(piece.words)
    if drawn is None:
        return f"<em>{spoken}</em>"
    kind = "formula displayed" if piece.kind == "display" else "formula"
    height, below = SIZE * (drawn.ascent + drawn.descent), SIZE * drawn.descent
    place = f"width: {SIZE * drawn.width:.3f}em; height: {height:.3f}em; vertical-align: {-below:.3f}em"
    return drawn.svg.replace("<svg ", f'<svg class="{kind}" role="img" aria-label="{spoken}" style="{place}" ', 1)


def _question(question: Asked | None) -> str:
    if question is None:
        return ""
    choices = "".join(
        f"<li><strong>{_sentence(text)} (measured)</strong></li>"
        if place == question.answer
        else f"<li>{_sentence(text)}</li>"
        for place, text in enumerate(question.choices)
    )
    return f"<h3>{_sentence(question.text)}</h3>\n<ul>{choices}</ul>"


def _image(title: str, path: Path) -> str:
    name, data = html.escape(title), _base64(path)
    return f'<figure><figcaption>{name}</figcaption><img alt="{name}" src="data:image/svg+xml;base64,{data}"></figure>'


def _base64(path: Path) -> str:
    return base64.b64encode(path.read_bytes()).decode()
