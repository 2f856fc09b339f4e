"""Where the numbers of a run first stopped being finite."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.layout import Layout

# Used when the loss overflows though every layer is finite.
THE_LOSS = "the loss"


@dataclass(frozen=True, slots=True)
class Divergence:
    """The update after which a number was not finite, and the layer (from 1) and quantity where it was so first."""

    step: int
    layer: int
    quantity: str

    def __str__(self) -> str:
        where = "" if self.quantity == THE_LOSS else f" of layer {self.layer}"
        return f"step {self.step:,}: {self.quantity}{where} is not finite"


def first_not_finite(step: int, batch_pass: Pass, gradient: Array, theta: Array) -> Divergence:
    """Return what broke first in update ``step``: pre-activations forward, error signals backward, then the update.

    ``batch_pass`` still holds the numbers of the update that broke; ``gradient`` and ``theta`` (1, parameters) those
    after it.
    """
    layers = range(len(batch_pass.z))
    for layer in layers:
        if not np.isfinite(batch_pass.z[layer]).all():
            return Divergence(step, layer + 1, "a pre-activation")
    for layer in reversed(layers):
        if not np.isfinite(batch_pass.delta[layer]).all():
            return Divergence(step, layer + 1, "the error signal")
    return lost_by_update(step, batch_pass.network.layout, gradient, theta)


def lost_by_update(step: int, layout: Layout, gradient: Array, theta: Array) -> Divergence:
    """Return what is not finite after update ``step``: the gradient, a weight, or only the sum of all."""
    for rows, quantity in ((gradient, "the gradient"), (theta, "a weight after the update")):
        finite = np.isfinite(rows[0])
        if not finite.all():
            first = int(np.argmin(finite))
            return Divergence(step, layout.layer_of(first) + 1, quantity)
    return Divergence(step, len(layout.layers), "the sum of all weights")
