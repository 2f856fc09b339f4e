"""Values and derivatives of the activations made of pieces, written into given arrays.

All take ``(z, p, out, scratch)`` as the smooth ones do. Comparisons are written as numbers 0 and 1 into float arrays,
so that no mask is allocated. Values work in ``scratch`` as long as they can, as their ``out`` has gaps.
"""

from __future__ import annotations

import numpy as np

from stepviz.engine.catalogue.activation import Values
from stepviz.engine.catalogue.smooth import SELU_ALPHA, SELU_SCALE
from stepviz.engine.common.arrays import Array


def step(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.greater_equal(z, 0.0, out=out)


def sign(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.greater_equal(z, 0.0, out=scratch)
    np.multiply(scratch, 2.0, out=scratch)
    np.subtract(scratch, 1.0, out=out)


def zero(z: Array, p: Values, out: Array, scratch: Array) -> None:
    out.fill(0.0)


def relu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.maximum(z, 0.0, out=out)


def relu_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.greater(z, 0.0, out=out)
    if not isinstance(p[0], float) or p[0]:
        np.equal(z, 0.0, out=scratch)
        np.multiply(scratch, p[0], out=scratch)
        np.add(out, scratch, out=out)


def leaky(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.minimum(z, 0.0, out=scratch)
    np.multiply(scratch, p[0], out=scratch)
    np.maximum(z, 0.0, out=out)
    np.add(out, scratch, out=out)


def leaky_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.less_equal(z, 0.0, out=out)
    np.multiply(out, p[0], out=out)
    np.greater(z, 0.0, out=scratch)
    np.add(out, scratch, out=out)


def leaky_by_parameter(z: Array, p: Values, index: int, out: Array, scratch: Array) -> None:
    np.minimum(z, 0.0, out=out)


def elu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.minimum(z, 0.0, out=scratch)
    np.expm1(scratch, out=scratch)
    np.multiply(scratch, p[0], out=scratch)
    np.maximum(z, 0.0, out=out)
    np.add(out, scratch, out=out)


def elu_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # alpha exp(min(z, 0)) is alpha for z > 0, where 1 is wanted.
    np.minimum(z, 0.0, out=out)
    np.exp(out, out=out)
    np.multiply(out, p[0], out=out)
    np.greater(z, 0.0, out=scratch)
    np.multiply(scratch, 1.0 - p[0], out=scratch)
    np.add(out, scratch, out=out)


def selu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    elu(z, (SELU_ALPHA,), out, scratch)
    np.multiply(out, SELU_SCALE, out=out)


def selu_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    elu_slope(z, (SELU_ALPHA,), out, scratch)
    np.multiply(out, SELU_SCALE, out=out)


def hard_sigmoid(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.divide(z, 6.0, out=scratch)
    np.add(scratch, 0.5, out=scratch)
    np.maximum(scratch, 0.0, out=scratch)
    np.minimum(scratch, 1.0, out=out)


def hard_sigmoid_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.abs(z, out=scratch)
    np.less(scratch, 3.0, out=out)
    np.divide(out, 6.0, out=out)


def hard_tanh(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.maximum(z, -1.0, out=scratch)
    np.minimum(scratch, 1.0, out=out)


def hard_tanh_slope(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.abs(z, out=scratch)
    np.less(scratch, 1.0, out=out)


def linear(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.copyto(out, z)


def one(z: Array, p: Values, out: Array, scratch: Array) -> None:
    out.fill(1.0)
