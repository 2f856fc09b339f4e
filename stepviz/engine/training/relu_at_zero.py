"""What the choice of a derivative at 0 changes, where a pre-activation is exactly 0."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.data.examples import Examples
from stepviz.engine.network.forward_backward import Pass


def changed_by_choice(batch_pass: Pass, batch: Examples, scratch: Array) -> float:
    """Return the share of gradient entries that differ between a derivative of 0 and of 1 at 0.

    The pass has run forward over the batch, and backward; its gradient stays as it is. ``scratch`` is room for two of
    those (2, runs, parameters).
    """
    assert batch_pass.gradient is not None
    gradient, (chosen, with_zero) = batch_pass.gradient, scratch
    np.copyto(chosen, gradient)
    batch_pass.set_at_zero(0.0)
    batch_pass.backward(batch.inputs, batch.targets)
    np.copyto(with_zero, gradient)
    batch_pass.set_at_zero(1.0)
    batch_pass.backward(batch.inputs, batch.targets)
    share = np.count_nonzero(with_zero != gradient) / with_zero.size
    batch_pass.set_at_zero(None)
    np.copyto(gradient, chosen)
    return share
