"""What a person types for a number, and what it is read as."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.common.typed_number import LONGEST, read_number, shown_number

WIDE = (-1e12, 1e12)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("0.05", 0.05),
        ("0,05", 0.05),
        ("1e-3", 1e-3),
        ("1,5E-3", 1.5e-3),
        (".5", 0.5),
        (",5", 0.5),
        ("5.", 5.0),
        ("-1", -1.0),
        ("−1", -1.0),
        ("+2", 2.0),
        ("1 000", 1000.0),
        ("1\u202f000\u00a0000", 1e6),
        ("1'000", 1000.0),
        ("1 000,5", 1000.5),
        ("1,000.5", 1000.5),
        ("1.000,5", 1000.5),
        ("1,000,000", 1e6),
        ("1.201", 1.201),
        ("0,125", 0.125),
        ("  7 ", 7.0),
        ("٣٫٥", 3.5),
    ],
)
def test_every_usual_way_to_write_a_number_is_read(text: str, number: float) -> None:
    assert read_number(text, *WIDE) == number


@pytest.mark.parametrize("text", ["1,000", "1.000", "1 000", "1000", "1e3", "+1000", "1'000", "1000.0"])
def test_a_thousand_is_a_thousand_where_numbers_are_whole(text: str) -> None:
    if text == "1.000":
        with pytest.raises(ValueError, match=r"«1\.000» can mean 1 or 1000"):
            read_number(text, 0, 1e6, whole=True)
        assert read_number(text, 2, 1e6, whole=True) == 1000
    else:
        assert read_number(text, 0, 1e6, whole=True) == 1000


def test_a_comma_that_can_mean_two_things_is_asked_about_unless_one_of_them_is_out_of_range() -> None:
    with pytest.raises(ValueError, match=r"«1,201» can mean 1\.201 or 1201"):
        read_number("1,201", *WIDE)
    assert read_number("1,201", 0, 10) == 1.201
    assert read_number("1,201", 100, 2000) == 1201


@pytest.mark.parametrize(
    "text",
    ["", " ", "abc", "1_000", "nan", "inf", "0x10", "1 00", "1,2,3", "--1", "5²", "e5", "1e", "½", "1,000,5", "9" * 70],
)
def test_what_is_no_number_is_refused_with_what_is_taken(text: str) -> None:
    with pytest.raises(ValueError, match="Type a number from 0 to 100,000") as refused:
        read_number(text, 0, 100_000)
    assert len(str(refused.value)) < 100


@pytest.mark.parametrize("text", ["999999", "-1", "1e400", "-1e400"])
def test_what_is_out_of_range_is_refused_and_not_cut(text: str) -> None:
    with pytest.raises(ValueError, match=r"is out of range. Type a whole number from 2 to 100,000"):
        read_number(text, 2, 100_000, whole=True)


def test_a_fraction_is_no_whole_number() -> None:
    with pytest.raises(ValueError, match="«0,5» is not a whole number"):
        read_number("0,5", 0, 9, whole=True)


@given(st.floats(-1e12, 1e12, allow_subnormal=False))
def test_a_number_that_is_shown_is_read_as_nearly_the_same(number: float) -> None:
    assert read_number(shown_number(number), *WIDE) == pytest.approx(number, rel=5e-6)


@given(st.integers(-(10**12), 10**12))
def test_a_whole_number_that_is_shown_is_read_as_the_same(number: int) -> None:
    assert read_number(shown_number(number), *WIDE, whole=True) == number


@given(st.text(max_size=LONGEST + 5))
def test_any_text_is_read_or_refused(text: str) -> None:
    try:
        number = read_number(text, *WIDE)
    except ValueError:
        return
    assert WIDE[0] <= number <= WIDE[1]


@pytest.mark.parametrize(
    ("number", "text"), [(0.1 + 0.2, "0.3"), (1e-8, "1e-8"), (-0.0, "0"), (1e20, "1e20"), (0.12345678, "0.12345678")]
)
def test_a_number_is_shown_as_a_person_writes_it(number: float, text: str) -> None:
    assert shown_number(number) == text
