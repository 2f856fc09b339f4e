from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stepviz.engine.common.number_format import compact_text
from stepviz.engine.network.layout import LayerShape, Layout
from stepviz.ui.instruments.network_diagram.layout import Margins, arrange, distances_to, hit
from stepviz.ui.instruments.network_diagram.trace_strip import window

MARGINS = Margins(8.0, 24.0, 8.0, 8.0)


def layout_of(*widths):
    return Layout([LayerShape(before, after) for before, after in pairwise(widths)])


def test_every_edge_joins_the_units_of_its_weight():
    layout = layout_of(2, 3, 4, 1)
    diagram = arrange(layout, 600, 400, MARGINS, frozenset())
    assert sorted([*diagram.edges, *diagram.biases]) == list(range(layout.size))
    for index, (x1, y1, x2, y2) in zip(diagram.edges.tolist(), diagram.ends.tolist(), strict=True):
        layer = layout.layer_of(index)
        row, unit = divmod(index - layout.offsets[layer], layout.layers[layer].outputs)
        before, after = diagram.columns[layer : layer + 2]
        assert (y1, y2) == (before.y[row], after.y[unit])
        assert before.x < x1 < x2 < after.x


def test_nodes_grow_with_a_very_large_drawing():
    layout = layout_of(2, 8, 8, 1)
    usual, wide = (arrange(layout, *size, MARGINS, frozenset()) for size in ((1366, 600), (3840, 1800)))
    for small, large in zip(usual.columns, wide.columns, strict=True):
        assert small.side <= 90
        assert large.side > 2 * small.side
    assert wide.bias_radius > usual.bias_radius


@given(
    st.lists(st.integers(1, 300), min_size=2, max_size=8),
    st.floats(160, 3800),
    st.floats(70, 2000),
    st.sets(st.integers(-1, 6)),
)
def test_columns_stay_inside_and_say_how_many_they_leave_out(widths, width, height, unfolded):
    diagram = arrange(layout_of(*widths), width, height, MARGINS, frozenset(unfolded))
    for column, total in zip(diagram.columns, widths, strict=True):
        assert column.total == total
        assert 0 < column.shown <= total
        assert column.shown == total or column.fold is not None
        assert column.side / 2 <= column.x <= width - column.side / 2
        assert column.y[0] - column.side / 2 >= 0
        assert column.y[-1] + column.side / 2 <= height
        if column.shown > 1:
            assert np.diff(column.y).min() > column.side - 1e-9 or column.side == 4.0
    if all(width <= 8 for width in widths) and height > 150:
        assert all(column.fold is None for column in diagram.columns)


def test_a_wide_layer_unfolds():
    layout = layout_of(2, 64, 1)
    folded = arrange(layout, 600, 560, MARGINS, frozenset())
    unfolded = arrange(layout, 600, 560, MARGINS, frozenset({0}))
    assert folded.columns[1].shown == 8
    assert unfolded.columns[1].shown == 64
    assert unfolded.columns[1].fold is not None


def test_what_is_under_a_point():
    layout = layout_of(2, 20, 1)
    diagram = arrange(layout, 600, 400, MARGINS, frozenset())
    column = diagram.columns[1]
    unit = hit(diagram, column.x, column.y[2])
    assert (unit.kind, unit.layer, unit.unit) == ("unit", 0, 2)
    assert hit(diagram, column.x, column.fold).kind == "fold"
    place = diagram.bias_places[3]
    assert (hit(diagram, *place).kind, hit(diagram, *place).index) == ("bias", diagram.biases[3])
    x1, y1, x2, y2 = diagram.ends[0]
    found = hit(diagram, 0.9 * x1 + 0.1 * x2, 0.9 * y1 + 0.1 * y2)
    assert found.kind == "edge"
    assert hit(diagram, 2.0, 2.0) is None


def test_of_many_folds_the_one_under_the_point_is_found():
    diagram = arrange(layout_of(2, *[16] * 20, 1), 320, 480, MARGINS, frozenset())
    folds = [column for column in diagram.columns if column.fold is not None]
    assert len(folds) == 20
    assert [hit(diagram, column.x, column.fold).layer for column in folds] == list(range(20))


def test_the_dot_of_a_unit_is_beta_where_the_layer_is_normalised():
    layout = Layout([LayerShape(2, 3, ("slope", "gamma", "beta")), LayerShape(3, 1)])
    diagram = arrange(layout, 600, 400, MARGINS, frozenset())
    assert [layout.describe(index) for index in diagram.biases.tolist()] == [
        *(f"layer 1, beta of unit {unit}" for unit in (1, 2, 3)),
        "layer 2, bias of unit 1",
    ]


def test_the_distance_to_a_line_ends_with_the_line():
    ends = np.array([[0.0, 0.0, 10.0, 0.0], [5.0, 5.0, 5.0, 5.0]])
    np.testing.assert_allclose(distances_to(ends, 4.0, 3.0), [3.0, np.hypot(1, 2)])
    np.testing.assert_allclose(distances_to(ends, 13.0, 4.0)[0], 5.0)


@pytest.mark.parametrize(
    ("count", "fitting", "culprit", "expected"),
    [(5, 9, None, (0, 5)), (9, 4, None, (5, 9)), (9, 4, 2, (2, 6)), (9, 4, 7, (5, 9)), (9, 4, 0, (0, 4))],
)
def test_the_culprit_is_always_among_the_factors_shown(count, fitting, culprit, expected):
    assert window(count, fitting, culprit) == expected


@pytest.mark.parametrize(
    ("value", "text"), [(0.0, "0"), (-0.25, "−0.25"), (1e-300, "1.0e−300"), (-4.26e-5, "−4.3e−5"), (123456.0, "1.2e5")]
)
def test_only_an_exact_zero_is_written_as_one(value, text):
    assert compact_text(value) == text
