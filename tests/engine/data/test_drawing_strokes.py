"""A drawing while it is worked on."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.data.drawing_strokes import CURVE_POINTS, Sketch, blank
from stepviz.engine.data.drawn import check_drawing
from stepviz.engine.settings.drawing import MOST_POINTS, Drawing, DrawnColumn

PLANE = Drawing(((0.5, -0.5, 0.0), (-0.5, 0.25, 1.0)), class_names=("a", "b"))
numbers = st.floats(-3, 3)
places = st.tuples(numbers, numbers)


def test_a_point_is_added_with_its_class_and_kept_on_the_axes() -> None:
    sketch = Sketch(PLANE)
    assert sketch.add((0.123456789, 7.0), 1.0)
    assert sketch.points[-1] == (0.12346, 1.1, 1.0)


def test_points_that_stay_are_shared_by_all_drawings() -> None:
    sketch = Sketch(PLANE)
    before = sketch.drawing()
    sketch.add((0.0, 0.0), 1.0)
    after = sketch.drawing()
    assert all(old is new for old, new in zip(before.points, after.points, strict=False))


def test_spray_stays_under_the_brush_and_on_the_axes() -> None:
    sketch = Sketch(PLANE)
    sketch.spray((1.0, 0.0), (0.2, 0.4), 1.0, 500, np.random.default_rng(0))
    added = np.array(sketch.points[2:])
    assert 200 < len(added) < 500
    assert (np.hypot((added[:, 0] - 1.0) / 0.2, added[:, 1] / 0.4) <= 1 + 1e-3).all()
    assert added[:, 0].max() <= 1.1
    assert (added[:, 2] == 1.0).all()


def test_the_eraser_takes_what_is_under_it_and_nothing_else() -> None:
    sketch = Sketch(PLANE)
    assert not sketch.erase((0.0, 0.0), (0.1, 0.1))
    assert sketch.erase((0.45, -0.5), (0.1, 0.1))
    assert sketch.points == [PLANE.points[1]]
    assert sketch.erase((-0.5, 0.25), (0.1, 0.1))
    assert sketch.points == []
    assert not sketch.erase((0.0, 0.0), (9.0, 9.0))


def test_the_nearest_point_within_reach_is_moved_and_keeps_its_class() -> None:
    sketch = Sketch(PLANE)
    assert sketch.nearest((0.0, 0.0), (0.1, 0.1)) is None
    number = sketch.nearest((-0.45, 0.25), (0.1, 0.1))
    assert number == 1
    sketch.move(number, (0.0, 0.0))
    assert sketch.points == [PLANE.points[0], (0.0, 0.0, 1.0)]


def test_there_is_room_for_so_many_and_no_more() -> None:
    sketch = Sketch(PLANE)
    assert not sketch.spray((0.0, 0.0), (0.5, 0.5), 0.0, MOST_POINTS, np.random.default_rng(0))
    assert len(sketch.points) == MOST_POINTS
    assert not sketch.add((0.0, 0.0))


def test_a_drag_lays_the_curve_along_itself_and_leaves_the_rest() -> None:
    sketch = Sketch(blank(()))
    sketch.bend((-0.5, 1.0), (0.0, 0.0))
    points = np.array(sorted(sketch.points))
    over = (points[:, 0] >= -0.5) & (points[:, 0] <= 0.0)
    np.testing.assert_allclose(points[over, 1], -2 * points[over, 0], atol=1e-4)
    assert (points[~over, 1] == 0.0).all()
    assert over.sum() == pytest.approx(0.5 / 2.2 * CURVE_POINTS, abs=1.5)
    assert np.diff(points[over, 0]).max() == pytest.approx(2.2 / CURVE_POINTS, rel=0.01)


def test_dragging_to_and_fro_does_not_pile_up_points() -> None:
    sketch = Sketch(blank(()))
    generator = np.random.default_rng(0)
    place = (0.0, 0.0)
    for _ in range(2000):
        to = tuple(np.clip(np.asarray(place) + generator.normal(0, 0.1, 2), -1, 1).tolist())
        assert sketch.bend(place, to)
        place = to
    assert len(sketch.points) <= 2 * CURVE_POINTS


@given(st.lists(st.tuples(st.integers(0, 4), places, places, st.floats(0.01, 2)), max_size=12), st.booleans())
def test_whatever_is_done_the_drawing_can_be_trained_on(
    actions: list[tuple[int, tuple[float, float], tuple[float, float], float]], curve: bool
) -> None:
    sketch = Sketch(blank(() if curve else ("a", "b", "c")))
    for kind, place, other, size in actions:
        if kind == 0:
            sketch.add(place, 2.0)
        elif kind == 1:
            sketch.spray(place, (size, size), 1.0, 5, np.random.default_rng(1))
        elif kind == 2:
            sketch.erase(place, (size, size))
        elif kind == 3 and (number := sketch.nearest(place, (size, size))) is not None:
            sketch.move(number, other)
        elif kind == 4 and sketch.is_curve:
            sketch.bend(place, other)
    if sketch.points:
        check_drawing(sketch.drawing())


@pytest.mark.parametrize("names", [(), ("a", "b"), ("a", "b", "c", "d")])
def test_a_blank_drawing_is_allowed_and_has_each_class(names: tuple[str, ...]) -> None:
    drawing = blank(names)
    check_drawing(drawing)
    if names:
        assert {point[2] for point in drawing.points} == {float(number) for number in range(len(names))}
    else:
        assert drawing.shape == (1, 0)
        assert [column for column in drawing.columns if isinstance(column, DrawnColumn)][1].name == "t"
