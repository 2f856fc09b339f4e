"""Which examples the next step sees: a new random order each epoch, cut into batches, the last one shorter."""

from __future__ import annotations

import numpy as np

from stepviz.engine.arrays import Ints

# The order of an epoch depends on the seed and the epoch alone, so that a moment is restored from two integers.
_STREAM = 3
# Orders are drawn for many epochs at once, about so many indices: seeding a generator takes as long as a short epoch.
_DRAWN_AT_ONCE = 2**15


class Batches:
    """Batches of ``size`` out of ``examples`` (0: all of them, in order)."""

    def __init__(self, examples: int, size: int, seed: int) -> None:
        self.examples = examples
        self.size = examples if size == 0 else min(size, examples)
        self.seed = seed
        self.seen = 0
        self._orders: Ints = np.tile(np.arange(examples), (max(1, _DRAWN_AT_ONCE // examples), 1))
        self._block = -1

    @property
    def whole(self) -> bool:
        """Return whether every batch is the whole training set."""
        return self.size == self.examples

    @property
    def epochs(self) -> float:
        """Return how many times the training set has been seen."""
        return self.seen / self.examples

    def skip(self) -> None:
        """Move on by a whole batch without choosing indices."""
        self.seen += self.size

    def following(self) -> Ints:
        """Return the indices of the next batch (at most ``size``,), and move on."""
        epoch, position = divmod(self.seen, self.examples)
        block, row = divmod(epoch, len(self._orders))
        if block != self._block:
            generator = np.random.default_rng((self.seed, _STREAM, block))
            self._orders.sort(axis=1)
            generator.permuted(self._orders, axis=1, out=self._orders)
            self._block = block
        chosen = self._orders[row, position : position + self.size]
        self.seen += len(chosen)
        return chosen
