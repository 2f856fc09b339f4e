"""A moment of a run, and the whole state of a trainer: all that it needs to go on from there, bit for bit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.network.exact_zeros import ZeroCounts
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.retained_parameters import Place
from stepviz.engine.training.undo_ring import UndoRing


@dataclass(frozen=True, slots=True)
class TrainerState:
    """The state of a trainer between two updates.

    ``state`` (1 + slots, runs, parameters), read-only, are the parameters and the optimizer's memory; ``updates`` is
    how many updates the optimizer has done, ``step`` how many the run has, ``seen`` how many examples the batches dealt
    out: the batches of all epochs follow from it and the seed. ``began`` (runs, parameters), read-only: after how many
    updates the optimizer's memory of each parameter began; None where all began with the first.
    """

    setup: BoundExperiment
    state: Array
    updates: int
    step: int
    seen: int
    began: Ints | None = None

    @property
    def nbytes(self) -> int:
        """Return the bytes that the moment keeps for itself."""
        return self.state.nbytes + (0 if self.began is None else self.began.nbytes)


@dataclass(frozen=True, slots=True)
class TrainerCheckpoint:
    """All that a trainer of one run holds at a moment.

    ``first`` (1, parameters): the first parameters that were given instead of drawn, to which a restart goes back;
    None where they were drawn. ``aside``: what ``RetainedParameters`` keep. ``zeros``: what was counted so far, None:
    nothing. ``recent``: the states before the last updates, None where they are not known.
    """

    moment: TrainerState
    first: Array | None = None
    aside: Mapping[Place, Array] = field(default_factory=dict)
    zeros: ZeroCounts | None = None
    recent: UndoRing | None = None

    @property
    def nbytes(self) -> int:
        """Return the bytes of its arrays, those of the data not among them."""
        first = 0 if self.first is None else self.first.nbytes
        recent = 0 if self.recent is None else self.recent.nbytes
        return self.moment.nbytes + first + recent + sum(values.nbytes for values in self.aside.values())
