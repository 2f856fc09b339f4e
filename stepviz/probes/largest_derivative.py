"""The largest derivative that the units of a layer could pass a gradient through."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np

from stepviz.engine.catalogue.activations import Values
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.network import Network


def largest_derivatives(network: Network, theta: Array) -> list[Array]:
    """Return per layer an array (units,): the largest |f'|, or stand-in, over all z, of the first run in ``theta``."""
    found = []
    for layer, function in enumerate(network.functions):
        width = network.layout.layers[layer].outputs
        if function.rule.derivative is not None:
            found.append(np.full(width, _peak_of_rule(function.rule.derivative, function.rule_values)))
        elif not function.trained:
            found.append(np.full(width, function.activation.largest_derivative(function.values)))
        else:
            values = [np.broadcast_to(value, (1, 1, width))[0, 0] for value in network.values(theta[:1], layer)]
            of_units = zip(*(value.tolist() for value in values), strict=True)
            found.append(np.array([function.activation.largest_derivative(own) for own in of_units]))
    return found


@lru_cache(maxsize=64)
def _peak_of_rule(derivative: Callable[[Array, Values, Array, Array], None], values: tuple[float, ...]) -> float:
    # Every rule of the table has its peak at the threshold or on a plateau beside it.
    z = np.linspace(-2.0, 2.0, 4001)
    z[2000] = 0.0
    out, scratch = np.empty_like(z), np.empty_like(z)
    derivative(z, values, out, scratch)
    return float(np.abs(out).max())
