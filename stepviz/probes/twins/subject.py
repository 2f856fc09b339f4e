"""The run that is examined, as it is at one moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.snapshot import TrainerState
from stepviz.engine.training.trainer import Trainer


@dataclass(frozen=True, slots=True)
class Subject:
    """One run at one moment; nothing of it is shared with the run.

    ``curve`` (points, 3): step, training loss and test loss so far, oldest first; it may be empty. ``diverged``:
    whether the numbers of the run are no longer finite.
    """

    moment: TrainerState
    curve: Array
    diverged: bool

    @classmethod
    def of(cls, trainer: Trainer, curve: Array | None = None) -> Subject:
        """Return the first run of a trainer as it is now."""
        moment = trainer.moment()
        if moment.state.shape[1] > 1:
            moment = TrainerState(
                moment.setup, freeze(moment.state[:, :1].copy()), moment.updates, moment.step, moment.seen
            )
        finite = trainer.diverged is None and bool(np.isfinite(trainer.loss()))
        return cls(moment, np.empty((0, 3)) if curve is None else curve, not finite)

    @property
    def setup(self) -> BoundExperiment:
        """Return the setup in force."""
        return self.moment.setup

    @property
    def experiment(self) -> Experiment:
        """Return the settings in force."""
        return self.moment.setup.experiment

    @property
    def dataset(self) -> Dataset:
        """Return the data set in use."""
        return self.moment.setup.dataset

    def resumed(self) -> Trainer:
        """Return a trainer that goes on from the moment as the run itself would."""
        trainer = Trainer(self.experiment, self.dataset)
        trainer.go_to(self.moment)
        return trainer
