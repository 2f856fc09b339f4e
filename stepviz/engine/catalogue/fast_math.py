"""Functions over a hundred thousand numbers at once, where NumPy's own take them one by one.

On processors without AVX-512 NumPy's tanh, expm1 and log1p cost two to ten times its exp. What a loss surface or a
slice needs by the million is written here with exp and a polynomial, right to the rounding of numbers near 1. Training
keeps NumPy's own functions, which small arrays are cheaper with, and which also keep small values to their last digit.
"""

from __future__ import annotations

import numpy as np

from stepviz.engine.catalogue.activation import Values
from stepviz.engine.catalogue.smooth import SELU_ALPHA, SELU_SCALE
from stepviz.engine.catalogue.special import times_polynomial
from stepviz.engine.common.arrays import Array

# ln(1 + e) / e for 0 <= e <= 1 in powers of e, for float32: minimax, the largest relative error is 3e-8.
_LOG_COEFFICIENTS = (
    0.9999999698779819, -0.499994931204109, 0.33319096388373254, -0.24842978874551716, 0.19105993688204578,
    -0.1366321798712711, 0.07822562404297212, -0.029505037454050052, 0.00523264402456587,
)  # fmt: skip


def log_one_plus(e: Array, out: Array) -> None:
    """Write ln(1 + e) for 0 <= e <= 1 to ``out``, another array; small values keep their relative precision."""
    if e.dtype == np.float32:
        times_polynomial(e, _LOG_COEFFICIENTS, out)
    else:
        np.log1p(e, out=out)


def tanh(z: Array, p: Values, out: Array, scratch: Array) -> None:
    """Write the tanh of a z as 1 - 2 / (1 + exp(2 a z)); an exact 0 stays one."""
    np.multiply(z, 2.0 * p[0], out=scratch)
    np.exp(scratch, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.divide(-2.0, scratch, out=scratch)
    np.add(scratch, 1.0, out=out)


def elu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    """Write z for z > 0, else alpha (exp(z) - 1); an exact 0 stays one."""
    np.minimum(z, 0.0, out=scratch)
    np.exp(scratch, out=scratch)
    np.subtract(scratch, 1.0, out=scratch)
    np.multiply(scratch, p[0], out=scratch)
    np.maximum(z, 0.0, out=out)
    np.add(out, scratch, out=out)


def selu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    """Write 1.0507 times ELU with alpha = 1.6733."""
    elu(z, (SELU_ALPHA,), out, scratch)
    np.multiply(out, SELU_SCALE, out=out)


def softplus(z: Array, p: Values, out: Array, scratch: Array) -> None:
    """Write ln(1 + exp(beta z)) / beta = max(z, 0) + ln(1 + exp(-beta |z|)) / beta."""
    np.abs(z, out=scratch)
    np.multiply(scratch, -p[0], out=scratch)
    np.exp(scratch, out=scratch)
    log_one_plus(scratch, out)
    np.divide(out, p[0], out=out)
    np.maximum(z, 0.0, out=scratch)
    np.add(out, scratch, out=out)
