"""What a twin has changed."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.dataset import Dataset
from stepviz.engine.experiment import Experiment


@dataclass(frozen=True, slots=True, eq=False)
class Cure:
    """One change of a run that may help.

    ``key`` is stable; ``words`` say it after «with»; ``experiment`` are the settings with the change. ``fresh`` are
    those for new weights, where more belongs to them (ReLU units want He's); None: the same. ``dataset``: the changed
    examples where the settings cannot name them, else None. ``of_data``: whether the loss or the examples differ from
    the run's, so that only shares of a constant answer's loss can be compared.
    """

    key: str
    words: str
    experiment: Experiment
    dataset: Dataset | None = None
    of_data: bool = False
    fresh: Experiment | None = None

    @property
    def from_start(self) -> Experiment:
        """Return the settings for a twin with new weights."""
        return self.experiment if self.fresh is None else self.fresh

    @property
    def can_be_set(self) -> bool:
        """Return whether the change is one of settings, which a button can put in force."""
        return self.dataset is None
