"""Born dead: the measured shares against the formulas."""

from __future__ import annotations

import pytest

from stepviz.studies.backends import one_process
from stepviz.studies.born_dead import lower_bound, one_point
from stepviz.studies.run import run_study


def test_formulas_by_hand():
    # Width 1: the one unit of each layer must be on; at depth 2 some input is always on, at depth 3 half the networks.
    assert one_point(2, 1) == pytest.approx(0.5)
    assert lower_bound(2, 1) == 0.0
    assert lower_bound(3, 1) == pytest.approx(0.5)
    assert one_point(10, 2) == pytest.approx(1 - 0.75**9)
    assert all(lower_bound(depth, width) < one_point(depth, width) for depth in range(2, 30) for width in range(1, 12))


def test_shares_lie_between_the_bounds_and_one_point_on_its_formula():
    columns = run_study("born-dead", {"depth": [3, 10], "width": [1, 2, 4]}, 20_000, backend=one_process).table.columns
    for row in range(6):
        cell = {name: column[row] for name, column in columns.items()}
        # Five standard errors of a share of 20,000: a right program fails once in a million.
        tolerance = 5 * 0.5 / 20_000**0.5
        assert cell["one_point_share"] == pytest.approx(cell["one_point_formula"], abs=tolerance)
        assert cell["share"] <= cell["one_point_share"]
        assert cell["lower_bound"] - tolerance <= cell["share"] <= cell["upper_bound"] + tolerance
        assert cell["share_low"] < cell["share"] < cell["share_high"]
        if cell["depth"] == 3 or cell["width"] == 1:
            assert cell["share"] == pytest.approx(cell["lower_bound"], abs=tolerance)
