"""Where the numbers of a run first stopped being finite."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from stepviz.engine.network.forward_backward import Pass

if TYPE_CHECKING:
    from stepviz.engine.training.trainer import Trainer


# Of no layer: all their numbers are finite, and yet it is not.
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


def first_not_finite(trainer: Trainer, batch_pass: Pass) -> Divergence:
    """Return where it broke, in the order of computation: pre-activations forward, error signals backward, update.

    ``batch_pass`` still holds the numbers of the update that broke.
    """
    layers = range(len(batch_pass.z))
    for layer in layers:
        if not np.isfinite(batch_pass.z[layer]).all():
            return Divergence(trainer.step_count, layer + 1, "a pre-activation")
    for layer in reversed(layers):
        if not np.isfinite(batch_pass.delta[layer]).all():
            return Divergence(trainer.step_count, layer + 1, "the error signal")
    return lost_by_update(trainer)


def lost_by_update(trainer: Trainer) -> Divergence:
    """Return where an update broke, apart from what it was computed from."""
    layout = trainer.network.layout
    for rows, quantity in ((trainer.gradient, "the gradient"), (trainer.theta, "a weight after the update")):
        finite = np.isfinite(rows[0])
        if not finite.all():
            first = int(np.argmin(finite))
            return Divergence(trainer.step_count, layout.layer_of(first) + 1, quantity)
    return Divergence(trainer.step_count, len(layout.layers), "the sum of all weights")
