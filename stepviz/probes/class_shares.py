"""What a classifier's answers mean: each class's share of the answer."""

from __future__ import annotations

import numpy as np

from stepviz.engine.catalogue.losses import Loss
from stepviz.engine.common.arrays import Array


def class_shares(loss: Loss, answers: Array) -> Array:
    """Return what share of the answer (examples, outputs) each class has, (examples, classes) in float64.

    Logits give probabilities: 1 / (1 + e^-y) for one output, softmax for several. Other answers are clipped to the
    two values of the targets and brought to [0, 1]; several are divided by their sum, or equal if that is 0.
    """
    wide = answers.astype(np.float64)
    if loss.on_logits and wide.shape[1] == 1:
        # e^-|y| cannot overflow, and the smaller share keeps its relative precision.
        decay = np.exp(-np.abs(wide))
        larger = 1.0 / (1.0 + decay)
        pair = np.concatenate([decay * larger, larger], axis=1)
        return np.where(wide < 0.0, pair[:, ::-1], pair)
    shares: Array
    if loss.on_logits:
        shares = np.exp(wide - wide.max(axis=1, keepdims=True))
    else:
        shares = np.clip((wide - loss.low) / (loss.high - loss.low), 0.0, 1.0)
        if shares.shape[1] == 1:
            return np.concatenate([1.0 - shares, shares], axis=1)
        shares[shares.sum(axis=1) == 0.0] = 1.0
    shares /= shares.sum(axis=1, keepdims=True)
    return shares
