"""Confidence intervals against numbers from the literature, and against how often they hold."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.studies.intervals import mean_interval, wilson


def test_wilson_as_tabled_by_newcombe():
    # R. G. Newcombe 1998, Statistics in Medicine 17, table I, method 3.
    assert wilson(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert wilson(15, 148) == pytest.approx((0.0624, 0.1605), abs=5e-5)
    assert wilson(0, 20) == pytest.approx((0.0, 0.1611), abs=5e-5)
    assert wilson(1, 29) == pytest.approx((0.0061, 0.1718), abs=5e-5)
    assert wilson(29, 29)[1] == 1.0


def test_intervals_of_means_hold_nineteen_times_in_twenty():
    samples = np.random.default_rng(5).exponential(1.0, (2000, 400))
    inside = sum(low <= 1.0 <= high for _, low, high in map(mean_interval, samples))
    assert inside / 2000 == pytest.approx(0.95, abs=0.02)
    assert mean_interval(np.array([3.0])) == (3.0, 3.0, 3.0)
