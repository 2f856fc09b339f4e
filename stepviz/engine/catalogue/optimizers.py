"""The optimizers, with the formulas of PyTorch's documentation (torch.optim, version 2): one table, one entry each.

Those at the end of the table do without a gradient: the searches (``searches.py``) and the perceptron rule.

Every update works in place on arrays of shape (runs, parameters): ``theta`` and the gradient ``g`` of the same shape,
``slots`` of shape (slots, runs, parameters), zero at the start, and two scratch arrays. ``t`` counts steps from 1.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.catalogue.search_rules import (
    CHILDREN,
    FIFTH,
    ONE_PLUS_LAMBDA,
    OPENAI_ES,
    PAIRS,
    POPULATION,
    RANDOM_SEARCH,
    RANKS,
    SIGMA,
    TRIES,
    UNIFORM,
    Search,
)
from stepviz.engine.common.arrays import Array

# Learning rate: one number, or an array (runs, 1) for runs that differ in it.
Rate = float | Array
Update = Callable[[Array, Array, Array, Rate, Sequence[float], int, Array], None]


@dataclass(frozen=True, slots=True)
class Optimizer:
    """One way to turn a gradient into a step; ``update(theta, g, slots, rate, values, t, scratch)``.

    ``search``: g is not the gradient, but what this search finds by trying. ``mistakes``: g is the perceptron's
    mistakes times the inputs; there is one layer, of steps. ``decays`` are the places in ``values`` of the decays by
    whose powers the update divides, so that it depends on t.
    """

    key: str
    label: str
    formula: str
    parameters: tuple[Parameter, ...]
    slots: tuple[str, ...]
    update: Update
    search: Search | None = None
    mistakes: bool = False
    decays: tuple[int, ...] = ()

    @property
    def by_gradient(self) -> bool:
        """Return whether the gradient is what moves the parameters."""
        return self.search is None and not self.mistakes


_SMALLEST = {np.dtype(kind): float(np.finfo(kind).tiny) for kind in (np.float64, np.float32, np.float16)}


def _sgd(theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array) -> None:
    step = scratch[0]
    np.multiply(g, rate, out=step)
    np.subtract(theta, step, out=theta)


def _as_found(theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, s: Array) -> None:
    np.subtract(theta, g, out=theta)


def _momentum(
    theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array
) -> None:
    velocity = slots[0]
    np.multiply(velocity, values[0], out=velocity)
    np.add(velocity, g, out=velocity)
    _sgd(theta, velocity, slots, rate, values, t, scratch)


def _nesterov(
    theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array
) -> None:
    velocity, ahead = slots[0], scratch[1]
    np.multiply(velocity, values[0], out=velocity)
    np.add(velocity, g, out=velocity)
    np.multiply(velocity, values[0], out=ahead)
    np.add(ahead, g, out=ahead)
    _sgd(theta, ahead, slots, rate, values, t, scratch)


def _adagrad(theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array) -> None:
    total, root = slots[0], scratch[0]
    np.multiply(g, g, out=root)
    np.add(total, root, out=total)
    np.sqrt(total, out=root)
    _divide_and_step(theta, g, root, rate, values[0], scratch)


def _rmsprop(theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array) -> None:
    decay, epsilon = values
    square, root = slots[0], scratch[0]
    _blend_square(square, g, decay, root)
    np.sqrt(square, out=root)
    _divide_and_step(theta, g, root, rate, epsilon, scratch)


def _adam(theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array) -> None:
    beta1, beta2, epsilon = values[:3]
    mean, square = slots[0], slots[1]
    root = scratch[0]
    np.multiply(mean, beta1, out=mean)
    np.multiply(g, 1.0 - beta1, out=root)
    np.add(mean, root, out=mean)
    _blend_square(square, g, beta2, root)
    np.sqrt(square, out=root)
    np.multiply(root, 1.0 / math.sqrt(1.0 - beta2**t), out=root)
    _divide_and_step(theta, mean, root, rate / (1.0 - beta1**t), epsilon, scratch)


def _adamw(theta: Array, g: Array, slots: Array, rate: Rate, values: Sequence[float], t: int, scratch: Array) -> None:
    np.multiply(theta, 1.0 - rate * values[3], out=theta)
    _adam(theta, g, slots, rate, values, t, scratch)


def _blend_square(square: Array, g: Array, decay: float, work: Array) -> None:
    np.multiply(square, decay, out=square)
    np.multiply(g, g, out=work)
    np.multiply(work, 1.0 - decay, out=work)
    np.add(square, work, out=square)


def _divide_and_step(theta: Array, direction: Array, root: Array, rate: Rate, epsilon: float, scratch: Array) -> None:
    # In float16 the usual epsilon rounds to 0, and a gradient that is exactly 0 would give 0/0.
    np.add(root, max(epsilon, _SMALLEST[root.dtype]), out=root)
    step = scratch[1]
    np.divide(direction, root, out=step)
    np.multiply(step, rate, out=step)
    np.subtract(theta, step, out=theta)


MOMENTUM = Parameter("momentum", "μ", 0.9, 0.0, 0.9999, "share of the last step that is kept", (0.0, 0.99))
EPSILON = Parameter("epsilon", "ε", 1e-8, 0.0, 1.0, "keeps the divisor away from 0", (1e-10, 1e-2), logarithmic=True)
BETA1 = Parameter("beta1", "β₁", 0.9, 0.0, 0.9999, "memory of the mean gradient", (0.0, 0.99))
BETA2 = Parameter("beta2", "β₂", 0.999, 0.0, 0.99999, "memory of the mean squared gradient", (0.9, 0.9999))
DECAY = Parameter("decay", "α", 0.99, 0.0, 0.99999, "memory of the mean squared gradient", (0.5, 0.999))
ADAGRAD_EPSILON = Parameter(
    "epsilon", "ε", 1e-10, 0.0, 1.0, "keeps the divisor away from 0", (1e-12, 1e-2), logarithmic=True
)
WEIGHT_DECAY = Parameter(
    "weight-decay", "λ", 0.01, 0.0, 1.0, "share of every parameter lost per step, times the learning rate", (0.0, 0.3)
)

OPTIMIZERS: dict[str, Optimizer] = {
    entry.key: entry
    for entry in (
        Optimizer("sgd", "SGD", "θ ← θ − η g", (), (), _sgd),
        Optimizer("momentum", "Momentum", "v ← μ v + g;  θ ← θ − η v", (MOMENTUM,), ("velocity",), _momentum),
        Optimizer("nesterov", "Nesterov", "v ← μ v + g;  θ ← θ − η (g + μ v)", (MOMENTUM,), ("velocity",), _nesterov),
        Optimizer("adagrad", "Adagrad", "s ← s + g²;  θ ← θ − η g / (√s + ε)", (ADAGRAD_EPSILON,), ("sum",), _adagrad),
        Optimizer(
            "rmsprop",
            "RMSProp",
            "s ← α s + (1 − α) g²;  θ ← θ − η g / (√s + ε)",
            (DECAY, EPSILON),
            ("square",),
            _rmsprop,
        ),
        Optimizer(
            "adam",
            "Adam",
            "m, s: running means of g, g²;  θ ← θ − η m̂ / (√ŝ + ε)",
            (BETA1, BETA2, EPSILON),
            ("mean", "square"),
            _adam,
            decays=(0, 1),
        ),
        Optimizer(
            "adamw",
            "AdamW",
            "θ ← (1 − η λ) θ, then Adam",
            (BETA1, BETA2, EPSILON, WEIGHT_DECAY),
            ("mean", "square"),
            _adamw,
            decays=(0, 1),
        ),
        Optimizer("perceptron", "Perceptron rule", "θ ← θ + η (t − y) x on mistakes", (), (), _sgd, mistakes=True),
        Optimizer(
            "openai-es",
            "Evolution (OpenAI-ES)",
            "θ ← θ − η Σ L(θ + σ εᵢ) εᵢ / (N σ)",
            (SIGMA, POPULATION, PAIRS, RANKS),
            (),
            _sgd,
            search=OPENAI_ES,
        ),
        Optimizer(
            "one-plus-lambda",
            "Evolution (1 + λ)",
            "θ ← the best of θ and λ copies θ + σ εᵢ",
            (SIGMA, CHILDREN, FIFTH),
            ("logarithm of the growth of sigma",),
            _as_found,
            search=ONE_PLUS_LAMBDA,
        ),
        Optimizer(
            "random-search",
            "Random search",
            "θ ← θ + σ ε where that is better",
            (SIGMA, TRIES, UNIFORM),
            (),
            _as_found,
            search=RANDOM_SEARCH,
        ),
    )
}
