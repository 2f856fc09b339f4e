"""Every optimizer against its formula, written out by hand in Python numbers, on the quadratic L = c/2 theta^2."""

from __future__ import annotations

import math
from collections.abc import Callable

import numpy as np
import pytest

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.parameters import resolve

CURVATURE, RATE, STEPS = 3.0, 0.05, 25


def by_hand_sgd(theta: float) -> float:
    for _ in range(STEPS):
        theta -= RATE * CURVATURE * theta
    return theta


def by_hand_momentum(theta: float, nesterov: bool = False) -> float:
    v = 0.0
    for _ in range(STEPS):
        g = CURVATURE * theta
        v = 0.9 * v + g
        theta -= RATE * (g + 0.9 * v if nesterov else v)
    return theta


def by_hand_adagrad(theta: float) -> float:
    s = 0.0
    for _ in range(STEPS):
        g = CURVATURE * theta
        s += g * g
        theta -= RATE * g / (math.sqrt(s) + 1e-10)
    return theta


def by_hand_rmsprop(theta: float) -> float:
    s = 0.0
    for _ in range(STEPS):
        g = CURVATURE * theta
        s = 0.99 * s + 0.01 * g * g
        theta -= RATE * g / (math.sqrt(s) + 1e-8)
    return theta


def by_hand_adam(theta: float, decay: float = 0.0) -> float:
    m = s = 0.0
    for t in range(1, STEPS + 1):
        g = CURVATURE * theta
        theta *= 1 - RATE * decay
        m = 0.9 * m + 0.1 * g
        s = 0.999 * s + 0.001 * g * g
        theta -= RATE * (m / (1 - 0.9**t)) / (math.sqrt(s / (1 - 0.999**t)) + 1e-8)
    return theta


BY_HAND: dict[str, Callable[[float], float]] = {
    "sgd": by_hand_sgd,
    "momentum": by_hand_momentum,
    "nesterov": lambda theta: by_hand_momentum(theta, nesterov=True),
    "adagrad": by_hand_adagrad,
    "rmsprop": by_hand_rmsprop,
    "adam": by_hand_adam,
    "adamw": lambda theta: by_hand_adam(theta, 0.01),
}


def run(key: str, start: np.ndarray, gradient: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    optimizer = OPTIMIZERS[key]
    theta = start.copy()
    slots = np.zeros((len(optimizer.slots), *theta.shape), dtype=theta.dtype)
    scratch = np.empty((2, *theta.shape), dtype=theta.dtype)
    values = resolve({}, optimizer.parameters, "optimizer")
    for t in range(1, STEPS + 1):
        optimizer.update(theta, gradient(theta), slots, RATE, values, t, scratch)
    return theta


@pytest.mark.parametrize("key", [key for key, optimizer in OPTIMIZERS.items() if optimizer.by_gradient])
def test_trajectory_equals_the_formula_by_hand(key: str) -> None:
    found = run(key, np.array([[2.0, -0.7], [0.1, 5.0]]), lambda theta: CURVATURE * theta)
    expected = [[BY_HAND[key](2.0), BY_HAND[key](-0.7)], [BY_HAND[key](0.1), BY_HAND[key](5.0)]]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("key", [key for key in OPTIMIZERS if key != "adamw"])
@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_a_gradient_of_exactly_zero_moves_nothing(key: str, precision: str) -> None:
    start = np.array([[1.5, -2.0]], dtype=precision)
    np.testing.assert_array_equal(run(key, start, np.zeros_like), start)
