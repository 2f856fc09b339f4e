"""The complementary error function, which NumPy does not have and the exact GELU needs."""

from __future__ import annotations

import numpy as np

from stepviz.engine.arrays import Array

# exp(x^2) erfc(x) = t P(2t - 1) with t = 1 / (1 + x/2), for x >= 0: interpolation at Chebyshev points, written in
# powers of u = 2t - 1. The largest relative error is 1.1e-15 with the long polynomial in float64, and 2.3e-7 with the
# short one in float32, which is the rounding of float32 itself.
_FLOAT64 = (
    0.5107913526210118, 0.34358034220690536, 0.13973604627794017, 0.018221115753413866, -0.010755330940551767,
    -0.0032395925326627493, 0.001545305950172166, 0.00041864800911864343, -0.0003315359695166992,
    -1.7185510228972122e-05, 7.223078005557495e-05, -1.707558707885605e-05, -1.0830840140041693e-05,
    8.0643388250092e-06, -6.06166064857953e-07, -1.83030700864237e-06, 1.0753034265905855e-06, 1.0360790485007583e-08,
    -3.726243740182752e-07, 1.5349222090433982e-07, 6.651691100398274e-08, -5.297335964510558e-08,
    -5.021930673773018e-09, 6.862125635621892e-09,
)  # fmt: skip
_SHORTER = (
    0.5107913570561573, 0.3435803405315631, 0.13973572644353033, 0.01822123701682574, -0.010751569274896282,
    -0.003241045923911842, 0.0015289973226966262, 0.00042519710672849316, -0.00029919966937622496,
    -3.114843706032603e-05, 4.20878745841014e-05, -1.9773342853812134e-06,
)  # fmt: skip


def erfc(x: Array, out: Array, scratch: Array) -> None:
    """Write the complementary error function of ``x`` to ``out``; ``scratch`` has the shape of ``x``.

    Small values keep their relative precision.
    """
    coefficients = _FLOAT64 if x.dtype == np.float64 else _SHORTER
    u = scratch
    np.abs(x, out=u)
    np.multiply(u, 0.5, out=u)
    np.add(u, 1.0, out=u)
    np.divide(2.0, u, out=u)
    np.subtract(u, 1.0, out=u)
    out.fill(coefficients[-1])
    for coefficient in coefficients[-2::-1]:
        np.multiply(out, u, out=out)
        np.add(out, coefficient, out=out)
    np.add(u, 1.0, out=u)
    np.multiply(u, 0.5, out=u)
    np.multiply(out, u, out=out)
    np.multiply(x, x, out=u)
    np.negative(u, out=u)
    np.exp(u, out=u)
    np.multiply(out, u, out=out)
    # erfc(-x) = 2 - erfc(x): |2 [x < 0] - erfc(|x|)|, as erfc(|x|) lies between 0 and 1.
    np.less(x, 0.0, out=u)
    np.multiply(u, 2.0, out=u)
    np.subtract(u, out, out=out)
    np.abs(out, out=out)
