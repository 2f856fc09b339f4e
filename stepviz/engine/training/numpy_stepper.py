"""The stepper in NumPy: the reference that people can read, for every setting there is."""

from __future__ import annotations

import math
from functools import partial
from typing import TYPE_CHECKING

import numpy as np

from stepviz.engine.catalogue.clipping import CLIPPINGS, Clip
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.penalties import Penalty, penalties_of
from stepviz.engine.training.batch_buffers import BatchPasses
from stepviz.engine.training.divergence import first_not_finite, lost_by_update
from stepviz.engine.training.perceptron_rule import mistakes
from stepviz.engine.training.population_search import Searcher
from stepviz.engine.training.relu_at_zero import changed_by_choice

# So many updates lie between two looks whether parameters that began later have caught up.
LOOK_EVERY = 4096

if TYPE_CHECKING:
    from stepviz.engine.training.steppable import Steppable


class NumpyStepper:
    """Does the updates of a trainer with NumPy: any number of runs, every precision, every setting.

    ``clip_factor`` and ``clipped_at``: what the first run's gradient was last scaled by, and in which update.
    """

    key = "numpy"

    def __init__(self, trainer: Steppable) -> None:
        """Bind to a trainer's arrays, with what the hot loop needs of the settings looked up once."""
        self._trainer = trainer
        setup, theta = trainer.setup, trainer.theta
        experiment = setup.experiment
        self._update_rule, self._rule_values = setup.optimizer.update, setup.optimizer_values
        self._rate = experiment.learning_rate
        search = setup.optimizer.search
        self._by_gradient: bool = setup.optimizer.by_gradient
        self.searcher: Searcher | None = (
            None if search is None else Searcher(setup, theta, trainer.slots, trainer.run_seeds)
        )
        # A search weighs penalties with the losses that it compares.
        self._penalties: tuple[Penalty, ...] = (
            penalties_of(experiment, setup.network.layout, experiment.precision) if search is None else ()
        )
        self._scheduled: bool = experiment.schedule.name != "constant"
        self.clip_factor, self.clipped_at = 1.0, -2
        clipping = CLIPPINGS[experiment.clipping.name]
        self._clipped: bool = clipping.key != "none" and (search is None or search.estimates)
        self._clip: Clip = clipping.clip
        self._clip_values: tuple[float, ...] = resolve(experiment.clipping.parameters, clipping.parameters, "clipping")
        self._scratch: Array = np.empty((2, *theta.shape), dtype=theta.dtype)
        # A sum of many float16 numbers overflows long before any of them does.
        self._sum_type: type[np.floating] | None = np.float32 if theta.dtype == np.float16 else None
        self._batch_passes = BatchPasses(setup, theta, trainer.gradient, trainer.run_seeds, trainer.zeros)

    @property
    def sigma(self) -> float | None:
        """Return what a search multiplies the changes of the first run's next copies by; None without a search."""
        return None if self.searcher is None else self.searcher.sigma

    def step(self, count: int) -> int:
        """Do ``count`` updates and return how many were done: fewer when the run diverges."""
        trainer = self._trainer
        with np.errstate(all="ignore"):
            for done in range(count):
                if trainer.diverged is not None:
                    return done
                self._update()
        return count

    def _update(self) -> None:
        trainer = self._trainer
        theta, gradient, seen = trainer.theta, trainer.gradient, trainer.batches.seen
        batch_pass, batch = self._batch_passes.next(trainer.batches, trainer.step_count)
        if (slope := trainer.slope) is not None:
            batch_pass.set_slope(slope)
        trainer.recent.keep(trainer.state, seen)
        if self._by_gradient:
            batch_pass.forward(batch.inputs)
            batch_pass.backward(batch.inputs, batch.targets)
            if batch_pass.zeros is not None and batch_pass.zeros.search():
                trainer.zeros.compare(partial(changed_by_choice, batch_pass, batch, self._scratch))
        elif self.searcher is not None:
            self.searcher.find(batch, trainer.step_count, slope, gradient)
        else:
            batch_pass.forward(batch.inputs)
            mistakes(batch_pass, batch.inputs, batch.targets)
        for penalty in self._penalties:
            penalty.add_to_gradient(theta, gradient, self._scratch[0])
        if self._clipped:
            self.clip_factor, self.clipped_at = self._clip(gradient, self._clip_values), trainer.step_count
        if self._scheduled:
            self._rate = trainer.learning_rate
        trainer.updates += 1
        rule, later = self._update_rule, trainer.later
        update = rule if later is None else partial(later.update, rule)
        update(theta, gradient, trainer.slots, self._rate, self._rule_values, trainer.updates, self._scratch)
        if later is not None and trainer.updates % LOOK_EVERY == 0:
            trainer.look_at_later_starts()
        trainer.step_count += 1
        # One run that is not finite has failed; in a population the others go on.
        total = np.add.reduce(theta, axis=None, dtype=self._sum_type)
        if not math.isfinite(total) and theta.shape[0] == 1:
            step, layout = trainer.step_count, trainer.network.layout
            trainer.diverged = (
                first_not_finite(step, batch_pass, gradient, theta)
                if self._by_gradient
                else lost_by_update(step, layout, gradient, theta)
            )
