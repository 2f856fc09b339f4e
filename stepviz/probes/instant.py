"""What a probe may read of one instant of a run."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.network.exact_zeros import ZeroCounts
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.snapshot import TrainerState
from stepviz.engine.training.trainer import Trainer


@dataclass(frozen=True)
class Path:
    """Where the run has been: parameters (points, parameters) at steps (points,), thinned out evenly, oldest first.

    ``left`` (points, parameters): where it once went on to from the first of them, before it was taken back to there
    and went another way; None where it never was.
    """

    steps: Ints
    parameters: Array
    left: Array | None = None


class Instant:
    """One instant of a run: the settings, the parameters, and the passes over the whole training and test sets.

    It reads through to the Trainer, so it is valid only until the Trainer moves: a probe that goes on for longer
    copies what it needs first. ``train`` is computed once and shared by all probes of the instant.
    ``recent_losses`` (points,) are the training losses recorded last, oldest first; empty where none were. ``curve``
    (points, 3): step, training loss and test loss since the run was last changed, thinned out evenly, oldest first;
    the lowest and the highest losses are among them.
    """

    def __init__(
        self, trainer: Trainer, path: Path, recent_losses: Array | None = None, curve: Array | None = None
    ) -> None:
        self.setup: BoundExperiment = trainer.present
        self.theta: Array = trainer.theta[:1]
        self.step: int = trainer.step_count
        self.path = path
        self.recent_losses: Array = np.empty(0) if recent_losses is None else recent_losses
        self.curve: Array = np.empty((0, 3)) if curve is None else curve
        self._trainer = trainer

    @property
    def state(self) -> TrainerState:
        """Return all that the run needs to go on from here, as a copy."""
        return self._trainer.moment()

    @property
    def diverged(self) -> bool:
        """Return whether the numbers of the run are no longer finite."""
        return self._trainer.diverged is not None

    @cached_property
    def train(self) -> Pass:
        """Return the forward and backward pass over the training set: z, h, local, arriving, delta, gradient."""
        return self._trainer.train_pass()

    @cached_property
    def train_loss(self) -> float:
        """Return the mean loss over the training set."""
        return self._loss_of(self.train, self.setup.train.targets)

    @cached_property
    def test(self) -> Pass | None:
        """Return the forward pass over the test set; None where there is no test set."""
        return self._trainer.test_pass() if len(self.setup.test) else None

    @cached_property
    def test_loss(self) -> float:
        """Return the mean loss over the test set; NaN where there is none."""
        return float("nan") if self.test is None else self._loss_of(self.test, self.setup.test.targets)

    @cached_property
    def last_update(self) -> Array:
        """Return the change of every parameter (parameters,) by the last update; zeros at step 0."""
        change: Array = self._trainer.last_update()[0]
        return change

    @property
    def exact_zeros(self) -> ZeroCounts:
        """Return what the updates since the start have met of pre-activations that are exactly 0, where ReLU bends."""
        return self._trainer.exact_zeros

    @property
    def sigma(self) -> float | None:
        """Return how far away a search tries its next copies; None without a search."""
        return self._trainer.sigma

    @property
    def last_clipping(self) -> tuple[Array, float] | None:
        """Return the clipped gradient (parameters,) of the last update and what it was scaled by; None without."""
        last = self._trainer.last_clipping
        return None if last is None else (last[0][0], last[1])

    @staticmethod
    def _loss_of(evaluation: Pass, targets: Array) -> float:
        out: Array = np.zeros(1, dtype=np.float64 if evaluation.y.dtype == np.float64 else np.float32)
        with np.errstate(all="ignore"):
            evaluation.losses(targets, out)
        return float(out[0])
