"""Where the instruments of a scene stand, on projectors of all kinds."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from stepviz.ui.docks.tiling import LEAST_HEIGHT, LEAST_WIDTH, plan


def test_a_small_projector_has_two_columns() -> None:
    assert plan(("a", "b", "c"), 655, 580) == ((("a",),), (("b",), ("c",)))
    assert plan(("a", "b", "c", "d"), 655, 580) == ((("a",), ("b",)), (("c",), ("d",)))
    assert plan(("a",), 655, 580) == ((("a",),),)


def test_a_wide_screen_has_them_beside_one_another() -> None:
    assert plan(("a", "b", "c"), 1200, 580) == ((("a",),), (("b",),), (("c",),))


def test_what_has_no_room_stands_behind_the_last() -> None:
    assert plan(("a", "b", "c", "d"), 350, 400) == ((("a",), ("b", "c", "d")),)
    assert plan((), 350, 400) == ()


@given(st.integers(1, 14), st.floats(1, 5000), st.floats(1, 3000))
def test_every_instrument_has_one_place_and_room(count: int, width: float, height: float) -> None:
    names = [str(number) for number in range(count)]
    columns = plan(names, width, height)
    assert [name for column in columns for place in column for name in place] == names
    assert all(column and all(column) for column in columns)
    assert len(columns) == 1 or len(columns) * LEAST_WIDTH <= width
    assert max(map(len, columns)) == 1 or max(map(len, columns)) * LEAST_HEIGHT <= height
