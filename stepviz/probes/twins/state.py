"""What is measured of the run itself before any setting is changed: its state, its motion, and how it goes on."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.arrays import Array, Bools
from stepviz.engine.settings.experiment import Experiment, scheduled_rate
from stepviz.probes.findings.evidence import Evidence, gather
from stepviz.probes.findings.trend import Trend
from stepviz.probes.instant import Instant, Path
from stepviz.probes.twins.subject import Subject
from stepviz.probes.twins.training import Curves

# So many updates say how far an update moves a layer, and how many parameters it leaves where they were.
_MOVES = 8


@dataclass(frozen=True, slots=True)
class Motion:
    """What the next few updates do.

    ``ratio``: the largest ||step|| / ||W|| of a layer; ``smallest``: the least; ``lost``: the share of the entries of
    the gradient that are not 0 and whose parameter did not move; ``clip_factor``: what clipping scales gradients by;
    ``rate_factor``: what the schedule makes of the learning rate.
    """

    ratio: float
    lost: float
    clip_factor: float
    rate_factor: float


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """A run as it is: its settings, what is measured of it, and the twin with nothing changed (``going_on``).

    ``evidence`` is None of a run whose numbers are no longer finite; ``going_on`` too. ``again``: twins with nothing
    changed but the seed, from step 0.
    """

    subject: Subject
    evidence: Evidence | None
    motion: Motion | None
    going_on: Curves | None
    again: Curves
    trend: Trend

    @property
    def experiment(self) -> Experiment:
        """Return the settings of the run."""
        return self.subject.experiment

    @property
    def by_gradient(self) -> bool:
        """Return whether the optimizer goes by the gradient."""
        return OPTIMIZERS[self.experiment.optimizer.name].by_gradient

    @property
    def level(self) -> float:
        """Return the training loss that the run comes to with nothing changed, as a share of a constant answer's."""
        if self.going_on is None:
            return float(np.median(self.again.share()))
        return float(self.going_on.share()[0])


def evidence_of(subject: Subject, going_on: Curves) -> Evidence:
    """Return the evidence of a run whose latest losses are those with which its twin goes on.

    It is of the trainer that the evidence is gathered with, so that it stays valid.
    """
    trainer = subject.resumed()
    losses = going_on.train[0][np.isfinite(going_on.train[0])]
    before = subject.curve[-64:, 1] if len(subject.curve) else np.empty(0)
    path = Path(np.zeros(1, dtype=np.int64), trainer.theta.copy())
    instant = Instant(trainer, path, np.concatenate([before, losses]), subject.curve)
    return gather(instant)


def motion_of(subject: Subject) -> Motion:
    """Return what the next few updates of a run do; the run itself does not move."""
    trainer = subject.resumed()
    layout, offsets = trainer.network.layout, trainer.network.layout.offsets
    ratios = np.zeros(len(layout.layers))
    moved, asked, factors = 0, 0, []
    for _ in range(_MOVES):
        before: Array = trainer.theta[0].copy()
        if trainer.step() == 0:
            break
        change = trainer.theta[0].astype(np.float64) - before.astype(np.float64)
        asks: Bools = trainer.gradient[0] != 0
        asked += int(np.count_nonzero(asks))
        moved += int(np.count_nonzero(asks & (change != 0.0)))
        for layer in range(len(ratios)):
            own = slice(offsets[layer], offsets[layer + 1])
            size = float(np.linalg.norm(before[own].astype(np.float64)))
            ratios[layer] += float(np.linalg.norm(change[own])) / size / _MOVES if size > 0.0 else 0.0
        if trainer.last_clipping is not None:
            factors.append(trainer.last_clipping[1])
    experiment = subject.experiment
    return Motion(
        ratio=float(np.max(ratios)),
        lost=1.0 - moved / asked if asked else 0.0,
        clip_factor=float(np.median(factors)) if factors else 1.0,
        rate_factor=scheduled_rate(experiment, subject.moment.step) / experiment.learning_rate,
    )
