"""Formulas in Markdown."""

from __future__ import annotations

import pytest

from stepviz.lessons.formulas import MARK, Piece, lone_dollars, pieces, sentence_in_html, sentence_in_words
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import shipped_lessons


@pytest.mark.parametrize(
    ("markdown", "expected"),
    [
        ("", []),
        ("plain *text*", [("text", "plain *text*")]),
        ("so $h_1 = f(z)$ it is", [("text", "so "), ("inline", "h_1 = f(z)"), ("text", " it is")]),
        ("$a$$b$", [("inline", "a"), ("inline", "b")]),
        ("One\n\n$$\na = b\n$$\n\nTwo", [("text", "One\n\n"), ("display", "a = b"), ("text", "\n\nTwo")]),
        (r"costs 5 \$ and \$ 6", [("text", "costs 5 $ and $ 6")]),
        ("`$a$` and ``$b` $``", [("text", "`$a$` and ``$b` $``")]),
        ("```python\n$a$\n```\n$c$", [("text", "```python\n$a$\n```\n"), ("inline", "c")]),
        ("over $two\nlines$", [("text", "over "), ("inline", "two\nlines")]),
        ("not $over\n\nparagraphs$", [("text", "not $over\n\nparagraphs$")]),
    ],
)
def test_the_text_is_cut_into_markdown_and_formulas(markdown: str, expected: list[tuple[str, str]]) -> None:
    assert pieces(markdown) == [Piece(kind, content) for kind, content in expected]  # type: ignore[arg-type]


def test_a_sentence_is_no_markdown_and_never_html() -> None:
    sentence = f"*Is* <b>$z < 1$</b> & ![x](y) 5 \\$ {MARK}?"
    assert sentence_in_words(sentence) == f"*Is* <b>z < 1</b> & ![x](y) 5 $ {MARK}?"
    shown, formulas = sentence_in_html(sentence)
    assert shown == f"*Is* &lt;b&gt;{MARK}&lt;/b&gt; &amp; ![x](y) 5 $ ?"
    assert formulas == [Piece("inline", "z < 1")]


def test_dollars_without_a_partner_are_found() -> None:
    assert list(lone_dollars("a $b$ c\n\nd $e\n\nf$")) == [2, 4]
    assert list(lone_dollars(r"5 \$ `$`")) == []


def test_no_shipped_lesson_has_any() -> None:
    for folder in shipped_lessons():
        for scene in load_lesson(folder).scenes:
            for text in (scene.text, scene.explanation, scene.notes):
                assert not list(lone_dollars(text)), scene.title
