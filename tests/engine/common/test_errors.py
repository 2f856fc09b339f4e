"""Messages for the person: one line, of a length that can be read, and of things that have words."""

from __future__ import annotations

import ast

from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.common.errors import InputError, in_words

ANY = st.text() | st.text(min_size=900, max_size=5000) | st.binary(max_size=3000) | st.lists(st.integers())


@given(st.text(max_size=4000), ANY, st.text(max_size=4000), st.text(max_size=4000))
def test_whatever_is_in_it_a_message_is_one_line_of_less_than_a_thousand_letters(
    field: str, found: object, expected: str, source: str
) -> None:
    message = str(InputError(field, found, expected, source=source, line=3))
    assert len(message) < 1000
    assert message.isprintable()


def test_a_long_part_keeps_its_ends() -> None:
    message = str(InputError("a" * 500 + "z", 1, "2", source="folder/" * 99 + "file.csv"))
    assert "file.csv: aaa" in message
    assert "az: found 1" in message


def test_an_object_without_words_is_something_else() -> None:
    node = ast.parse("f(1)", mode="eval").body
    message = str(InputError("shape", node, f"no {node!r}"))
    assert message == "shape: found something else, expected no something else"


def test_a_name_that_no_file_system_takes_is_shortened() -> None:
    assert len(in_words(OSError(36, "File name too long", "l" * 4000))) < 300
