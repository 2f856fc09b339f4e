"""What a stepper may use of a trainer: the numbers that an update reads and changes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.exact_zeros import ZeroCounter
from stepviz.engine.network.network import Network
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.batch_order import Batches
from stepviz.engine.training.divergence import Divergence
from stepviz.engine.training.later_starts import LaterStarts
from stepviz.engine.training.undo_ring import UndoRing


class Steppable(Protocol):
    """A trainer as its stepper sees it; see Trainer for what each means."""

    setup: BoundExperiment
    theta: Array
    slots: Array
    state: Array
    gradient: Array
    step_count: int
    updates: int
    diverged: Divergence | None
    later: LaterStarts | None
    batches: Batches
    recent: UndoRing
    zeros: ZeroCounter

    @property
    def experiment(self) -> Experiment:
        """Return the settings in force."""

    @property
    def network(self) -> Network:
        """Return the network."""

    @property
    def setups(self) -> Sequence[BoundExperiment]:
        """Return the setup of each run."""

    @property
    def run_seeds(self) -> Sequence[int]:
        """Return the seed of each run."""

    @property
    def learning_rate(self) -> float:
        """Return the learning rate of the next update."""

    @property
    def slope(self) -> float | None:
        """Return the slope of the annealed layers at the next update; None where no schedule drives any."""

    def look_at_later_starts(self) -> None:
        """Forget that parameters began later than the run where that makes no difference any more."""
