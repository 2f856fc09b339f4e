"""Functions by polynomials: the tail of the normal distribution, which NumPy does not have and the exact GELU needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.common.arrays import Array

# Phi(-x) exp(x^2/2) = t P(t) with t = 1 / (1 + p x), for x >= 0: p, and P in powers of t, cut where the precision ends.
# The largest relative errors are 8e-16, 2e-7 and 1.2e-4.
_FLOAT64 = (0.27, (
    0.10771441570838691, 0.10771441570829862, 0.09986203481886269, 0.08415727189412131, 0.06231748695784765,
    0.03777624873291975, 0.015076779322963795, -0.0016157768035605193, -0.007920456911138038, -0.015658388915087362,
    0.03170885777370516, -0.1185788267127504, 0.35064485788992267, -0.7612089177633561, 1.3150766388509596,
    -1.7576609129537097, 1.7527929605622983, -1.2782754187113075, 0.6690469879278729, -0.24325258010922324,
    0.057681604035315207, -0.007838425350552751, 0.0004391440472109963,
))  # fmt: skip
_FLOAT32 = (0.28, (
    0.11170386243378849, 0.11169901486232489, 0.1031048203983482, 0.08343963860290786, 0.07364585954222568,
    -0.008565072953493732, 0.09523378297543951, -0.09550614225710088, 0.025244265545276676,
))  # fmt: skip
_FLOAT16 = (0.4, (
    0.15957081306761084, 0.16042175203918738, 0.12122124728778812, 0.14286098232448993, -0.08411464173073702,
))  # fmt: skip
_SERIES = {np.dtype("float64"): _FLOAT64, np.dtype("float32"): _FLOAT32, np.dtype("float16"): _FLOAT16}


def times_polynomial(x: Array, coefficients: Sequence[float], out: Array) -> None:
    """Write x P(x) to ``out``, another array, by Horner's rule; P has the coefficients of x^0, x^1 and so on."""
    np.multiply(x, coefficients[-1], out=out)
    for coefficient in coefficients[-2:0:-1]:
        np.add(out, coefficient, out=out)
        np.multiply(out, x, out=out)
    np.add(out, coefficients[0], out=out)
    np.multiply(out, x, out=out)


def scaled_tail(z: Array, out: Array, scratch: Array) -> None:
    """Write Phi(-|z|) exp(z^2/2) to ``out``, where Phi(-x) is a standard normal variable's chance of being below -x.

    ``scratch`` has the shape of ``z``. Most of the work is done in ``out``: let it be the contiguous one.
    """
    p, coefficients = _SERIES[z.dtype]
    t = scratch
    np.abs(z, out=t)
    np.multiply(t, p, out=t)
    np.add(t, 1.0, out=t)
    np.reciprocal(t, out=t)
    times_polynomial(t, coefficients, out)
