"""One unit under the magnifying glass: where its pre-activations fall, what it computes, what it listens to."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from stepviz.engine.common.arrays import Array, Bools, Ints, freeze, with_ones
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.layout import Layout
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.buffer_cache import BufferCache
from stepviz.probes.instant import Instant

SIDE = 48
POINTS = 96
BINS = 64
# The reach of a histogram takes few values, so that its axis stands still while the numbers move a little.
REACHES = (4.0, 6.0, 10.0, 16.0, 25.0, 40.0, 60.0, 100.0)


class UnitOptions(Struct, frozen=True):
    """Which unit: ``layer`` (weight layers count from 0, the output is the last) and ``unit`` (from 0)."""

    layer: Annotated[int, Meta(ge=0)] = 0
    unit: Annotated[int, Meta(ge=0)] = 0


@dataclass(frozen=True, slots=True, eq=False)
class UnitReading:
    """One unit over the training set of B examples; layer and unit from 0.

    ``edges`` (bins + 1,), ``counts`` (bins,): the histogram of its pre-activations z; 0 is an edge. ``not_finite``: how
    many z are no finite number. ``zero_share``: share of examples with f'(z), or its stand-in, exactly 0.
    ``signal_share``: share of examples with a delta that is not 0.
    ``weights`` (inputs + k,) its incoming weights, then its k ``others`` by name: the bias, and gamma and beta where
    the layer is normalised; ``gradient`` the same of dL/dw over the training set;
    ``values`` the parameters of its activation. Over the plane or the line of the inputs (see ``dimensions``, and
    UnitMaps for the order): ``response`` h = f(z), ``silent`` where f'(z), or its stand-in, is exactly 0; a picture is
    (24, 24), (96,) or empty where the inputs cannot be drawn.

    What to conclude: an example moves this unit only where its z stands under a derivative that is not 0; where all of
    them stand under zeros, the unit is flat, and a shift of the bias is one way to bring it back.
    """

    layer: int
    unit: int
    edges: Array
    counts: Ints
    not_finite: int
    zero_share: float
    signal_share: float
    weights: Array
    gradient: Array
    others: tuple[str, ...]
    values: tuple[float, ...]
    dimensions: int
    response: Array
    silent: Bools

    @property
    def examples(self) -> int:
        """Return the number of training examples."""
        return int(self.counts.sum()) + self.not_finite


class Plane:
    """The inputs at which a unit's response is looked at, and the pass over them."""

    def __init__(self, setup: BoundExperiment, _key: None) -> None:
        dataset, network = setup.dataset, setup.network
        points = SIDE if dataset.inputs.shape[1] == 2 else POINTS
        middles = (np.arange(points) + 0.5) / points
        axes = [low + (high - low) * middles for low, high in dataset.input_ranges]
        raw = np.stack(np.meshgrid(*axes), axis=-1).reshape(-1, len(axes))
        self.picture = (points,) * len(axes)
        self.inputs = with_ones(dataset.transform(raw), setup.experiment.precision)
        self.theta: Array = np.zeros((1, network.layout.size), dtype=setup.experiment.precision)
        self.forward = Pass(network, self.theta, len(raw), follows=True)

    def look(self, theta: Array, train: Pass, options: UnitOptions) -> tuple[Array, Bools]:
        """Return the response and the silent places of a unit.

        With parameters ``theta`` (1, parameters), with which ``train`` has run forward over the training set.
        """
        np.copyto(self.theta, theta)
        self.forward.follow(train)
        self.forward.forward(self.inputs)
        layer, unit = options.layer, options.unit
        network = self.forward.network
        function, values = network.functions[layer], network.values(self.theta, layer)
        z = np.ascontiguousarray(self.forward.z[layer][:, :, unit : unit + 1])
        own = tuple(value if isinstance(value, float) else value[:, :, unit : unit + 1] for value in values)
        out, scratch = np.empty_like(z), np.empty_like(z)
        function.activation.value(z, own, out, scratch)
        response = out.astype(np.float32).reshape(self.picture)
        if function.rule.derivative is None:
            function.activation.derivative(z, own, out, scratch)
        else:
            function.rule.derivative(z, function.rule_values, out, scratch)
        return freeze(response), freeze((out == 0).reshape(self.picture))


class UnitMeasurement:
    """The measurement of a unit; it keeps its buffers from one to the next."""

    def __init__(self) -> None:
        self._spare = BufferCache(Plane)

    def measure(self, instant: Instant, options: UnitOptions) -> Iterator[UnitReading]:
        """Yield the reading of a unit; nothing where the network has no such unit."""
        layers = instant.setup.network.layout.layers
        if not (0 <= options.layer < len(layers) and 0 <= options.unit < layers[options.layer].outputs):
            return
        with np.errstate(all="ignore"):
            yield self._read(instant, options)

    def _read(self, instant: Instant, options: UnitOptions) -> UnitReading:
        setup, evaluation, (layer, unit) = instant.setup, instant.train, (options.layer, options.unit)
        assert evaluation.gradient is not None
        layout, examples = setup.network.layout, len(setup.train.targets)
        z = evaluation.z[layer][0, :, unit]
        finite = z[np.isfinite(z)].astype(np.float64)
        reach = reach_of(float(np.abs(finite).max(initial=0.0)))
        edges = np.linspace(-reach, reach, BINS + 1)
        dimensions = setup.dataset.inputs.shape[1]
        response: Array = freeze(np.empty(0, dtype=np.float32))
        silent: Bools = freeze(np.empty(0, dtype=np.bool_))
        if dimensions <= 2:
            with self._spare.borrow(setup, None) as plane:
                response, silent = plane.look(instant.theta, evaluation, options)
        values = setup.network.values(instant.theta, layer)
        return UnitReading(
            layer=layer,
            unit=unit,
            edges=freeze(edges),
            counts=freeze(np.histogram(finite, edges)[0].astype(np.int64)),
            not_finite=len(z) - len(finite),
            zero_share=1.0 - np.count_nonzero(evaluation.local[layer][0, :, unit]) / examples,
            signal_share=np.count_nonzero(evaluation.signal(layer)[0, :, unit]) / examples,
            weights=_own(instant.theta, layout, layer, unit),
            gradient=_own(evaluation.gradient, layout, layer, unit),
            others=("bias", *(name for name, _ in setup.network.functions[layer].normalization.starts)),
            values=tuple(value if isinstance(value, float) else float(value[0, 0, unit]) for value in values),
            dimensions=dimensions if dimensions <= 2 else 0,
            response=response,
            silent=silent,
        )


def _own(theta: Array, layout: Layout, layer: int, unit: int) -> Array:
    """Return a unit's weights and bias, and gamma and beta where the layer is normalised."""
    rows = [*layout.block(theta, layer)[0]]
    if layout.layers[layer].normalised:
        rows += [*layout.trained(theta, layer)[0, -2:]]
    return freeze(np.array([row[unit] for row in rows], dtype=np.float64))


def reach_of(largest: float) -> float:
    """Return the end of the z axis for a histogram: at least 4, at least ``largest``, of a few round numbers."""
    if largest <= REACHES[0]:
        return REACHES[0]
    if largest <= REACHES[-1]:
        return next(reach for reach in REACHES if reach >= largest)
    decade = 10.0 ** math.floor(math.log10(largest))
    return next(factor * decade for factor in (1.0, 1.6, 2.5, 4.0, 6.0, 10.0, 16.0) if factor * decade >= largest)
