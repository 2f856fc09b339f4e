"""The closed forms of Yin et al. 2019 against samples, and what they say of each rule."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.studies.backends import one_process
from stepviz.studies.run import run_study
from stepviz.studies.straight_through import (
    RULES,
    best_v,
    coarse_gradient,
    descend,
    gradient_of_v,
    gradient_of_w,
    population_loss,
)

TARGET = np.array([1.0, 1.5, 2.0])


@pytest.mark.parametrize("rule", RULES)
def test_samples_agree_with_the_closed_forms(rule):
    parameters = {"rule": [rule], "angle": [0, 40, 90, 135, 180], "units": [3], "inputs": [3], "length": [0.7]}
    columns = run_study("straight-through", parameters, 60, backend=one_process).table.columns
    for name in ("loss", "along", "across"):
        rows = zip(*(columns[name + end] for end in ("", "_low", "_high", "_expected")), strict=True)
        for mean, low, high, expected in rows:
            # The interval is 1.96 standard errors to each side: two and a half times as wide is 5.
            assert abs(mean - expected) <= 2.5 * (high - low) / 2 + 1e-9


def test_gradients_are_the_slopes_of_the_loss():
    v, theta, small, length = np.array([0.5, -0.2, 1.0]), 1.1, 1e-6, 1.7
    for unit in range(3):
        step = small * np.eye(3)[unit]
        slope = (population_loss(v + step, TARGET, theta) - population_loss(v - step, TARGET, theta)) / (2 * small)
        assert gradient_of_v(v, TARGET, theta)[unit] == pytest.approx(slope, rel=1e-6)
    # A step of w along e2 turns it towards w*: the angle falls by step / |w|.
    turn = small / length
    slope = (population_loss(v, TARGET, theta - turn) - population_loss(v, TARGET, theta + turn)) / (2 * small)
    assert gradient_of_w(v, TARGET, theta, length) == pytest.approx(slope, rel=1e-6)


def test_clipping_far_out_is_relu():
    v = np.array([0.5, -0.2, 1.0])
    for theta in (0.0, 0.3, 2.0, math.pi):
        clipped = coarse_gradient("clipped-relu-ste", v, TARGET, theta, 1e-3)
        assert clipped == pytest.approx(coarse_gradient("relu-ste", v, TARGET, theta, 1e-3), abs=1e-12)


def test_only_the_identity_rule_leaves_the_spurious_minimum():
    v = best_v(TARGET, math.pi)
    assert gradient_of_v(v, TARGET, math.pi) == pytest.approx(0.0, abs=1e-12)
    assert population_loss(v, TARGET, math.pi) > 1.0
    # Yin et al. 2019: 2 (m - 1) / (√(2π) (m + 1)²) (1·v*)² along w.
    units = len(TARGET)
    expected = 2 * (units - 1) / (math.sqrt(2 * math.pi) * (units + 1) ** 2) * TARGET.sum() ** 2
    assert coarse_gradient("straight-through", v, TARGET, math.pi, 1.0)[0] == pytest.approx(expected)
    for rule in ("relu-ste", "clipped-relu-ste"):
        assert coarse_gradient(rule, v, TARGET, math.pi, 1.0) == pytest.approx((0.0, 0.0), abs=1e-12)
        assert descend(rule, v, TARGET, math.pi, 1.0) == pytest.approx(population_loss(v, TARGET, math.pi))
    assert descend("straight-through", v, TARGET, math.pi, 1.0) == pytest.approx(0.0, abs=1e-6)
