from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.engine.catalogue.special import scaled_tail


def exactly(x: float) -> float:
    """Return Phi(-x) exp(x^2/2); far out by Laplace's continued fraction, where erfc loses to the rounding of x^2."""
    if x < 3.0:
        return math.erfc(x / math.sqrt(2)) * math.exp(x * x / 2) / 2
    rest = 0.0
    for k in range(200, 0, -1):
        rest = k / (x + rest)
    return 1 / (math.sqrt(2 * math.pi) * (x + rest))


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_it_is_the_standard_librarys_to_a_few_roundings(precision: str) -> None:
    z = np.concatenate([np.linspace(-40.0, 40.0, 2001), [-1000.0, 1000.0]]).astype(precision)
    out, scratch = np.empty_like(z), np.empty_like(z)
    scaled_tail(z, out, scratch)
    exact = [exactly(abs(float(number))) for number in z]
    np.testing.assert_allclose(out, exact, rtol=8 * float(np.finfo(precision).eps))


def test_it_is_one_half_at_0_and_falls_like_one_over_z() -> None:
    z = np.array([0.0, 1e8])
    out, scratch = np.empty_like(z), np.empty_like(z)
    scaled_tail(z, out, scratch)
    np.testing.assert_allclose(out, [0.5, 1e-8 / math.sqrt(2 * math.pi)], rtol=1e-15 * 4)
