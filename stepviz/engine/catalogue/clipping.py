"""Gradient clipping: what is done to a gradient that is too large, before the optimizer sees it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.common.arrays import Array

Clip = Callable[[Array, Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Clipping:
    """One way to clip; ``clip(g, values)`` changes the gradient (runs, parameters) in place, run by run.

    It returns by what factor the whole gradient of the first run was scaled: 1 where it was not.
    """

    key: str
    label: str
    formula: str
    parameters: tuple[Parameter, ...]
    clip: Clip


def _none(g: Array, values: Sequence[float]) -> float:
    return 1.0


def _by_norm(g: Array, values: Sequence[float]) -> float:
    # In float64, because the squares of float16 numbers overflow and vanish long before the numbers do.
    norms = np.sqrt(np.einsum("rp,rp->r", g, g, dtype=np.float64))
    for row, norm in enumerate(norms):
        if norm > values[0]:
            g[row] *= values[0] / norm
    return float(values[0] / norms[0]) if norms[0] > values[0] else 1.0


def _by_value(g: Array, values: Sequence[float]) -> float:
    np.clip(g, -values[0], values[0], out=g)
    return 1.0


NORM = Parameter(
    "limit", "c", 1.0, 1e-6, 1e6, "largest norm of a run's whole gradient", (0.01, 100.0), logarithmic=True
)
VALUE = Parameter("limit", "c", 0.1, 1e-6, 1e6, "largest size of each gradient entry", (0.001, 10.0), logarithmic=True)

# By norm: Pascanu et al. 2013 (arXiv 1211.5063).
CLIPPINGS: dict[str, Clipping] = {
    entry.key: entry
    for entry in (
        Clipping("none", "None", "g", (), _none),
        Clipping("norm", "By norm", "g ← g min(1, c / ‖g‖)", (NORM,), _by_norm),
        Clipping("value", "By value", "g ← min(c, max(−c, g))", (VALUE,), _by_value),
    )
}
