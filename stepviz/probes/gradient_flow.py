"""How much gradient reaches each layer."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stepviz.engine.catalogue.clipping import CLIPPINGS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.network.layout import Layout
from stepviz.engine.network.network import Network
from stepviz.probes.instant import Instant

# Two bins a decade over what float16 to float64 gradients of real runs span.
LOWEST, HIGHEST, BINS = -16, 4, 40
_EDGES = freeze(np.linspace(LOWEST, HIGHEST, BINS + 1))
# Where a sum of squares is larger, those that were too small to be kept are nothing beside it.
_SAFE_SQUARES = {np.dtype(np.float32): 1e-24, np.dtype(np.float64): 1e-280}


@dataclass(frozen=True, slots=True)
class Clipped:
    """What clipping did to the last update: it scaled the gradient by ``factor`` (1: not), cut ``share`` of entries."""

    factor: float
    share: float


@dataclass(frozen=True, slots=True)
class GradientFlow:
    """The gradient per weight layer, from the first hidden layer to the output (L layers).

    ``rms`` (L,): root mean square of dL/dW over the layer's parameters; ``zero_share`` (L,): share of entries that
    are exactly 0; ``delta_norm`` (L,): root mean square over examples of ||delta||; ``update_ratio`` (L,):
    ||last step|| / ||W||; ``edges`` (bins + 1,) and ``counts`` (L, bins): histogram of log10 |dL/dW| of the entries
    that are not 0; ``zeros`` (L,): how many are; ``rules`` (L,): the label of the backward rule behind each layer's
    units, empty where it is the true derivative; ``clipped``: what was done to the gradient of the last update (of its
    batch; all else here is of the whole training set, unclipped), None where clipping is off or no update was done.

    What to conclude: a layer whose every entry is exactly 0 cannot learn by gradient descent, however long it trains.
    """

    rms: Array
    zero_share: Array
    delta_norm: Array
    update_ratio: Array
    edges: Array
    counts: Ints
    zeros: Ints
    rules: tuple[str, ...]
    clipped: Clipped | None = None


def gradient_flow(
    layout: Layout, theta: Array, gradient: Array, deltas: Sequence[Array], last_update: Array, rules: Sequence[str]
) -> GradientFlow:
    """Return the flow through the first run of ``theta`` and ``gradient`` (runs, parameters).

    ``deltas`` holds dL/dz (runs, examples, units) of each layer, for the mean loss over the examples; ``last_update``
    (parameters,) is the change of the parameters by the last update. A layer's parameters are its weights, biases
    and what else is trained in it; biases below a batch normalisation have a gradient of exactly 0. The outermost bins
    also count what lies beyond them; entries that are not
    numbers are in no bin. An update ratio is 0 where nothing moved, inf where a layer of zeros did.
    """
    layers = len(layout.layers)
    rms, zero_share, delta_norm, update_ratio = np.zeros((4, layers))
    counts = np.zeros((layers, BINS), dtype=np.int64)
    zeros = np.zeros(layers, dtype=np.int64)
    for layer, delta in enumerate(deltas):
        own = slice(layout.offsets[layer], layout.offsets[layer + 1])
        entries = gradient[0, own]
        rms[layer] = norm(entries) / np.sqrt(entries.size)
        zeros[layer] = entries.size - np.count_nonzero(entries)
        zero_share[layer] = zeros[layer] / entries.size
        delta_norm[layer] = norm(delta[0]) / np.sqrt(delta.shape[1])
        update_ratio[layer] = _ratio(norm(last_update[own]), norm(theta[0, own]))
        counts[layer] = _count_decades(entries)
    return GradientFlow(
        freeze(rms),
        freeze(zero_share),
        freeze(delta_norm),
        freeze(update_ratio),
        _EDGES,
        freeze(counts),
        freeze(zeros),
        tuple(rules),
    )


def measure_flow(instant: Instant) -> GradientFlow:
    """Return the gradient flow of an instant, over the whole training set."""
    network, evaluation = instant.setup.network, instant.train
    assert evaluation.gradient is not None
    with np.errstate(all="ignore"):
        flow = gradient_flow(
            network.layout,
            instant.theta,
            evaluation.gradient,
            evaluation.delta,
            instant.last_update,
            rule_labels(network),
        )
        return replace(flow, clipped=_clipped(instant))


def _clipped(instant: Instant) -> Clipped | None:
    last = instant.last_clipping
    if last is None:
        return None
    gradient, factor = last
    clipping = instant.setup.experiment.clipping
    if clipping.name != "value":
        return Clipped(factor, 0.0)
    limit = gradient.dtype.type(resolve(clipping.parameters, CLIPPINGS["value"].parameters, "clipping")[0])
    # What was larger than the limit now is as large as the limit.
    return Clipped(1.0, float(np.mean(np.abs(gradient) >= limit)))


def rule_labels(network: Network) -> tuple[str, ...]:
    """Return the label of each layer's backward rule, empty where the true derivative is used."""
    return tuple("" if function.has_true_derivative else function.rule.label for function in network.functions)


def norm(values: Array) -> float:
    """Return the Euclidean norm of all entries; it is 0 only where every entry is exactly 0."""
    flat = values.ravel(order="K")
    if flat.dtype == np.float16:
        flat = flat.astype(np.float32)
    with np.errstate(over="ignore"):
        squares = float(flat @ flat)
    if squares > _SAFE_SQUARES[flat.dtype] and squares != math.inf:
        return math.sqrt(squares)
    largest = float(max(np.max(flat, initial=0.0), -np.min(flat, initial=0.0)))
    if largest == 0.0 or not np.isfinite(largest):
        return largest
    # Squares of very small numbers would vanish, and a small gradient would look like none.
    scaled = flat / flat.dtype.type(largest)
    return largest * float(np.sqrt(scaled @ scaled))


def _ratio(step: float, size: float) -> float:
    if step == 0.0:
        return 0.0
    return step / size if size else float("inf")


def _count_decades(entries: Array) -> Ints:
    magnitudes = np.abs(entries[entries != 0])
    magnitudes = magnitudes[~np.isnan(magnitudes)].astype(np.float64 if entries.dtype == np.float64 else np.float32)
    places = np.log10(magnitudes)
    places -= LOWEST
    places *= BINS / (HIGHEST - LOWEST)
    np.clip(places, 0, BINS - 1, out=places)
    return np.bincount(places.astype(np.int64), minlength=BINS)
