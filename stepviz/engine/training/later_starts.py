"""Parameters whose optimizer state began after the others': each group is moved by its own count of updates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.catalogue.optimizers import Rate, Update
from stepviz.engine.common.arrays import Array, Ints


class LaterStarts:
    """Applies an update rule that counts its updates (Adam, AdamW) where not all parameters have had as many.

    As in PyTorch, where the count is part of the state of each parameter. ``began`` (runs, parameters): after how many
    updates of the run the state of each parameter began.
    """

    def __init__(self, began: Ints) -> None:
        self.began = began
        flat = began.reshape(-1)
        self._groups = [(int(count), np.flatnonzero(flat == count)) for count in np.unique(flat[flat > 0])]

    def update(
        self,
        rule: Update,
        theta: Array,
        gradient: Array,
        slots: Array,
        rate: Rate,
        values: Sequence[float],
        count: int,
        scratch: Array,
    ) -> None:
        """Do the update ``count`` of the run, as ``optimizers.Update`` describes it."""
        flat_theta, flat_slots = theta.reshape(-1), slots.reshape(len(slots), -1)
        rates = np.broadcast_to(rate, theta.shape).reshape(-1)
        # Each group is moved on a copy: the rule is the same, only its count is another one.
        parts = [
            (began, places, flat_theta[None, places], gradient.reshape(-1)[None, places], flat_slots[:, None, places])
            for began, places in self._groups
        ]
        rule(theta, gradient, slots, rate, values, count, scratch)
        for began, places, own_theta, own_gradient, own_slots in parts:
            room: Array = np.empty((2, *own_theta.shape), dtype=theta.dtype)
            own_rate = rate if isinstance(rate, float) else rates[None, places]
            rule(own_theta, own_gradient, own_slots, own_rate, values, count - began, room)
            flat_theta[places] = own_theta[0]
            flat_slots[:, places] = own_slots[:, 0]

    def settled(self, count: int, decays: Sequence[float]) -> bool:
        """Return whether no count makes a difference any more: every 1 - decay**count is exactly 1."""
        newest = max((began for began, _ in self._groups), default=0)
        return all(1.0 - decay ** (count - newest) == 1.0 for decay in decays)
