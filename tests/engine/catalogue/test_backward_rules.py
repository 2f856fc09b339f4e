from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.parameters import resolve

Z = np.array([-1000.0, -1.5, -1.0, -0.25, 0.0, 0.25, 1.0, 1.5, 1000.0])


def logistic_slope(z: float, k: float) -> float:
    e = math.exp(-abs(k * z)) if abs(k * z) < 700 else 0.0
    return k * e / (1 + e) ** 2


CLOSED_FORMS = {
    "straight-through": lambda z: 1.0,
    "clipped-straight-through": lambda z: float(abs(z) <= 1),
    "relu-ste": lambda z: float(z > 0),
    "clipped-relu-ste": lambda z: float(0 < z < 1),
    "sigmoid-surrogate": lambda z: logistic_slope(z, 4.0),
    "fast-sigmoid": lambda z: 1 / (1 + 4 * abs(z)) ** 2,
    "arctan": lambda z: 1 / (1 + (math.pi * z) ** 2),
    "triangle": lambda z: max(0.0, 1 - abs(z)),
}


def stand_in(key: str, z: np.ndarray, **given: float) -> np.ndarray:
    rule = BACKWARD_RULES[key]
    assert rule.derivative is not None
    out, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        rule.derivative(z, resolve(given, rule.parameters, "rule"), out, scratch)
    return out


def test_every_rule_but_the_true_one_has_a_closed_form_here_and_names_its_source() -> None:
    assert BACKWARD_RULES.keys() - CLOSED_FORMS.keys() == {"true"}
    assert BACKWARD_RULES["true"].derivative is None
    assert all(rule.source for key, rule in BACKWARD_RULES.items() if key != "true")


@pytest.mark.parametrize(("precision", "tolerance"), [("float64", 1e-12), ("float32", 2e-6), ("float16", 6e-3)])
@pytest.mark.parametrize("key", CLOSED_FORMS)
def test_it_is_its_closed_form_in_every_precision(key: str, precision: str, tolerance: float) -> None:
    found = stand_in(key, Z.astype(precision))
    assert found.dtype == np.dtype(precision)
    np.testing.assert_allclose(found, [CLOSED_FORMS[key](z) for z in Z], rtol=tolerance, atol=tolerance / 100)


@pytest.mark.parametrize("slope", [0.5, 3.0, 20.0])
@pytest.mark.parametrize("key", ["sigmoid-surrogate", "arctan"])
def test_surrogates_that_are_derivatives_of_a_smooth_step_have_area_one(key: str, slope: float) -> None:
    z = np.linspace(-2000.0, 2000.0, 4_000_001)
    height = stand_in(key, z, slope=slope)
    area = np.sum(np.diff(z) * (height[1:] + height[:-1]) / 2)
    assert area == pytest.approx(1.0, abs=2e-3)


def test_only_units_without_a_useful_derivative_take_rules() -> None:
    assert {key for key, entry in ACTIVATIONS.items() if entry.takes_rules} == {"step", "sign"}


@pytest.mark.parametrize("key", ["fast-sigmoid", "arctan"])
def test_the_far_reaching_rules_are_not_zero_in_float16_before_they_underflow(key: str) -> None:
    z = np.array([50.0, 100.0, 300.0, 800.0], dtype="float16")
    exact = [CLOSED_FORMS[key](float(number)) for number in z]
    np.testing.assert_allclose(stand_in(key, z), exact, rtol=6e-3, atol=6e-8)
    assert np.all(stand_in(key, z[:3]) > 0)
