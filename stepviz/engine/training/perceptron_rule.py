"""The perceptron rule: one layer of steps that moves by its mistakes (Rosenblatt 1958, Psychological Review 65)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stepviz.engine.common.arrays import Array

if TYPE_CHECKING:
    from stepviz.engine.network.forward_backward import Pass


def mistakes(present: Pass, inputs: Array, targets: Array) -> None:
    """Fill the gradient of a pass, after ``forward``, with what the perceptron rule takes away: x (y - t).

    The mean over the examples of the batch; with a batch of one it is Rosenblatt's rule. Right answers give exactly 0.
    No derivative is asked for.
    """
    assert present.gradient is not None
    wrong = present.delta[-1]
    np.subtract(present.y, targets, out=wrong)
    np.divide(wrong, wrong.shape[1], out=wrong)
    np.matmul(inputs.transpose(0, 2, 1), wrong, out=present.network.layout.block(present.gradient, 0))
