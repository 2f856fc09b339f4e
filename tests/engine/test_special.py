from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.engine.special import normal_tail


@pytest.mark.parametrize(
    ("precision", "far", "tolerance"), [("float64", 37.0, 4e-13), ("float32", 13.0, 1e-5), ("float16", 3.0, 1e-2)]
)
def test_it_is_the_standard_librarys_with_small_values_kept(precision: str, far: float, tolerance: float) -> None:
    z = np.linspace(-far, far, 2001).astype(precision)
    out, scratch = np.empty_like(z), np.empty_like(z)
    normal_tail(z, out, scratch)
    # exp(-z^2/2) multiplies the rounding of z^2 by z^2/2, here at most 685 in float64.
    exact = [math.erfc(abs(float(number)) / math.sqrt(2)) / 2 for number in z]
    np.testing.assert_allclose(out, exact, rtol=tolerance)


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_absolute_errors_are_a_rounding_or_two(precision: str) -> None:
    z = np.linspace(-8.0, 8.0, 2001).astype(precision)
    out, scratch = np.empty_like(z), np.empty_like(z)
    normal_tail(z, out, scratch)
    exact = [math.erfc(abs(float(number)) / math.sqrt(2)) / 2 for number in z]
    np.testing.assert_allclose(out, exact, rtol=0, atol=2 * float(np.finfo(precision).eps))
