"""The loss of the best constant answer: what any loss and any scale of targets can be compared by."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.setup.setup import BoundExperiment

# Losses of a twin are compared down to this share of a constant answer's: below, both have learned.
LEAST = 0.005
# What has diverged, and what is worse than this, is as bad as it gets.
WORST = 100.0


def constant_loss(setup: BoundExperiment, split: str = "train") -> float:
    """Return the loss of the best answer that is the same for all examples of a split.

    Squared error: the variance. Cross-entropies: the entropy of the class shares, in nats. Hinge: twice the share of
    the rarer side, summed up as the loss does. Where that is 0 (one class, one value) 1: nothing to compare with.
    """
    examples = setup.train if split == "train" else setup.test
    targets: Array = np.asarray(examples.targets, dtype=np.float64)
    loss = setup.network.loss
    if not len(targets):
        return 1.0
    with np.errstate(all="ignore"):
        if loss.key == "squared-error":
            value = float(np.mean(np.var(targets, axis=0)))
        elif loss.key == "hinge":
            high = np.mean(targets > 0.0, axis=0)
            value = float(np.mean(2.0 * np.minimum(high, 1.0 - high)))
        else:
            shares = np.mean(targets, axis=0)
            if len(shares) == 1:
                shares = np.array([shares[0], 1.0 - shares[0]])
            value = float(-np.sum(shares[shares > 0.0] * np.log(shares[shares > 0.0])))
    return value if np.isfinite(value) and value > 1e-300 else 1.0


def relative(losses: Array, constant: float) -> Array:
    """Return losses as shares of a constant answer's, at most WORST; what is not a number is WORST."""
    with np.errstate(all="ignore"):
        shares = np.asarray(losses, dtype=np.float64) / constant
    return np.where(np.isfinite(shares), np.minimum(shares, WORST), WORST)
