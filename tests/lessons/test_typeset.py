"""Formulas set in type."""

from __future__ import annotations

import subprocess
import sys
import time
from pathlib import Path
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stepviz.engine.common.errors import InputError
from stepviz.lessons.formula_check import MOST_COST_IN_ALL
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.typeset import LONGEST, STRUCTURES, set_or_none, typeset
from tests.lessons.texts import scene, written


def test_a_formula_has_strokes_around_its_baseline_in_the_colour_of_the_text() -> None:
    x, fraction = typeset("x"), typeset(r"\frac{\partial L}{\partial w}", display=True)
    assert 0.4 < x.ascent < 0.6
    assert 0 <= x.descent < 0.1
    assert fraction.ascent > 1 > fraction.descent > 0.5
    root = ElementTree.fromstring(fraction.svg)
    assert root.attrib["fill"] == "currentColor"
    assert {child.tag.rpartition("}")[2] for child in root} == {"path", "rect"}
    assert not any("fill" in child.attrib for child in root)


def test_a_displayed_sum_is_larger_than_one_in_a_line() -> None:
    latex = r"\sum_{i=1}^n x_i"
    displayed, inline = typeset(latex, display=True), typeset(latex)
    assert displayed.ascent + displayed.descent > inline.ascent + inline.descent


@pytest.mark.parametrize("latex", ["a < b > c", r"\text{a < b & c} = 1", r"\begin{cases} 1 & x > 0 \\ 0 \end{cases}",
                                   r"5\,\% \ne \tfrac12", r"\operatorname{ReLU}'(0)", "é"])  # fmt: skip
def test_what_an_author_writes_is_set(latex: str) -> None:
    assert typeset(latex).width > 0


@pytest.mark.parametrize(
    ("latex", "said"),
    [
        ("", "found nothing, expected LaTeX of 1 to 300 characters"),
        ("x" * (LONGEST + 1), "expected LaTeX of 1 to 300 characters"),
        (r"\fraq{1}{2}", r"found \fraq, expected a command of LaTeX's mathematics"),
        (r"\def\a{\a\a}\a", r"found \def, expected a command"),
        (r"\newcommand{\a}{\a\a}\a", r"found \newcommand"),
        (r"\hspace{1000000em}x", r"found \hspace"),
        (r"\href{javascript:alert(1)}{x}", r"found \href"),
        (r"\color{red}x", r"found \color"),
        (r"\begin{foo}a\end{foo}", r"found \begin{foo}, expected one of aligned, "),
        ("{a", "found {a, expected each { with its }"),
        ("a}{", "expected each { with its }"),
        ("50%x", r"expected \% for a percent sign"),
        ("x^2^3", "expected well-formed LaTeX (double superscripts)"),
        (r"\left( a", "expected well-formed LaTeX (extra left or missing right)"),
        (r"\frac{1}", "expected a formula that can be set in type"),
        ("a & b", "expected well-formed LaTeX"),
        ("\\", "found \\, expected a command"),
        ("\0", r"found \x00, expected well-formed LaTeX"),
        ("\u6f22", "expected signs that the type has"),
        ("&lt;", "expected well-formed LaTeX"),
        ("{" * 149 + "}" * 149, "expected a formula with less in it, less deeply nested"),
        (r"\sqrt" * 50 + " x", "less deeply nested"),
        (r"\left(" * 20 + r"\right)" * 20, "less deeply nested"),
        (r"\begin{cases}" * 5 + r"\end{cases}" * 5, "less deeply nested"),
        ("x^{" * 70 + "}" * 70, "less deeply nested"),
    ],
)  # fmt: skip
def test_what_cannot_be_set_is_said_in_no_time(latex: str, said: str) -> None:
    begun = time.perf_counter()
    with pytest.raises(InputError) as raised:
        typeset(latex)
    assert said in str(raised.value)
    assert raised.value.field == "formula"
    # The library alone would take minutes for some, and for ever for others.
    assert time.perf_counter() - begun < 10
    assert set_or_none(latex) is None


PARTS = [rf"\{name}" for name in sorted(STRUCTURES)] + [
    *"{}[]()^_&%<>'\"~|xyz19.,+-= \n", r"\\", r"\,", r"\alpha", r"\sum", r"\infty", r"\nothing", "{cases}", "{x}",
    "\u00e9", "\u2212", "\x07", "\U0001d465",
]  # fmt: skip


@settings(max_examples=150, deadline=None, derandomize=True, database=None)
@given(st.lists(st.sampled_from(PARTS), min_size=1, max_size=40).map("".join))
def test_any_text_is_a_formula_or_an_input_error(latex: str) -> None:
    found, message = None, ""
    try:
        found = typeset(latex)
    except InputError as error:
        message = str(error)
    assert "\n" not in message
    if found is not None:
        ElementTree.fromstring(found.svg)
        assert found.width > 0


def test_a_lesson_says_where_a_formula_is_wrong(tmp_path: Path) -> None:
    text = "One $a$.\n\nTwo lines\nand $\\fraq{1}{2}$ here.\n\n---\n\nAfter."
    with pytest.raises(InputError) as raised:
        load_lesson(written(tmp_path, scene(text=text)))
    assert str(raised.value).startswith(r"mine/lesson.md, line 21: formula: found \fraq, expected a command")
    with pytest.raises(InputError, match=r"line 22: formula: found \\oops"):
        load_lesson(written(tmp_path, scene(text="Text.\n\n## Notes\n\n$\\oops$")))
    with pytest.raises(InputError, match="line 18: text: found a formula in an address"):
        load_lesson(written(tmp_path, scene(text="[x](http://a.org/$b$) and $c$")))


ASKED = """question:
  ask: Is {ask}?
  choices:
    - {{text: "{choice}", when: loss > 0}}
    - {{text: No, when: loss <= 0}}
claims:
  - text: {claim}
    holds: loss > 0"""


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"ask": r"$\fraq{1}{2}$"}, r"line 16: question.ask: found \fraq, expected a command"),
        ({"choice": "a $b"}, "line 18: question.choices[0].text: found a $b, expected each formula between two $"),
        (
            {"claim": "$x^2^3$"},
            "line 21: claims[0].text: found x^2^3, expected well-formed LaTeX (double superscripts)",
        ),
        (
            {"claim": "so $$x$$"},
            "line 21: claims[0].text: found $$x$$, expected a formula in the line, between single $",
        ),
    ],
)
def test_a_lesson_says_where_a_formula_of_a_sentence_is_wrong(
    tmp_path: Path, changed: dict[str, str], said: str
) -> None:
    good = {"ask": r"$\frac12$ or 1 \$", "choice": "$b$", "claim": "So $L > 0$"}
    lesson = load_lesson(written(tmp_path, scene(ASKED.format(**good))))
    assert lesson.scenes[0].claims[0].text == "So $L > 0$"
    with pytest.raises(InputError) as raised:
        load_lesson(written(tmp_path, scene(ASKED.format(**(good | changed)))))
    assert str(raised.value).startswith(f"mine/lesson.md, {said}")


def test_all_formulas_of_a_lesson_have_to_be_set_in_a_reasonable_time(tmp_path: Path) -> None:
    expensive = r"\frac{1}{" * 3 + "x" + "}" * 3
    cost = typeset(expensive).cost
    assert 200 < cost < MOST_COST_IN_ALL / 4
    scenes = [scene(text=f"${expensive}$")] * (int(MOST_COST_IN_ALL / cost) + 1)
    with pytest.raises(InputError, match="expected fewer formulas in a lesson, or shorter ones"):
        load_lesson(written(tmp_path, *scenes))
    claims = "claims:" + f"\n  - {{text: '${expensive}$', holds: loss > 0}}" * 12
    with pytest.raises(InputError, match=r"claims.* expected fewer formulas in a lesson, or shorter ones"):
        load_lesson(written(tmp_path, *[scene(claims)] * (len(scenes) // 12 + 1)))


def test_the_library_waits_for_the_first_formula() -> None:
    code = "import sys, stepviz.lessons.lesson_file as f; assert not {'ziamath', 'latex2mathml'} & set(sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
