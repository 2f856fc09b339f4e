"""What the networks of a run do on all training examples, or all test examples, with the weights of this moment."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment


class Evaluation:
    """The passes over the whole ``train`` and ``test`` split, made when they are first asked for.

    Their buffers change with the next call. ``slope`` is that of the annealed layers, None where there are none.
    """

    def __init__(self, setup: BoundExperiment, theta: Array) -> None:
        """Bind to the parameters (runs, parameters)."""
        self._setup, self._theta = setup, theta
        self._examples = {"train": setup.train, "test": setup.test}
        self._passes: dict[str, Pass] = {}

    def forward(self, split: str, slope: float | None) -> Pass:
        """Return a pass that has run forward over a split.

        Batch normalisation answers for test examples by the statistics of the whole training set: then the pass over
        that runs forward too.
        """
        found, examples = self._pass_over(split), self._examples[split]
        if split == "test" and self._setup.network.by_statistics:
            found.follow(self.forward("train", slope))
        if slope is not None:
            found.set_slope(slope)
        with np.errstate(all="ignore"):
            found.forward(examples.inputs)
        return found

    def backward(self, slope: float | None) -> Pass:
        """Return the pass that has run forward and backward over the training examples."""
        found, train = self.forward("train", slope), self._setup.train
        with np.errstate(all="ignore"):
            found.backward(train.inputs, train.targets)
        return found

    def losses(self, split: str, slope: float | None) -> Array:
        """Return the mean loss of every run (runs,); NaN where the split has no examples."""
        examples, theta = self._examples[split], self._theta
        out = np.full(theta.shape[0], np.nan, dtype=np.float32 if theta.dtype == np.float16 else None)
        if len(examples):
            evaluated = self.forward(split, slope)
            with np.errstate(all="ignore"):
                evaluated.losses(examples.targets, out)
        return out

    def _pass_over(self, split: str) -> Pass:
        found = self._passes.get(split)
        if found is None:
            test = split == "test"
            gradient = None if test else np.zeros_like(self._theta)
            count = len(self._examples[split])
            found = Pass(self._setup.network, self._theta, count, gradient=gradient, follows=test)
            self._passes[split] = found
        return found
