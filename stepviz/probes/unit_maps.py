"""What each unit computes: its activation over the plane, or the line, of the inputs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, freeze, with_ones
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.buffer_cache import BufferCache
from stepviz.probes.instant import Instant

SIDE = 20
POINTS = 48
MOST_UNITS = 64


@dataclass(frozen=True, slots=True)
class UnitMaps:
    """Small pictures of what the units compute, for the drawing of the network.

    ``dimensions``: 2 where the data have two inputs, and a picture is (rows y, columns x) with row 0 at the low y;
    1 for one input, a picture is (points,); 0 where the inputs cannot be drawn, then there are none. ``inputs``
    (n0, picture) what the network sees; ``layers``: per weight layer (units, picture) float32, h of its first units,
    y for the output layer. At most 64 units have a picture: a wide layer leaves room for the others.

    What to conclude: the next layer can only combine these pictures; a unit whose picture is one colour adds nothing.
    """

    dimensions: int
    inputs: Array
    layers: tuple[Array, ...]


class Probing:
    """The inputs at which units are looked at, and the pass over them."""

    def __init__(self, setup: BoundExperiment, _key: None) -> None:
        network, dataset = setup.network, setup.dataset
        points = SIDE if dataset.inputs.shape[1] == 2 else POINTS
        middles = (np.arange(points) + 0.5) / points
        axes = [low + (high - low) * middles for low, high in dataset.input_ranges]
        raw = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(axes))
        self.picture = (SIDE, SIDE) if len(axes) == 2 else (POINTS,)
        self.inputs = with_ones(dataset.transform(raw), setup.experiment.precision)
        self.theta = np.zeros((1, network.layout.size), dtype=setup.experiment.precision)
        self.forward = Pass(network, self.theta, len(raw), follows=True)
        self.kept = shares([shape.outputs for shape in network.layout.layers], MOST_UNITS)

    def look(self, theta: Array, train: Pass) -> UnitMaps:
        """Return the pictures with parameters ``theta`` (1, parameters), with which ``train`` has run forward."""
        np.copyto(self.theta, theta)
        self.forward.follow(train)
        y = self.forward.forward(self.inputs)
        activations = [*(h[:, :, :-1] for h in self.forward.h[:-1]), y]
        seen = self.inputs.shape[2] - 1
        return UnitMaps(
            len(self.picture),
            self._pictures(self.inputs, min(seen, MOST_UNITS)),
            tuple(self._pictures(h, kept) for h, kept in zip(activations, self.kept, strict=True)),
        )

    def _pictures(self, values: Array, kept: int) -> Array:
        turned = np.array(values[0, :, :kept].T, dtype=np.float32, order="C")
        return freeze(turned.reshape(kept, *self.picture))


class UnitMapMeasurement:
    """The measurement of unit maps; it keeps its buffers from one to the next."""

    def __init__(self) -> None:
        self._spare = BufferCache(Probing)

    def measure(self, instant: Instant) -> UnitMaps:
        """Return the unit maps of an instant."""
        setup = instant.setup
        if setup.dataset.inputs.shape[1] > 2:
            nothing = freeze(np.empty((0, 0), dtype=np.float32))
            return UnitMaps(0, nothing, (nothing,) * len(setup.network.layout.layers))
        with np.errstate(all="ignore"), self._spare.borrow(setup, None) as probing:
            return probing.look(instant.theta, instant.train)


def shares(widths: Sequence[int], most: int) -> list[int]:
    """Return how many units of each layer have a picture: all of the narrow ones, an equal share of the wide ones."""
    kept = [0] * len(widths)
    left, order = most, sorted(range(len(widths)), key=lambda layer: widths[layer])
    for place, layer in enumerate(order):
        kept[layer] = min(widths[layer], left // (len(widths) - place))
        left -= kept[layer]
    return kept
