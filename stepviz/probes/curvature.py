"""How sharply the loss bends: the Hessian's eigenvalue of largest size, by the Lanczos method."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.forward_backward import Pass
from stepviz.probes.instant import Instant

ITERATIONS = 24
MOST_EXAMPLES = 1000
# Of a network with more parameters no eigenvalue is sought: each iteration keeps a vector of them.
MOST_PARAMETERS = 200_000
# A residual below this share of the eigenvalue ends the search.
SETTLED = 1e-4
# The step of the central difference, for parameters of about 1. As short as float64's grain allows: a step that passes
# a bend of a ReLU takes the bend for curvature.
DIFFERENCE = 1e-7


@dataclass(frozen=True, slots=True)
class Curvature:
    """The eigenvalue of largest size (signed) of the Hessian of the data loss at ``step``; NaN with a ``reason``.

    ``error`` is the residual |H v - lambda v| for the unit vector v: an eigenvalue lies within it. Of an activation
    with bends it is the Hessian of the smooth piece that the parameters stand on, where they stand on one.

    What to conclude: gradient descent over all examples with a fixed rate eta cannot stay where lambda > 2 / eta.
    """

    step: int
    eigenvalue: float
    error: float
    reason: str = ""


def measure_curvature(instant: Instant, _options: Any) -> Iterator[Curvature | None]:
    """Yield None after copying the parameters and after each iteration, then the reading."""
    setup, step, theta = instant.setup, instant.step, instant.theta[0].astype(np.float64)
    yield None
    network = setup.network
    reason = ""
    if any(function.activation.takes_rules for function in network.functions):
        names = ", ".join(sorted({f.activation.label.lower() for f in network.functions if f.activation.takes_rules}))
        reason = f"not defined: {names} jumps"
    elif len(theta) > MOST_PARAMETERS:
        reason = f"not sought among {len(theta):,} parameters"
    if reason:
        yield Curvature(step, float("nan"), float("nan"), reason)
        return
    examples = min(MOST_EXAMPLES, len(setup.train))
    chosen = np.arange(examples) * len(setup.train) // examples
    inputs, targets = setup.train.inputs[:, chosen].astype(np.float64), setup.train.targets[chosen].astype(np.float64)
    rows = np.zeros((2, len(theta)))
    gradient = np.zeros_like(rows)
    both = Pass(network, rows, examples, gradient=gradient)
    length = DIFFERENCE * max(1.0, float(np.linalg.norm(theta)))

    def product(vector: Array) -> Array:
        with np.errstate(all="ignore"):
            rows[0], rows[1] = theta + length * vector, theta - length * vector
            both.forward(inputs)
            both.backward(inputs, targets)
            found: Array = (gradient[0] - gradient[1]) / (2.0 * length)
        return found

    search = Lanczos(len(theta))
    for _ in range(ITERATIONS):
        advanced = search.advance(product(search.vector))
        if _bends_between(both):
            yield Curvature(step, float("nan"), float("nan"), "not defined here: a pre-activation stands on a bend")
            return
        if not advanced:
            break
        yield None
    eigenvalue, error = search.extreme()
    yield Curvature(step, eigenvalue, error, "" if np.isfinite(eigenvalue) else "not finite")


def _bends_between(both: Pass) -> bool:
    """Return whether any pre-activation passes a jump or a bend of its activation between the two runs."""
    return any(
        bool(np.any(np.sign(z[0] - kink) != np.sign(z[1] - kink)))
        for z, function in zip(both.z, both.network.functions, strict=True)
        for kink in function.activation.kinks(function.values)
    )


class Lanczos:
    """The Lanczos method with full reorthogonalisation (Golub and Van Loan, Matrix Computations, section 10.3)."""

    def __init__(self, size: int) -> None:
        """Begin with a fixed random vector (size,): the same matrix gives the same numbers."""
        start = np.random.default_rng(0).standard_normal(size)
        self._basis = [start / np.linalg.norm(start)]
        self._diagonal: list[float] = []
        self._beside: list[float] = []

    @property
    def vector(self) -> Array:
        """Return the unit vector (size,) whose product with the matrix ``advance`` wants."""
        return self._basis[-1]

    def advance(self, product: Array) -> bool:
        """Take H v for the newest ``vector``; return whether there is anything left to find."""
        if not np.isfinite(product).all():
            self._diagonal.append(float("nan"))
            self._beside.append(0.0)
            return False
        self._diagonal.append(float(product @ self._basis[-1]))
        rest = product.copy()
        for _ in range(2):
            for known in self._basis:
                rest -= (rest @ known) * known
        left = float(np.linalg.norm(rest))
        self._beside.append(left)
        scale = max(map(abs, self._diagonal))
        eigenvalue, error = self.extreme()
        if left <= 1e-12 * max(scale, 1e-300) or error <= SETTLED * abs(eigenvalue):
            return False
        if len(self._basis) == len(rest):
            return False
        self._basis.append(rest / left)
        return True

    def extreme(self) -> tuple[float, float]:
        """Return the eigenvalue of largest size so far, and its residual."""
        if not np.isfinite(self._diagonal).all():
            return float("nan"), float("nan")
        count = len(self._diagonal)
        beside = self._beside[: count - 1]
        values, vectors = np.linalg.eigh(np.diag(self._diagonal) + np.diag(beside, 1) + np.diag(beside, -1))
        largest = int(np.argmax(np.abs(values)))
        return float(values[largest]), float(abs(self._beside[count - 1] * vectors[-1, largest]))
