from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.engine.special import erfc


@pytest.mark.parametrize(
    ("precision", "far", "tolerance"), [("float64", 26.0, 3e-13), ("float32", 9.0, 1e-5), ("float16", 2.0, 1e-2)]
)
def test_it_is_the_standard_librarys_with_small_values_kept(precision: str, far: float, tolerance: float) -> None:
    x = np.linspace(-far, far, 2001).astype(precision)
    out, scratch = np.empty_like(x), np.empty_like(x)
    erfc(x, out, scratch)
    # exp(-x^2) multiplies the rounding of x^2 by x^2, here at most 676 in float64.
    np.testing.assert_allclose(out, [math.erfc(float(number)) for number in x], rtol=tolerance)
