"""Synthetic data: functions of a sample count, a noise level and a random generator.

Each returns inputs (N, d) and targets, (N,) classes or (N, 1) numbers. Without noise, inputs lie in [-1, 1] (the two
Gaussians reach a little beyond). Noise is the standard deviation of Gaussian noise: classification adds it to the
inputs after the class is decided (so classes overlap), regression adds it to the targets. Classes come in equal
numbers, give or take one. The gates alone are always the same four examples.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.random import Generator

from stepviz.engine.common.arrays import Array, Ints

Generate = Callable[[int, float, Generator], tuple[Array, Array | Ints]]


def _classes(samples: int) -> Ints:
    return np.arange(samples, dtype=np.int64) % 2


def _blurred(inputs: Array, noise: float, generator: Generator) -> Array:
    return inputs + noise * generator.standard_normal(inputs.shape)


def circle(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
    """Class 1: the disc r <= 0.5; class 0: the ring 0.7 <= r <= 1. Both evenly filled (r^2 is uniform)."""
    classes = _classes(samples)
    low = np.where(classes == 1, 0.0, 0.7)
    high = np.where(classes == 1, 0.5, 1.0)
    radius = np.sqrt(low**2 + generator.random(samples) * (high**2 - low**2))
    angle = 2 * np.pi * generator.random(samples)
    inputs = np.column_stack([radius * np.cos(angle), radius * np.sin(angle)])
    return _blurred(inputs, noise, generator), classes


def xor(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
    """Class 1 where x1 and x2 have opposite signs; 0.05 <= |x| <= 1 keeps the axes free."""
    classes = _classes(samples)
    sign = generator.choice([-1.0, 1.0], samples)
    signs = np.column_stack([sign, np.where(classes == 1, -sign, sign)])
    inputs = signs * generator.uniform(0.05, 1.0, (samples, 2))
    return _blurred(inputs, noise, generator), classes


def gaussians(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
    """Two round Gaussians of standard deviation 0.15 at (-0.5, -0.5) (class 0) and (0.5, 0.5) (class 1)."""
    classes = _classes(samples)
    centre = np.where(classes == 1, 0.5, -0.5)[:, None]
    inputs = centre + 0.15 * generator.standard_normal((samples, 2))
    return _blurred(inputs, noise, generator), classes


def spiral(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
    """Two arms of 1.75 turns: r = u, (x1, x2) = r (sin t, cos t), t = 1.75 * 2 pi u, plus pi for class 1.

    The formula of tensorflow/playground. u is spread evenly over [0, 1]: one random value in each of N equal parts.
    """
    classes = _classes(samples)
    radius = (np.arange(samples) + generator.random(samples)) / samples
    angle = 1.75 * 2 * np.pi * radius + np.pi * classes
    inputs = np.column_stack([radius * np.sin(angle), radius * np.cos(angle)])
    return _blurred(inputs, noise, generator), classes


def moons(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
    """Two interleaved half circles: (cos t, sin t) and (1 - cos t, 1/2 - sin t), t uniform on [0, pi].

    The formula of scikit-learn's make_moons, then centred and divided by 1.5 to fit [-1, 1].
    """
    classes = _classes(samples)
    angle = np.pi * generator.random(samples)
    upper = np.column_stack([np.cos(angle), np.sin(angle)])
    lower = np.column_stack([1 - np.cos(angle), 0.5 - np.sin(angle)])
    inputs = (np.where(classes[:, None] == 1, lower, upper) - [0.5, 0.25]) / 1.5
    return _blurred(inputs, noise, generator), classes


def checkerboard(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
    """4 x 4 squares of side 1/2: the class is (column + row) mod 2."""
    classes = _classes(samples)
    column = generator.integers(0, 4, samples)
    row = 2 * generator.integers(0, 2, samples) + (column + classes) % 2
    inputs = (np.column_stack([column, row]) + generator.random((samples, 2))) / 2 - 1
    return _blurred(inputs, noise, generator), classes


def _gate(*answers: int) -> Generate:
    """Return the generator of a logic gate: the inputs 00, 01, 10 and 11, and the class that answers each.

    There are four examples, whatever is asked for: nothing about a gate is random.
    """

    def generate(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
        del samples, noise, generator
        return np.array([[0.0, 0.0], [0.0, 1.0], [1.0, 0.0], [1.0, 1.0]]), np.array(answers, dtype=np.int64)

    return generate


gate_and = _gate(0, 0, 0, 1)
gate_or = _gate(0, 1, 1, 1)
gate_nand = _gate(1, 1, 1, 0)
gate_xor = _gate(0, 1, 1, 0)


def _plane(x: Array) -> Array:
    return (x[:, 0] + x[:, 1]) / 2


def _bumps(x: Array) -> Array:
    centres = [(across * 2 / 3, up * 5 / 12) for up in (1, -1) for across in (-1, 0, 1)]
    total = np.zeros(len(x))
    for number, centre in enumerate(centres):
        total += (-1) ** number * np.exp(-((x - centre) ** 2).sum(axis=1) / (2 * 0.18**2))
    return total


def _threshold(x: Array) -> Array:
    return np.where(x[:, 0] >= 0.25, 1.0, 0.0)


def _staircase(x: Array) -> Array:
    return 2 / 3 * np.clip(np.floor(2 * (x[:, 0] + 1)), 0, 3) - 1


def _sine(x: Array) -> Array:
    wave: Array = np.sin(np.pi * x[:, 0])
    return wave


def _absolute(x: Array) -> Array:
    return np.abs(x[:, 0])


def _regression(dimensions: int, function: Callable[[Array], Array]) -> Generate:
    """Return a generator of x uniform on [-1, 1]^d with targets function(x) + noise."""

    def generate(samples: int, noise: float, generator: Generator) -> tuple[Array, Array]:
        inputs = generator.uniform(-1.0, 1.0, (samples, dimensions))
        return inputs, function(inputs)[:, None] + noise * generator.standard_normal((samples, 1))

    return generate


plane = _regression(2, _plane)
multi_gaussian = _regression(2, _bumps)
threshold = _regression(1, _threshold)
staircase = _regression(1, _staircase)
sine = _regression(1, _sine)
absolute = _regression(1, _absolute)
