"""How weights and biases are drawn before the first step: one table for each.

``fan_in`` is the number of inputs of a unit, ``fan_out`` the number of units. Numbers are drawn in float64, so that
the same seed gives the same start, rounded, in every precision.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.common.arrays import Array

# draw(generator, fan_in, fan_out, values) -> float64 array (fan_in, fan_out) for weights, (fan_out,) for biases.
Draw = Callable[[np.random.Generator, int, int, Sequence[float]], Array]


@dataclass(frozen=True, slots=True)
class Initializer:
    """One way to draw the first weights (or biases); ``source`` names the paper."""

    key: str
    label: str
    formula: str
    parameters: tuple[Parameter, ...]
    draw: Draw
    source: str = ""


def _uniform(variance: Callable[[int, int], float]) -> Draw:
    def draw(generator: np.random.Generator, fan_in: int, fan_out: int, values: Sequence[float]) -> Array:
        radius = values[0] * math.sqrt(3.0 * variance(fan_in, fan_out))
        return generator.uniform(-radius, radius, (fan_in, fan_out))

    return draw


def _normal(variance: Callable[[int, int], float]) -> Draw:
    def draw(generator: np.random.Generator, fan_in: int, fan_out: int, values: Sequence[float]) -> Array:
        return generator.normal(0.0, values[0] * math.sqrt(variance(fan_in, fan_out)), (fan_in, fan_out))

    return draw


def _orthogonal(generator: np.random.Generator, fan_in: int, fan_out: int, values: Sequence[float]) -> Array:
    longer, shorter = max(fan_in, fan_out), min(fan_in, fan_out)
    q, r = np.linalg.qr(generator.normal(size=(longer, shorter)))
    # Without the signs of R the draw would not be uniform over the orthogonal matrices (Mezzadri 2007).
    q = q * np.sign(np.diag(r))
    return values[0] * (q if fan_in >= fan_out else q.T)


def _glorot(fan_in: int, fan_out: int) -> float:
    return 2.0 / (fan_in + fan_out)


def _he(fan_in: int, fan_out: int) -> float:
    return 2.0 / fan_in


def _lecun(fan_in: int, fan_out: int) -> float:
    return 1.0 / fan_in


GAIN = Parameter("gain", "g", 1.0, 0.0, 1e3, "factor on every weight drawn", (0.05, 20.0), logarithmic=True)
RADIUS = Parameter("radius", "r", 1.0, 0.0, 1e4, "half width of the range", (0.01, 10.0), logarithmic=True)
VALUE = Parameter("value", "c", 0.1, -1e4, 1e4, "the one value of all", (-2.0, 2.0))

GLOROT_SOURCE = "Glorot and Bengio 2010"
HE_SOURCE = "He et al. 2015"
LECUN_SOURCE = "LeCun et al. 1998"

WEIGHT_INITIALIZERS: dict[str, Initializer] = {
    entry.key: entry
    for entry in (
        Initializer(
            "glorot-uniform",
            "Glorot uniform",
            "variance 2 / (fan in + fan out)",
            (GAIN,),
            _uniform(_glorot),
            GLOROT_SOURCE,
        ),
        Initializer(
            "glorot-normal",
            "Glorot normal",
            "variance 2 / (fan in + fan out)",
            (GAIN,),
            _normal(_glorot),
            GLOROT_SOURCE,
        ),
        Initializer("he-uniform", "He uniform", "variance 2 / fan in", (GAIN,), _uniform(_he), HE_SOURCE),
        Initializer("he-normal", "He normal", "variance 2 / fan in", (GAIN,), _normal(_he), HE_SOURCE),
        Initializer("lecun-uniform", "LeCun uniform", "variance 1 / fan in", (GAIN,), _uniform(_lecun), LECUN_SOURCE),
        Initializer("lecun-normal", "LeCun normal", "variance 1 / fan in", (GAIN,), _normal(_lecun), LECUN_SOURCE),
        Initializer("orthogonal", "Orthogonal", "WᵀW = g² I", (GAIN,), _orthogonal, "Saxe et al. 2014"),
        Initializer(
            "uniform",
            "Uniform (−r, r)",
            "every weight from −r to r",
            (RADIUS,),
            lambda generator, fan_in, fan_out, values: generator.uniform(-values[0], values[0], (fan_in, fan_out)),
        ),
        Initializer(
            "constant",
            "Constant",
            "every weight c: all units of a layer stay equal",
            (VALUE,),
            lambda generator, fan_in, fan_out, values: np.full((fan_in, fan_out), values[0]),
        ),
        Initializer(
            "zeros",
            "Zeros",
            "every weight 0: hidden layers get no gradient",
            (),
            lambda generator, fan_in, fan_out, values: np.zeros((fan_in, fan_out)),
        ),
    )
}

BIAS_INITIALIZERS: dict[str, Initializer] = {
    entry.key: entry
    for entry in (
        Initializer("zeros", "Zeros", "every bias 0", (), lambda generator, fan_in, fan_out, values: np.zeros(fan_out)),
        Initializer(
            "constant",
            "Constant",
            "every bias c",
            (VALUE,),
            lambda generator, fan_in, fan_out, values: np.full(fan_out, values[0]),
        ),
        Initializer(
            "uniform",
            "Uniform (−r, r)",
            "every bias from −r to r",
            (RADIUS,),
            lambda generator, fan_in, fan_out, values: generator.uniform(-values[0], values[0], fan_out),
        ),
        Initializer(
            "fan-in",
            "Uniform by fan in",
            "every bias from −g/√(fan in) to g/√(fan in)",
            (GAIN,),
            lambda generator, fan_in, fan_out, values: generator.uniform(
                -values[0] / math.sqrt(fan_in), values[0] / math.sqrt(fan_in), fan_out
            ),
            "LeCun et al. 1998",
        ),
    )
}
