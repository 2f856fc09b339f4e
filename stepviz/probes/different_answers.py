"""How many different answers the network gives: of a step network no more than its steps have patterns."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array, Ints
from stepviz.probes.instant import Instant


def different_answers(instant: Instant) -> int:
    """Return how many different answers the training examples get.

    The same sum of the same numbers is rounded in one way for one example and in another for the next, as the
    processor's vectors fall. So pre-activations of the output layer are one and the same where they differ by no more
    than the rounding of such a sum: n + 1 terms w h lie within (n + 1) eps sum |w h| of the exact value (Higham 2002,
    Accuracy and Stability of Numerical Algorithms, eq. 3.5), two of them within twice that.
    """
    evaluation, last = instant.train, len(instant.setup.network.layout.layers) - 1
    before = evaluation.h[last - 1][0] if last else instant.setup.train.inputs[0]
    block = instant.setup.network.layout.block(instant.theta, last)[0]
    eps = float(np.finfo(block.dtype).eps)
    size = np.abs(before).astype(np.float64) @ np.abs(block).astype(np.float64)
    rounding = 2.0 * len(block) * eps * size.max(axis=0, initial=0.0)
    groups = np.stack(
        [_groups(z, room) for z, room in zip(evaluation.z[last][0].T.astype(np.float64), rounding, strict=True)], axis=1
    )
    _, firsts = np.unique(groups, axis=0, return_index=True)
    # An output activation may give one answer to several of them.
    return len(np.unique(evaluation.y[0][firsts], axis=0))


def _groups(values: Array, room: float) -> Ints:
    """Return for each value (examples,) the number of its group: neighbours within ``room`` are in one."""
    order = np.argsort(values)
    groups = np.empty(len(values), dtype=np.int64)
    groups[order] = np.concatenate([[0], np.cumsum(~(np.diff(values[order]) <= room))])
    return groups
