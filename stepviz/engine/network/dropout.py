"""Dropout: in every update of the training, units that are left out at random. Never in a measurement."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np

from stepviz.engine.common.arrays import Array

if TYPE_CHECKING:
    from stepviz.engine.network.network import Network

# Which units are left out has a random stream of its own.
STREAM = 6


class Dropout:
    """The masks of one update, for all runs of a population.

    Inverted dropout (Srivastava et al. 2014, section 10: the units kept are scaled up in training, so that nothing is
    scaled when the network is used): each unit of each example is 0 with probability p, else 1/(1 - p), so that its
    mean over the masks is 1. ``masks[l]`` (R, B, n) is None where layer l drops nothing. The masks follow from the
    run's seed, the number of the update and the size of the batch alone: a run that goes on from a kept moment, or that
    is one of a population, drops the same units. Nothing is allocated after construction.
    """

    def __init__(self, network: Network, seeds: Sequence[int], examples: int, dtype: np.dtype[np.floating]) -> None:
        """Make room for the masks of ``examples`` per run, one run for each seed; ``draw`` fills them."""
        runs = len(seeds)
        layers = list(zip(network.functions, network.layout.layers, strict=True))
        sizes = [shape.outputs * examples if function.dropout else 0 for function, shape in layers]
        stops = np.cumsum(sizes)
        # One row of numbers per run: one call of its generator serves all layers.
        self._drawn = np.empty(sum(sizes), dtype=np.float32)
        self._kept = np.empty(sum(sizes), dtype=bool)
        flat = np.ones((runs, sum(sizes)), dtype=dtype)
        self.masks: list[Array | None] = []
        self._parts: list[tuple[Array, Array, float, Array, float]] = []
        for (function, shape), size, stop in zip(layers, sizes, stops, strict=True):
            part = slice(stop - size, stop)
            # Units before examples, as a layer's numbers lie in memory.
            mask = flat[:, part].reshape(runs, shape.outputs, examples).transpose(0, 2, 1) if size else None
            self.masks.append(mask)
            if size:
                scale = 1.0 / (1.0 - function.dropout)
                self._parts.append((self._drawn[part], self._kept[part], function.dropout, flat[:, part], scale))
        self._streams = [np.random.Philox(key=(seed, STREAM)) for seed in seeds]
        self._states = [stream.state for stream in self._streams]
        self._generators = [np.random.Generator(stream) for stream in self._streams]

    def draw(self, step: int) -> None:
        """Fill the masks with those of update ``step`` (from 0)."""
        for run, generator in enumerate(self._generators):
            # A counter says where a stream is: its low words run on, the third is the number of the update.
            state = self._states[run]
            state["state"]["counter"][:] = (0, 0, step, 0)
            self._streams[run].state = state
            generator.random(dtype=np.float32, out=self._drawn)
            for drawn, kept, share, mask, scale in self._parts:
                np.greater_equal(drawn, share, out=kept)
                np.copyto(mask[run], kept)
                np.multiply(mask[run], scale, out=mask[run])


def drops(network: Network) -> bool:
    """Return whether any layer leaves out units in training."""
    return any(function.dropout for function in network.functions)
