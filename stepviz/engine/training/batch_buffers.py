"""The batch that the next update sees, with the pass over it."""

from __future__ import annotations

from collections.abc import Sequence

from stepviz.engine.common.arrays import Array
from stepviz.engine.data.examples import Examples
from stepviz.engine.network.dropout import Dropout, drops
from stepviz.engine.network.exact_zeros import ZeroCounter
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.batch_order import Batches


class BatchPasses:
    """Passes that share one gradient, one for each size of batch: nothing is allocated once each size has come."""

    def __init__(
        self, setup: BoundExperiment, theta: Array, gradient: Array, seeds: Sequence[int], zeros: ZeroCounter
    ) -> None:
        """Bind to parameters and gradient (runs, parameters), one seed for each run.

        ``zeros`` is told of what the passes find.
        """
        self._network, self._train = setup.network, setup.train
        self._inputs, self._targets = setup.train.inputs[0], setup.train.targets
        self._theta, self._gradient, self._seeds, self._zeros = theta, gradient, seeds, zeros
        self._passes: dict[int, tuple[Pass, Examples]] = {}

    def next(self, batches: Batches, step: int) -> tuple[Pass, Examples]:
        """Return the next batch, and the pass over it with the units left out that update ``step`` leaves out."""
        if batches.whole:
            batches.skip()
            found = self._passes.get(len(self._train)) or self._add(self._train)
        else:
            chosen = batches.following()
            found = self._passes.get(len(chosen)) or self._add(self._room_for(len(chosen)))
            batch = found[1]
            self._inputs.take(chosen, 0, batch.inputs[0], "clip")
            self._targets.take(chosen, 0, batch.targets, "clip")
        if (dropout := found[0].dropout) is not None:
            dropout.draw(step)
        return found

    def _room_for(self, size: int) -> Examples:
        return Examples(self._train.inputs[:, :size].copy(), self._train.targets[:size].copy())

    def _add(self, batch: Examples) -> tuple[Pass, Examples]:
        size, theta = len(batch), self._theta
        dropout = Dropout(self._network, self._seeds, size, theta.dtype) if drops(self._network) else None
        # In a population the lanes would have to be told apart.
        alone = theta.shape[0] == 1
        added = Pass(self._network, theta, size, gradient=self._gradient, watched=alone, dropout=dropout)
        if added.zeros is not None:
            self._zeros.watch(added.zeros)
        self._passes[size] = added, batch
        return added, batch
