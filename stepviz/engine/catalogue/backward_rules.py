"""What may stand in for f' in the backward pass where f' is useless: one table, one entry each. Never silent.

A rule is written around the threshold z = 0 of step and sign units, as ``derivative(z, p, out, scratch)``.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.activation import Function, Values
from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.catalogue.smooth import logistic_slope
from stepviz.engine.common.arrays import Array


@dataclass(frozen=True, slots=True)
class BackwardRule:
    """An entry of the table; ``derivative`` is None for ``true``, which is f' itself. ``source`` names the paper."""

    key: str
    label: str
    formula: str
    parameters: tuple[Parameter, ...]
    source: str
    derivative: Function | None


def _straight_through(z: Array, p: Values, out: Array, scratch: Array) -> None:
    out.fill(1.0)


def _clipped(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.abs(z, out=scratch)
    np.less_equal(scratch, p[0], out=out)


def _relu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.greater(z, 0.0, out=out)


def _clipped_relu(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.greater(z, 0.0, out=out)
    np.less(z, 1.0, out=scratch)
    np.multiply(out, scratch, out=out)


def _sigmoid(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, p[0], out=out)
    logistic_slope(out, out, scratch)
    np.multiply(out, p[0], out=out)


def _fast_sigmoid(z: Array, p: Values, out: Array, scratch: Array) -> None:
    # The reciprocal first: the square of 1 + k |z| overflows float16 early, the square of its reciprocal does not.
    np.abs(z, out=out)
    np.multiply(out, p[0], out=out)
    np.add(out, 1.0, out=out)
    np.reciprocal(out, out=out)
    np.multiply(out, out, out=out)


def _arctan(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.multiply(z, math.pi / 2.0 * p[0], out=out)
    if z.dtype == np.float16:
        # The root of the formula, squared at the end: its square would overflow from z = 81 on.
        np.hypot(out, 1.0, out=out)
        np.divide((p[0] / 2.0) ** 0.5, out, out=out)
        np.multiply(out, out, out=out)
        return
    np.multiply(out, out, out=out)
    np.add(out, 1.0, out=out)
    np.divide(p[0] / 2.0, out, out=out)


def _triangle(z: Array, p: Values, out: Array, scratch: Array) -> None:
    np.abs(z, out=out)
    np.divide(out, p[1], out=out)
    np.subtract(1.0, out, out=out)
    np.maximum(out, 0.0, out=out)
    np.multiply(out, p[0], out=out)


WIDTH = Parameter("width", "w", 1.0, 1e-3, 1e3, "half the width of the window around the threshold", (0.05, 5.0))
SLOPE = Parameter("slope", "k", 4.0, 1e-3, 1e3, "the larger, the narrower around the threshold", (0.5, 25.0))
ARCTAN = Parameter("slope", "k", 2.0, 1e-3, 1e3, "the larger, the narrower around the threshold", (0.5, 25.0))
HEIGHT = Parameter("height", "γ", 1.0, 1e-3, 1e3, "its value at the threshold", (0.1, 2.0))

BACKWARD_RULES: dict[str, BackwardRule] = {
    entry.key: entry
    for entry in (
        BackwardRule("true", "True derivative", "f'(z)", (), "", None),
        BackwardRule(
            "straight-through", "Straight-through", "1 everywhere", (), "Bengio et al. 2013", _straight_through
        ),
        BackwardRule(
            "clipped-straight-through",
            "Clipped straight-through",
            "1 where |z| ≤ w, else 0",
            (WIDTH,),
            "Hubara et al. 2016",
            _clipped,
        ),
        BackwardRule("relu-ste", "ReLU straight-through", "1 where z > 0, else 0", (), "Yin et al. 2019", _relu),
        BackwardRule(
            "clipped-relu-ste",
            "Clipped-ReLU straight-through",
            "1 where 0 < z < 1, else 0",
            (),
            "Yin et al. 2019",
            _clipped_relu,
        ),
        BackwardRule(
            "sigmoid-surrogate",
            "Sigmoid surrogate",
            "k σ(kz) (1 − σ(kz))",
            (SLOPE,),
            "Neftci, Mostafa and Zenke 2019",
            _sigmoid,
        ),
        BackwardRule(
            "fast-sigmoid", "Fast sigmoid", "1 / (1 + k|z|)²", (SLOPE,), "Zenke and Ganguli 2018", _fast_sigmoid
        ),
        BackwardRule("arctan", "Arctan", "k/2 / (1 + (π k z / 2)²)", (ARCTAN,), "Fang et al. 2021", _arctan),
        BackwardRule("triangle", "Triangle", "γ max(0, 1 − |z|/w)", (HEIGHT, WIDTH), "Bellec et al. 2018", _triangle),
    )
}
