"""Speeds on a slider."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.ui.core.speed_scale import FULL, position_of, speed_at, speed_text


def test_from_one_step_a_second_to_full_speed_always_faster() -> None:
    speeds = [speed_at(position) for position in range(FULL)]
    numbers = [speed for speed in speeds if speed is not None]
    assert numbers[0] == 1.0
    assert numbers[-1] == 10_000.0
    assert len(numbers) == FULL
    assert all(slow < fast for slow, fast in pairwise(numbers))
    assert speed_at(FULL) is None


@given(st.integers(0, FULL))
def test_a_speed_of_the_slider_finds_its_position_again(position: int) -> None:
    assert position_of(speed_at(position)) == position


@given(st.floats(min_value=1e-3, max_value=1e9))
def test_any_speed_has_a_position(speed: float) -> None:
    assert 0 <= position_of(speed) < FULL


@pytest.mark.parametrize(
    ("speed", "text"), [(None, "full speed"), (1.0, "1 step/s"), (1.3, "1.3 steps/s"), (2000.0, "2,000 steps/s")]
)
def test_in_words(speed: float | None, text: str) -> None:
    assert speed_text(speed) == text
