"""Values and derivatives of the smooth activations, written into given arrays.

All take ``(z, p, out, scratch)``: pre-activations, parameter values in the order of the table, the array to fill, and
a scratch array of z's shape. Values work in ``scratch`` as long as they can: their ``out`` has gaps (the column of
ones), and a NumPy call takes several times as long there.

Derivatives are computed from z so that they are 0 only where the true value underflows: with e = exp(-|u|),
sigma'(u) = e / (1 + e)^2, never sigma (1 - sigma), which loses everything above u = 17 in float32.
"""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.catalogue.activation import Values
from stepviz.engine.catalogue.special import scaled_tail
from stepviz.engine.common.arrays import Array

SELU_SCALE, SELU_ALPHA = 1.0507009873554805, 1.6732632423543772
GELU_CUBIC = 0.044715
TWICE_SQRT_2_OVER_PI = 2.0 * math.sqrt(2.0 / math.pi)


def _affine(z: Array, slope: float | Array, shift: float | Array, out: Array) -> None:
    np.multiply(z, slope, out=out)
    if not isinstance(shift, float) or shift:
        np.add(out, shift, out=out)


def _is_one(value: float | Array) -> bool:
    # The usual slope; a product less in the hottest loop.
    return isinstance(value, float) and value == 1.0


def logistic(u: Array, out: Array, scratch: Array) -> None:
    """Write sigma(u) = exp(min(u, 0)) / (1 + exp(-|u|)), small values exactly; ``out`` may be ``u``.

    The shorter 1 / (1 + exp(-u)) is 0 where exp overflows: in float16 below u = -11, where sigma is still 1e-5.
    """
    np.abs(u, out=scratch)
    np.negative(scratch, out=scratch)
    np.exp(scratch, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.minimum(u, 0.0, out=out)
    np.exp(out, out=out)
    np.divide(out, scratch, out=out)


def logistic_slope(u: Array, out: Array, scratch: Array) -> None:
    """Write sigma'(u) = e / (1 + e)^2 with e = exp(-|u|); ``out`` may be ``u``."""
    np.abs(u, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=scratch)
    np.multiply(scratch, scratch, out=scratch)
    np.divide(out, scratch, out=out)


def sigmoid(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _affine(z, -p[0], -p[1], scratch)
    np.exp(scratch, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.reciprocal(scratch, out=out)


def sigmoid_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _affine(z, p[0], p[1], out)
    logistic_slope(out, out, scratch)
    if not _is_one(p[0]):
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
        np.multiply(z, p[0], out=scratch)
        np.tanh(scratch, out=out)


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
    np.abs(z, out=scratch)
    np.multiply(scratch, -p[0], out=scratch)
    np.exp(scratch, out=scratch)
    np.log1p(scratch, out=scratch)
    if not _is_one(p[0]):
        np.divide(scratch, p[0], out=scratch)
    np.maximum(z, 0.0, out=out)
    np.add(out, scratch, out=out)


def softplus_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, p[0], out=out)
    logistic(out, out, scratch)


def silu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.negative(z, out=scratch)
    np.exp(scratch, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.divide(z, scratch, out=out)


def silu_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # sigma (1 + z (1 - sigma))
    logistic(z, out, scratch)
    np.subtract(1.0, out, out=scratch)
    np.multiply(scratch, z, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(out, scratch, out=out)


def _bounded_exp(z: Array, out: Array) -> None:
    # exp(z), but not where its square would overflow: Mish is z, and its derivative 1, long before.
    np.minimum(z, 5.5 if z.dtype == np.float16 else 20.0, out=out)
    np.exp(out, out=out)


def mish(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # tanh(ln(1 + w)) = n / (n + 2) with w = e^z and n = w (w + 2)
    _bounded_exp(z, scratch)
    np.add(scratch, 2.0, out=out)
    np.multiply(scratch, out, out=scratch)
    np.add(scratch, 2.0, out=out)
    np.divide(scratch, out, out=scratch)
    np.multiply(scratch, z, out=out)


def mish_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # With w = e^z, v = 1 + w, d = v^2 + 1 the derivative is w (1 + v (1 + 4z/d)) / d: no difference of near numbers,
    # and two arrays suffice if w is computed three times.
    _bounded_exp(z, scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(scratch, scratch, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.minimum(z, 5.5 if z.dtype == np.float16 else 20.0, out=out)
    np.divide(out, scratch, out=out)
    np.multiply(out, 4.0, out=out)
    np.add(out, 1.0, out=out)
    _bounded_exp(z, scratch)
    np.add(scratch, 1.0, out=scratch)
    np.multiply(out, scratch, out=out)
    np.add(out, 1.0, out=out)
    np.multiply(scratch, scratch, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.divide(out, scratch, out=out)
    _bounded_exp(z, scratch)
    np.multiply(out, scratch, out=out)


def _exp_of_minus_half_square(z: Array, out: Array) -> None:
    np.multiply(z, z, out=out)
    np.multiply(out, -0.5, out=out)
    np.exp(out, out=out)


def gelu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # z Phi(z) = max(z, 0) - |z| Phi(-|z|)
    scaled_tail(z, scratch, out)
    _exp_of_minus_half_square(z, out)
    np.multiply(scratch, out, out=scratch)
    np.abs(z, out=out)
    np.multiply(scratch, out, out=scratch)
    np.maximum(z, 0.0, out=out)
    np.subtract(out, scratch, out=out)


def gelu_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # Phi(z) + z phi(z) is w = Phi(-|z|) - |z| phi(z) for z < 0, 1 - w for z > 0, and 1/2 at 0.
    scaled_tail(z, out, scratch)
    np.abs(z, out=scratch)
    np.multiply(scratch, 1.0 / math.sqrt(2.0 * math.pi), out=scratch)
    np.subtract(out, scratch, out=out)
    _exp_of_minus_half_square(z, scratch)
    np.multiply(out, scratch, out=out)
    np.sign(z, out=scratch)
    np.multiply(out, scratch, out=out)
    np.multiply(scratch, 0.5, out=scratch)
    np.add(scratch, 0.5, out=scratch)
    np.subtract(scratch, out, out=out)


def _gelu_argument(z: Array, factor: float, out: Array) -> None:
    # (1 + tanh u) / 2 = sigma(v) with v = 2u = 2 sqrt(2/pi) (z + 0.044715 z^3); writes factor * v.
    np.multiply(z, z, out=out)
    np.multiply(out, factor * TWICE_SQRT_2_OVER_PI * GELU_CUBIC, out=out)
    np.add(out, factor * TWICE_SQRT_2_OVER_PI, out=out)
    np.multiply(out, z, out=out)


def gelu_tanh(z: Array, p: Values, out: Array, scratch: Array) -> None:
    _gelu_argument(z, -1.0, scratch)
    np.exp(scratch, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.divide(z, scratch, out=out)


def gelu_tanh_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # sigma(v) (1 + z v' sigma(-v)) with z v' = 3v - 4 sqrt(2/pi) z; beyond |z| = 30 both sigmas are 0 or 1 in every
    # precision, and the product must not be inf * 0.
    np.minimum(z, 30.0, out=scratch)
    np.maximum(scratch, -30.0, out=scratch)
    _gelu_argument(scratch, 1.0, out)
    np.multiply(scratch, -2.0 / 3.0 * TWICE_SQRT_2_OVER_PI, out=scratch)
    np.add(scratch, out, out=scratch)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    np.divide(scratch, out, out=scratch)
    np.multiply(scratch, 3.0, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    # sigma(v) = exp(min(v, 0)) / (1 + exp(-|v|)), as in logistic, but without an array of its own; the first factor
    # as a square, which underflows in float16 where the product, some 30 times as large, does not yet.
    _gelu_argument(z, 0.5, out)
    np.minimum(out, 0.0, out=out)
    np.exp(out, out=out)
    np.multiply(scratch, out, out=scratch)
    np.multiply(scratch, out, out=scratch)
    _gelu_argument(z, 1.0, out)
    np.abs(out, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)
    np.add(out, 1.0, out=out)
    np.divide(scratch, out, out=out)


def softsign(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.abs(z, out=scratch)
    np.add(scratch, 1.0, out=scratch)
    np.divide(z, scratch, out=out)


def softsign_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # The reciprocal first: (1 + 1000)^2 overflows float16, its reciprocal does not.
    np.abs(z, out=out)
    np.add(out, 1.0, out=out)
    np.reciprocal(out, out=out)
    np.multiply(out, out, out=out)


def sine(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, p[0], out=scratch)
    np.sin(scratch, out=out)


def sine_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, p[0], out=out)
    np.cos(out, out=out)
    np.multiply(out, p[0], out=out)


def gaussian(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, z, out=scratch)
    np.negative(scratch, out=scratch)
    np.exp(scratch, out=out)


def gaussian_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    gaussian(z, p, out, scratch)
    np.multiply(out, z, out=out)
    np.multiply(out, -2.0, out=out)
