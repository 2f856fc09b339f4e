"""YAML as lessons read it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.common.errors import InputError
from stepviz.lessons.yaml_text import read_yaml


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("", None),
        ("1e-3", 1e-3),
        ("-2", -2),
        ("+.5", 0.5),
        ("0.05", 0.05),
        ("no", "no"),
        ("on", "on"),
        ("12:30", "12:30"),
        ("0x10", "0x10"),
        ("1_000", "1_000"),
        ("2026-11-23", "2026-11-23"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("true", True),
        ("null", None),
        ("~", None),
        (".inf", ".inf"),
        ("123456789012345678901", 123456789012345678901.0),
        ("[a, {b: [1, 2.5]}]", ["a", {"b": [1, 2.5]}]),
        ("a: |\n  two\n  lines\nb: >\n  one\n  line\n", {"a": "two\nlines\n", "b": "one line\n"}),
        ("# only a comment", None),
        ("1: x", {"1": "x"}),
    ],
)
def test_plain_values_are_those_of_json(text: str, value: object) -> None:
    found = read_yaml(text, 1, "x.md").value
    assert found == value
    assert type(found) is type(value)


def test_every_field_knows_its_line() -> None:
    located = read_yaml("a: 1\nb:\n  - c: 2\n  - c:\n      d: 3\n", 10, "x.md")
    assert [located.line_of(path) for path in ("a", "b", "b[0].c", "b[1]", "b[1].c.d")] == [10, 11, 12, 13, 14]
    assert located.line_of("b[1].c.unknown") == 13, "the nearest field around it"
    assert located.line_of("nothing") is None or located.line_of("nothing") == 10


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: 1\na: 2", "line 6: a: found the same field twice"),
        ("a: &b 1", "line 5: YAML: found an anchor or an alias"),
        ("a: !!int 1", "found the tag tag:yaml.org,2002:int"),
        ("a: !x 1", "found the tag !x"),
        ("a:\n\t- b", "line 6: YAML: found character '\\t'"),
        ("a: 'b", "expected well-formed YAML"),
        ("--- 1\n--- 2", "but found another document"),
        ("{" * 21, "found nesting too deep, expected at most 20 levels"),
        ("? {a: b}\n: c", "found a key that is no word"),
        ("a: \x07", "expected well-formed YAML"),
        ("%YAML 3.0\n---\na: 1", "expected well-formed YAML"),
    ],
)
def test_all_else_is_refused_with_its_line(text: str, said: str) -> None:
    with pytest.raises(InputError) as raised:
        read_yaml(text, 5, "x.md")
    assert said in str(raised.value)
    assert str(raised.value).startswith("x.md, line ")


@given(st.text(alphabet="ab:-?[]{}&*!|>'\"%@`#,\n \t0e.~\x00\u2028\ud7ff", max_size=60))
def test_any_text_is_a_value_or_an_input_error(text: str) -> None:
    line: int | None = 1
    try:
        read_yaml(text, 1, "x.md")
    except InputError as error:
        line = error.line
    assert line is not None


@pytest.mark.parametrize("text", ['a: "\\ud800"', '"\\udfff": 1', 'a: [b, "x\\ud800y"]'])
def test_half_a_pair_of_utf16_is_refused_with_its_line(text: str) -> None:
    with pytest.raises(InputError, match="line 7"):
        read_yaml(text, 7, "x.md")
