"""What one change did to its twins, beside twins with nothing changed."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.probes.twins.cure import Cure
from stepviz.probes.twins.relative import LEAST, WORST
from stepviz.probes.twins.training import Curves

# A change helps where it lowers the loss by a fifth: ln(1 / 0.8).
HELPS = 0.22
# What is nearly at 0 is compared down to this share of itself.
_LOWER = 0.1
# Of so few test examples the loss hangs on one or two.
_FEWEST_TESTED = 20
# By how much (as a logarithm) the test loss may do worse than the training loss.
_TEST_SLACK = 0.3


@dataclass(frozen=True, slots=True, eq=False)
class Trial:
    """A change and its twins.

    ``now``: the twin that goes on with the weights, None where they cannot be kept; ``fresh``: twins with new weights,
    None where none were tried. ``effect_now``, ``effect_fresh``: ln of how many times lower the loss came than with
    nothing changed; of ``fresh`` also than the run itself. NaN where there was no such twin.
    """

    cure: Cure
    steps: int
    now: Curves | None
    fresh: Curves | None
    effect_now: float
    effect_fresh: float
    helped: int
    twins: int

    @classmethod
    def of_new_weights(cls, cure: Cure, steps: int, fresh: Curves, going_on: Curves | None) -> Trial:
        """Return what other first weights do, and nothing else: they are compared with the run alone."""
        level, test_level = _levels(going_on)
        effect_fresh = math.nan if going_on is None else effects(fresh, going_on, level, test_level)
        helped = _helped(fresh, WORST if level is None else level)
        return cls(cure, steps, None, fresh, math.nan, effect_fresh, helped, len(fresh.finals))

    @classmethod
    def of_more_time(cls, cure: Cure, steps: int, now: Curves, going_on: Curves | None, again: Curves) -> Trial:
        """Return what more time does to the run with nothing changed."""
        return trial_of(cure, steps, now, None, going_on, again)

    @property
    def effect(self) -> float:
        """Return the larger effect; minus infinity where there is none."""
        return float(np.nanmax([self.effect_now, self.effect_fresh, -math.inf]))

    @property
    def helps(self) -> bool:
        """Return whether the change lowers the loss by a fifth, in at least half of its twins."""
        return self.effect >= HELPS

    @property
    def restarts(self) -> bool:
        """Return whether what helps is the change with new weights, not with those of now."""
        return not self.effect_now >= max(HELPS, 0.7 * self.effect_fresh)

    @property
    def best(self) -> Curves:
        """Return the curves of the twins that the effect is of."""
        if self.now is not None and (self.fresh is None or not self.restarts):
            return self.now
        one = self.fresh if self.fresh is not None else self.now
        assert one is not None
        return one

    @property
    def share(self) -> float:
        """Return what the twins have come to (median), as a share of a constant answer's loss."""
        return float(np.median(self.best.share()))


def effect(before: Array, after: Array) -> float:
    """Return ln of how many times lower the median of ``after`` is than that of ``before``, down to LEAST.

    Where ``before`` is low already, down to a tenth of it.
    """
    level = float(np.median(before))
    least = min(LEAST, _LOWER * level) or LEAST
    return math.log(max(level, least) / max(float(np.median(after)), least))


def effects(curves: Curves, control: Curves, level: float | None = None, test_level: float | None = None) -> float:
    """Return the effect of a change on twins beside ``control``: on the training loss, and no more than on the test's.

    ``level``, ``test_level``: what the run itself comes to; the effect is no larger than beside that.
    """
    found = effect(control.share(), curves.share())
    if level is not None:
        found = min(found, effect(np.array([level]), curves.share()))
    if np.isfinite(curves.test[:, -1]).any() and np.isfinite(control.test[:, -1]).any():
        tested = effect(control.share("test"), curves.share("test"))
        if test_level is not None:
            tested = min(tested, effect(np.array([test_level]), curves.share("test")))
        found = min(found, tested + _TEST_SLACK)
    return found


def trial_of(
    cure: Cure, steps: int, now: Curves | None, fresh: Curves | None, going_on: Curves | None, again: Curves
) -> Trial:
    """Return what a change did; ``going_on`` and ``again`` are the twins with nothing changed."""
    level, test_level = _levels(going_on)
    return Trial(
        cure, steps, now, fresh,
        effect_now=effects(now, going_on) if now is not None and going_on is not None else math.nan,
        effect_fresh=effects(fresh, again, level, test_level) if fresh is not None else math.nan,
        helped=_helped(fresh, min(WORST if level is None else level, float(np.median(again.share())))),
        twins=0 if fresh is None else len(fresh.finals),
    )  # fmt: skip


def _levels(going_on: Curves | None) -> tuple[float | None, float | None]:
    return (None, None) if going_on is None else (float(going_on.share()[0]), float(going_on.share("test")[0]))


def _helped(fresh: Curves | None, limit: float) -> int:
    return 0 if fresh is None else int(np.count_nonzero(fresh.share() <= math.exp(-HELPS) * limit))
