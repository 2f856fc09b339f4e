"""What a classifier's answers mean: the class, and each class's share of the answer."""

from __future__ import annotations

import numpy as np

from stepviz.engine.arrays import Array, Ints
from stepviz.engine.losses import Loss


def predicted_classes(loss: Loss, answers: Array) -> Ints:
    """Return the classes (examples,) that ``answers`` (examples, outputs) name.

    That is the largest output; for one output the second class from the middle between the two targets (0 for logits)
    upwards.
    """
    if answers.shape[1] > 1:
        classes: Ints = np.argmax(answers, axis=1)
        return classes
    low, high = _targets(loss)
    middle = 0.0 if loss.on_logits else (low + high) / 2.0
    return np.where(answers[:, 0] >= middle, 1, 0)


def class_shares(loss: Loss, answers: Array) -> Array:
    """Return what share of the answer each class has, (examples, classes) in float64.

    Logits give probabilities: 1 / (1 + e^-y) for one output, softmax for several. Other answers are clipped to the
    two values of the targets and brought to [0, 1]; several are divided by their sum, or equal if that is 0.
    """
    wide = answers.astype(np.float64)
    shares: Array
    if loss.on_logits:
        # One logit y is the softmax of 0 and y.
        logits = np.concatenate([np.zeros_like(wide), wide], axis=1) if wide.shape[1] == 1 else wide
        shares = np.exp(logits - logits.max(axis=1, keepdims=True))
    else:
        low, high = _targets(loss)
        shares = np.clip((wide - low) / (high - low), 0.0, 1.0)
        if shares.shape[1] == 1:
            return np.concatenate([1.0 - shares, shares], axis=1)
        shares[shares.sum(axis=1) == 0.0] = 1.0
    shares /= shares.sum(axis=1, keepdims=True)
    return shares


def _targets(loss: Loss) -> tuple[float, float]:
    """Return the targets that stand for «not this class» and «this class»."""
    encoded = loss.encode(np.array([0, 1]), 2)
    return float(encoded[0, -1]), float(encoded[1, -1])
