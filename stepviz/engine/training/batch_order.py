"""Which examples the next step sees: a new random order each epoch, cut into batches, the last one shorter."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Ints

# The order of an epoch depends on the seed and the epoch alone, so that a moment is restored from two integers.
STREAM = 3
# Orders are drawn for many epochs at once, about so many indices: seeding a generator takes as long as a short epoch.
DRAWN_AT_ONCE = 2**15


def leaves_one(examples: int, size: int) -> bool:
    """Return whether batches of ``size`` leave a single example for the last one of an epoch."""
    return size > 1 and examples % size == 1


class Batches:
    """Batches of ``size`` out of ``examples`` (0: all of them, in order).

    With ``no_single`` an example that would be the last batch by itself is left out of the epoch: of one example there
    are no statistics. It is another one in each epoch.
    """

    def __init__(self, examples: int, size: int, seed: int, *, no_single: bool = False) -> None:
        self.examples = examples
        self.size = examples if size == 0 else min(size, examples)
        self._no_single = no_single
        self._dealt = examples - 1 if no_single and leaves_one(examples, size) else examples
        self.seed = seed
        self.seen = 0
        self._orders: Ints = np.tile(np.arange(examples), (max(1, DRAWN_AT_ONCE // examples), 1))
        self._block = -1

    @property
    def whole(self) -> bool:
        """Return whether every batch is the whole training set."""
        return self.size == self.examples

    @property
    def epochs(self) -> float:
        """Return how many times the training set has been seen."""
        return self.seen / self._dealt

    def go_to(self, epochs: float) -> None:
        """Go on from where the training set has been seen so many times."""
        self.seen = round(epochs * self._dealt)
        if self._no_single:
            # In the middle of a batch the last one could be of any size.
            self.seen -= self.seen % self._dealt % self.size

    def skip(self) -> None:
        """Move on by a whole batch without choosing indices."""
        self.seen += self.size

    def following(self) -> Ints:
        """Return the indices of the next batch (at most ``size``,), and move on."""
        epoch, position = divmod(self.seen, self._dealt)
        orders, first = self.orders()
        chosen = orders[epoch - first, position : position + self.size]
        self.seen += len(chosen)
        return chosen

    def orders(self) -> tuple[Ints, int]:
        """Return the orders (epochs, examples) of some epochs, the present one among them, and the first one's number.

        They change with the next call that draws others.
        """
        block = self.seen // self._dealt // len(self._orders)
        if block != self._block:
            generator = np.random.default_rng((self.seed, STREAM, block))
            self._orders.sort(axis=1)
            generator.permuted(self._orders, axis=1, out=self._orders)
            self._block = block
        return self._orders, block * len(self._orders)
