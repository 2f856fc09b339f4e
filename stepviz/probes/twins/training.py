"""Twins: copies of a run with a setting changed, trained for some hundred steps."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.twins.relative import constant_loss, relative
from stepviz.probes.twins.subject import Subject

POINTS = 24
# What a twin is judged by: the median of its last so many points, so that one lucky minibatch decides nothing.
_LAST = 6


@dataclass(frozen=True, slots=True)
class Curves:
    """How a population of twins has trained.

    ``steps`` (points,) since the twins began; ``train``, ``test`` (twins, points): the mean loss, NaN where it is not
    finite or where there are no examples; ``train_constant``, ``test_constant``: the loss of the best constant answer.
    """

    steps: Array
    train: Array
    test: Array
    train_constant: float
    test_constant: float

    @property
    def finals(self) -> Array:
        """Return the training loss (twins,) that each twin has come to: a median of its last points."""
        return _late(self.train)

    @property
    def median(self) -> float:
        """Return the median of the twins' training losses; NaN where half of them diverged."""
        finals = self.finals
        return float(np.median(np.where(np.isfinite(finals), finals, np.inf))) if len(finals) else float("nan")

    def share(self, split: str = "train") -> Array:
        """Return what the twins (twins,) have come to as shares of a constant answer's loss."""
        if split == "test":
            return relative(_late(self.test), self.test_constant)
        return relative(self.finals, self.train_constant)


def _late(losses: Array) -> Array:
    late = losses[:, -_LAST:]
    with np.errstate(all="ignore"):
        finals: Array = np.median(late, axis=1)
    return np.where(np.isfinite(losses[:, -1]), finals, np.nan)


def from_start(experiment: Experiment, dataset: Dataset | None, seeds: Sequence[int]) -> Trainer:
    """Return twins with new weights, one per seed, all on the same batches: one population.

    Without a ``dataset`` the one that the settings name. Raises InputError for settings that are not allowed.
    """
    return Trainer(experiment, dataset, seeds=seeds)


def from_now(subject: Subject, experiment: Experiment) -> Trainer | None:
    """Return the twin that goes on from the moment under ``experiment``; None where it would lose its weights.

    Raises InputError for settings that are not allowed.
    """
    trainer = subject.resumed()
    if experiment != subject.experiment and not trainer.change(experiment):
        return None
    return trainer


def trained(trainer: Trainer, steps: int, points: int = POINTS) -> Iterator[Curves | None]:
    """Train a population; yield None at places where it may be interrupted, and its curves at the end.

    A twin that diverges is a result: its losses are NaN from there on, and the others go on.
    """
    setup, runs = trainer.setup, trainer.theta.shape[0]
    stops = np.unique(np.linspace(0, steps, points + 1).round().astype(np.int64))
    train, test = np.full((2, runs, len(stops)), np.nan)
    has_test, done = len(setup.test) > 0, 0
    for place, stop in enumerate(stops):
        if trainer.diverged is not None:
            break
        trainer.step(int(stop) - done)
        done = int(stop)
        train[:, place] = trainer.losses("train")
        if has_test:
            test[:, place] = trainer.losses("test")
        yield None
    train[~np.isfinite(train)] = np.nan
    test[~np.isfinite(test)] = np.nan
    yield Curves(freeze(stops), freeze(train), freeze(test), constant_loss(setup), constant_loss(setup, "test"))
