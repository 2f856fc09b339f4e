"""Values and derivatives of the smooth activations, written into given arrays.

All take ``(z, p, out, scratch)``: pre-activations, parameter values in the order of the table, the array to fill, and
a scratch array of z's shape. Derivatives are computed from z so that they are 0 only where the true value underflows:
with e = exp(-|u|), sigma'(u) = e / (1 + e)^2, never sigma (1 - sigma), which loses everything above u = 17 in float32.
"""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.activation import Values
from stepviz.engine.arrays import Array
from stepviz.engine.special import erfc

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
GELU_CUBIC = 0.044715
SQRT_2_OVER_PI = math.sqrt(2.0 / math.pi)


def _affine(z: Array, slope: float | Array, shift: float | Array, out: Array) -> None:
    np.multiply(z, slope, out=out)
    if not isinstance(shift, float) or shift:
        np.add(out, shift, out=out)


def _is_one(value: float | Array) -> bool:
    # The usual slope; a product less in the hottest loop.
    return isinstance(value, float) and value == 1.0


def logistic(u: Array, out: Array) -> None:
    """Write 1 / (1 + exp(-u)); ``out`` may be ``u``."""
    np.negative(u, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    np.reciprocal(out, out=out)


def logistic_slope(u: Array, out: Array, scratch: Array) -> None:
    """Write sigma'(u) = e / (1 + e)^2 with e = exp(-|u|); ``out`` may be ``u``."""
    np.abs(u, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=scratch)
    np.multiply(scratch, scratch, out=scratch)
    np.divide(out, scratch, out=out)


def sigmoid(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _affine(z, p[0], p[1], out)
    logistic(out, out)


def sigmoid_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _affine(z, p[0], p[1], out)
    logistic_slope(out, out, scratch)
    np.multiply(out, p[0], out=out)


def sigmoid_by_parameter(z: Array, p: Values, index: int, out: Array, scratch: Array) -> None:
    # h = sigma(a z + b): dh/da = z sigma', dh/db = sigma'.
    _affine(z, p[0], p[1], out)
    logistic_slope(out, out, scratch)
    if index == 0:
        np.multiply(out, z, out=out)


def tanh(z: Array, p: Values, out: Array, scratch: Array) -> None:
    if _is_one(p[0]):
        np.tanh(z, out=out)
    else:
        np.multiply(z, p[0], out=out)
        np.tanh(out, out=out)


def _sech_squared(z: Array, slope: float | Array, out: Array, scratch: Array) -> None:
    # sech^2(a z) = 4 e / (1 + e)^2 with e = exp(-2 |a z|).
    np.abs(z, out=out)
    # A Python float stays weak: a NumPy one would make the product float64.
    np.multiply(out, -2.0 * abs(slope) if isinstance(slope, float) else -2.0 * np.abs(slope), out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=scratch)
    np.multiply(scratch, scratch, out=scratch)
    np.divide(out, scratch, out=out)
    np.multiply(out, 4.0, out=out)


def tanh_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _sech_squared(z, p[0], out, scratch)
    if not _is_one(p[0]):
        np.multiply(out, p[0], out=out)


def tanh_by_parameter(z: Array, p: Values, index: int, out: Array, scratch: Array) -> None:
    _sech_squared(z, p[0], out, scratch)
    np.multiply(out, z, out=out)


def softplus(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # max(z, 0) + log(1 + exp(-beta |z|)) / beta: no term can overflow.
    np.abs(z, out=out)
    np.multiply(out, p[0], out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.log1p(out, out=out)
    np.divide(out, p[0], out=out)
    np.maximum(z, 0.0, out=scratch)
    np.add(out, scratch, out=out)


def softplus_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, p[0], out=out)
    logistic(out, out)


def silu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    logistic(z, out)
    np.multiply(out, z, out=out)


def silu_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # sigma (1 + z (1 - sigma))
    logistic(z, out)
    np.subtract(1.0, out, out=scratch)
    np.multiply(scratch, z, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(out, scratch, out=out)


def mish(z: Array, p: Values, out: Array, scratch: Array) -> None:
    softplus(z, (1.0,), out, scratch)
    np.tanh(out, out=out)
    np.multiply(out, z, out=out)


def mish_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # With t = tanh(softplus(z)): t + z sigma(z) (1 - t^2). Two intermediate arrays, so one is allocated here.
    softplus(z, (1.0,), out, scratch)
    np.tanh(out, out=out)
    logistic(z, scratch)
    np.multiply(scratch, z, out=scratch)
    np.multiply(scratch, 1.0 - out * out, out=scratch)
    np.add(out, scratch, out=out)


def gelu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _normal_share(z, out, scratch)
    np.multiply(out, z, out=out)


def gelu_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # Phi(z) + z phi(z)
    _normal_share(z, out, scratch)
    np.multiply(z, z, out=scratch)
    np.multiply(scratch, -0.5, out=scratch)
    np.exp(scratch, out=scratch)
    np.multiply(scratch, z, out=scratch)
    np.multiply(scratch, 1.0 / math.sqrt(2.0 * math.pi), out=scratch)
    np.add(out, scratch, out=out)


def _normal_share(z: Array, out: Array, scratch: Array) -> None:
    # Phi(z) = erfc(-z / sqrt 2) / 2. erfc needs its argument until the end, so one array is allocated here.
    erfc(np.multiply(z, -1.0 / math.sqrt(2.0)), out, scratch)
    np.multiply(out, 0.5, out=out)


def _gelu_tanh_argument(z: Array, out: Array) -> None:
    # (1 + tanh u) / 2 = sigma(2u) with 2u = 2 sqrt(2/pi) (z + 0.044715 z^3)
    np.multiply(z, z, out=out)
    np.multiply(out, GELU_CUBIC, out=out)
    np.add(out, 1.0, out=out)
    np.multiply(out, z, out=out)
    np.multiply(out, 2.0 * SQRT_2_OVER_PI, out=out)


def gelu_tanh(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _gelu_tanh_argument(z, out)
    logistic(out, out)
    np.multiply(out, z, out=out)


def gelu_tanh_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # sigma(v) + z v' sigma'(v); beyond |v| of some hundreds sigma' is 0 and the product must not be inf * 0.
    _gelu_tanh_argument(z, out)
    np.clip(out, -700.0, 700.0, out=out)
    slope = np.empty_like(out)
    logistic_slope(out, slope, scratch)
    logistic(out, out)
    np.clip(z, -100.0, 100.0, out=scratch)
    np.multiply(slope, scratch, out=slope)
    np.multiply(scratch, scratch, out=scratch)
    np.multiply(scratch, 3.0 * GELU_CUBIC, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(scratch, 2.0 * SQRT_2_OVER_PI, out=scratch)
    np.multiply(slope, scratch, out=slope)
    np.add(out, slope, out=out)


def softsign(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.abs(z, out=out)
    np.add(out, 1.0, out=out)
    np.divide(z, out, out=out)


def softsign_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # The reciprocal first: (1 + 1000)^2 overflows float16, its reciprocal does not.
    np.abs(z, out=out)
    np.add(out, 1.0, out=out)
    np.reciprocal(out, out=out)
    np.multiply(out, out, out=out)


def sine(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, p[0], out=out)
    np.sin(out, out=out)


def sine_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, p[0], out=out)
    np.cos(out, out=out)
    np.multiply(out, p[0], out=out)


def gaussian(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, z, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)


def gaussian_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    gaussian(z, p, out, scratch)
    np.multiply(out, z, out=out)
    np.multiply(out, -2.0, out=out)
