"""A moment of a run: all that it needs to go on from there, bit for bit."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.common.arrays import Array
from stepviz.engine.setup.setup import BoundExperiment


@dataclass(frozen=True, slots=True)
class TrainerState:
    """The state of a trainer between two updates.

    ``state`` (1 + slots, runs, parameters), read-only, are the parameters and the optimiser's memory; ``updates`` is
    how many updates the optimiser has done, ``step`` how many the run has, ``seen`` how many examples the batches dealt
    out: the batches of all epochs follow from it and the seed.
    """

    setup: BoundExperiment
    state: Array
    updates: int
    step: int
    seen: int

    @property
    def nbytes(self) -> int:
        """Return the bytes that the moment keeps for itself."""
        return self.state.nbytes
