"""How many states the ring holds follows from their size."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.training.undo_ring import DEPTH, LARGEST_BYTES, UndoRing

FITS = LARGEST_BYTES // DEPTH


class Sized:
    """Looks like a state of ``nbytes`` bytes to the ring, which allocates what it says."""

    def __init__(self, nbytes: int) -> None:
        self.nbytes, self.shape, self.dtype = nbytes, (1,), np.dtype(np.uint8)


@pytest.mark.parametrize(
    ("nbytes", "depth"),
    [
        (1, DEPTH),
        (LARGEST_BYTES // DEPTH, DEPTH),
        (LARGEST_BYTES // DEPTH + 1, DEPTH - 1),
        (LARGEST_BYTES, 1),
        (2**33, 1),
    ],
)
def test_the_copies_take_64_mb_at_most_and_there_is_always_one(nbytes: int, depth: int) -> None:
    ring = UndoRing(Sized(nbytes))
    assert ring.depth == depth
    assert depth * nbytes <= 64 * 2**20 or depth == 1
