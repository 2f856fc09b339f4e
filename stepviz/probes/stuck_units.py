"""Which hidden units receive no gradient, and why."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.arrays import Array

ACTIVE, SATURATED, FLAT, STARVED = range(4)
STATES = ("active", "saturated", "flat", "starved")


@dataclass(frozen=True, slots=True)
class StuckUnits:
    """The state of every hidden unit; one array (units,) per hidden layer.

    ``states``: codes ACTIVE, SATURATED, FLAT, STARVED; ``active_share``: share of training examples with f'(z) (or
    its stand-in) not 0; ``signal_share``: share of examples with a delta that is not 0.

    What to conclude: a flat unit is dead on all the data; a starved one would pass a gradient on, but none arrives.
    """

    states: tuple[NDArray[np.uint8], ...]
    active_share: tuple[Array, ...]
    signal_share: tuple[Array, ...]

    def count(self, state: int) -> int:
        """Return how many hidden units are in a state."""
        return int(sum(np.count_nonzero(layer == state) for layer in self.states))

    @property
    def stuck(self) -> int:
        """Return how many hidden units are stuck: flat or starved."""
        return self.count(FLAT) + self.count(STARVED)

    @property
    def total(self) -> int:
        """Return how many hidden units there are."""
        return sum(len(layer) for layer in self.states)
