"""Numbers are written in one way: each text is read back as the number it stands for."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.common.number_format import (
    compact_text,
    measured_text,
    number_text,
    power_text,
    share_text,
    step_text,
)

# Rounded up, larger ones would be no float any more.
FINITE = st.floats(-1e308, 1e308)
_DIGITS = str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "-0123456789")


def read(text: str) -> float:
    """Return the number that a text stands for."""
    text = text.replace("−", "-").replace(",", "")
    mantissa, _, power = text.rpartition("10") if any(letter in text for letter in "⁻⁰¹²³⁴⁵⁶⁷⁸⁹") else (text, "", "")
    if not power:
        return float(mantissa)
    factor = mantissa.rstrip("·")
    return float({"": "1", "-": "-1"}.get(factor, factor) + f"e{power.translate(_DIGITS)}")


@given(FINITE, st.integers(1, 6))
def test_a_number_is_read_back_with_the_digits_asked_for(value: float, digits: int) -> None:
    text = number_text(value, digits)
    assert read(text) == pytest.approx(value, rel=0.51 * 10.0 ** (1 - digits), abs=5e-324)
    assert (text == "0") == (value == 0.0), "only 0 itself is written as 0"
    assert "-" not in text, "a minus sign is no hyphen"


@given(FINITE)
def test_what_was_measured_differs_in_its_zero_alone(value: float) -> None:
    assert measured_text(value) == ("exactly 0" if value == 0.0 else number_text(value))


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0.0, "0"),
        (-0.0, "0"),
        (0.05, "0.05"),
        (-2.0, "−2"),
        (1234.0, "1,234"),
        (12345.0, "12,345"),
        (99_999.7, "100,000"),
        (1e5, "10⁵"),
        (123456.0, "1.23·10⁵"),
        (3e-7, "3·10⁻⁷"),
        (-1e-5, "−10⁻⁵"),
        (math.nan, "not a number"),
        (math.inf, "infinite"),
        (-math.inf, "−infinite"),
    ],
)
def test_numbers_look_like_this(value: float, text: str) -> None:
    assert number_text(value) == text


@given(st.integers(-(10**12), 10**12))
def test_a_count_keeps_all_its_digits(count: int) -> None:
    assert read(step_text(count)) == count
    assert step_text(12345) == number_text(12345)


@given(st.floats(0.0, 1.0))
def test_only_nothing_is_0_percent_and_only_all_is_100(share: float) -> None:
    text = share_text(share)
    assert text.endswith(" %")
    assert (text == "0 %") == (100.0 * share == 0.0)
    assert (text == "100 %") == (100.0 * share == 100.0)
    assert read(text.removesuffix(" %")) == pytest.approx(100.0 * share, rel=0.06, abs=5e-324)


@given(FINITE)
def test_a_narrow_box_holds_every_number(value: float) -> None:
    text = compact_text(value)
    assert len(text) <= 10
    assert (text == "0") == (value == 0.0)
    assert float(text.replace("−", "-")) == pytest.approx(value, rel=0.051)


def test_a_power_of_ten_stands_above_the_line() -> None:
    assert [power_text(each) for each in (-12, 0, 308)] == ["10⁻¹²", "10⁰", "10³⁰⁸"]
