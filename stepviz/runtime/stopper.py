"""Early stop: looks at a run at fixed steps, so that it stops at the same one at every speed."""

from __future__ import annotations

import numpy as np

from stepviz.engine.settings.experiment import StopConditions
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.early_stop import Reached, reached
from stepviz.probes.instant import Instant, Path

# A look costs a pass over the whole training set: so many updates come between two of them.
EVERY = 50


class Stopper:
    """Says when a run is to stop. What it said once, it says again only after it has ceased to hold: one can play on.

    Whether the number of steps is reached is looked at in the very step, all else every 50 steps.
    """

    def __init__(self, conditions: StopConditions | None = None, said: frozenset[str] = frozenset()) -> None:
        """Go on under ``conditions`` of which those ``said`` were said already."""
        self._conditions = conditions or StopConditions()
        self._said = said

    @property
    def said(self) -> frozenset[str]:
        """Return the conditions that hold, as far as it has looked, and that it will not say again."""
        return self._said

    def forget(self) -> None:
        """Say everything again: the run began anew."""
        self._said = frozenset()

    def steps_to_go(self, trainer: Trainer) -> int | None:
        """Return how many updates there are to the next look; None where nothing is to be looked for."""
        conditions, step = trainer.experiment.stop, trainer.step_count
        if conditions != self._conditions:
            self._conditions = conditions
            self.forget()
        if conditions == StopConditions():
            return None
        next_look = EVERY - step % EVERY
        ends = conditions.steps
        return next_look if ends is None or step >= ends else min(next_look, ends - step)

    def look(self, trainer: Trainer) -> Reached | None:
        """Return the first condition that has come to hold since the last look, if any."""
        nowhere = Path(np.zeros(0, dtype=np.int64), np.zeros((0, trainer.theta.shape[1])))
        with np.errstate(all="ignore"):
            found = list(reached(trainer.experiment.stop, Instant(trainer, nowhere)))
        new = [each for each in found if each.condition not in self._said]
        self._said = frozenset(each.condition for each in found)
        return new[0] if new else None
