"""Formulas as text."""

from __future__ import annotations

import pytest

from stepviz.lessons.formula_words import in_words
from stepviz.lessons.formulas import pieces
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import shipped_lessons


@pytest.mark.parametrize(
    ("latex", "words"),
    [
        (r"h'(z) = 0", "h'(z) = 0"),
        (r"z \ge 0", "z ≥ 0"),
        (r"\frac{\partial L}{\partial w} = \sum_i x_i\, \delta_i", "∂ L/∂ w = ∑ᵢ xᵢ δᵢ"),
        (r"x^{\top} \delta_1", "xᵀ δ₁"),
        (r"\binom{8}{2} = 28, \qquad \text{so } \tanh'(0) = 1", "C(8, 2) = 28, so tanh'(0) = 1"),
        (r"\frac{1}{1 + e^{-x}}", "1/(1 + e⁻ˣ)"),
    ],
)
def test_formulas_become_lines_of_text(latex: str, words: str) -> None:
    assert in_words(latex) == words


def test_nothing_of_the_markup_is_left_in_any_shipped_formula() -> None:
    seen = 0
    for folder in shipped_lessons():
        for scene in load_lesson(folder).scenes:
            for piece in pieces(f"{scene.text}\n\n{scene.explanation}"):
                if piece.kind != "text":
                    seen += 1
                    assert not set(in_words(piece.content)) & set("\\{}"), piece.content
    assert seen > 50
