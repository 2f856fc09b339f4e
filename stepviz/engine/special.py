"""The tail of the normal distribution, which NumPy does not have and the exact GELU needs."""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.arrays import Array

# exp(x^2) erfc(x) = t P(u) with t = 1 / (1 + x/2), u = 2t - 1, for x >= 0: Chebyshev series, cut where the precision
# ends and written in powers of u. The largest relative errors are 6e-16, 1.2e-8 and 9e-5.
_FLOAT64 = (
    0.5107913526210117, 0.3435803422069067, 0.13973604627794914, 0.01822111575329492, -0.010755330940908886,
    -0.0032395925295271534, 0.0015453059557186107, 0.0004186479710660508, -0.00033153601371393716,
    -1.71852541704069e-05, 7.223098558594817e-05, -1.7076638145079572e-05, -1.0831436166846611e-05,
    8.06710621122023e-06, -6.050557593208622e-07, -1.835078540898153e-06, 1.0739744686311663e-06,
    1.5720540066794157e-08, -3.7163646958410467e-07, 1.497143526022312e-07, 6.610183151765426e-08,
    -5.145629434357736e-08, -4.946607757245824e-09, 6.597367302900275e-09,
)  # fmt: skip
_FLOAT32 = (
    0.5107913569159452, 0.34358031871096484, 0.13973573352192914, 0.018221669428387856, -0.010751626186584588,
    -0.0032434519180997083, 0.001529157160763692, 0.00043067048843585943, -0.0002993827120715645,
    -3.6601876943794854e-05, 4.2161197196387805e-05,
)  # fmt: skip
_FLOAT16 = (
    0.5108257350443305, 0.3436197025872197, 0.1390930756043941, 0.017899735566422173, -0.00890275794682106,
    -0.0025721327864604926,
)  # fmt: skip
_COEFFICIENTS = {np.dtype("float64"): _FLOAT64, np.dtype("float32"): _FLOAT32, np.dtype("float16"): _FLOAT16}


def normal_tail(z: Array, out: Array, scratch: Array) -> None:
    """Write Phi(-|z|) = erfc(|z| / sqrt 2) / 2, a standard normal variable's chance of being below -|z|, to ``out``.

    Small values keep their relative precision, but for the rounding of z^2, which exp(-z^2/2) multiplies by z^2/2.
    ``scratch`` has the shape of ``z``. Most of the work is done in ``out``: let it be the contiguous one.
    """
    coefficients = _COEFFICIENTS[z.dtype]
    u = scratch
    np.abs(z, out=u)
    np.multiply(u, 0.5 / math.sqrt(2.0), out=u)
    np.add(u, 1.0, out=u)
    np.divide(2.0, u, out=u)
    np.subtract(u, 1.0, out=u)
    np.multiply(u, coefficients[-1], out=out)
    for coefficient in coefficients[-2:0:-1]:
        np.add(out, coefficient, out=out)
        np.multiply(out, u, out=out)
    np.add(out, coefficients[0], out=out)
    # t P / 2 with t = (u + 1) / 2
    np.add(u, 1.0, out=u)
    np.multiply(u, 0.25, out=u)
    np.multiply(out, u, out=out)
    np.multiply(z, z, out=u)
    np.multiply(u, -0.5, out=u)
    np.exp(u, out=u)
    np.multiply(out, u, out=out)
