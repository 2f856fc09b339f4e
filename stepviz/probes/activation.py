"""Where the pre-activations fall on the activation's curve."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.network.exact_zeros import ZeroCounts
from stepviz.probes.instant import Instant

# The curves that the histogram stands under are all told between -6 and 6; 0 is an edge, as it is a kink.
LOWEST, HIGHEST, BINS_PER_UNIT = -6, 6, 8
BINS = (HIGHEST - LOWEST) * BINS_PER_UNIT


@dataclass(frozen=True, slots=True)
class PreActivations:
    """Histograms of the pre-activations z of every weight layer (L layers, the output last) over the training set.

    ``edges`` (bins + 1,), ``counts`` (L, bins): all units and examples of a layer; ``below``, ``above`` (L,): counts
    outside the edges; ``exact_zeros`` (L,): how many z are exactly 0; ``passing`` (L,): share of z whose local
    derivative (or its stand-in) is not 0. ``since_start``: the exact zeros that the updates have met, on their batches.

    What to conclude: gradient flows only where the histogram stands under a derivative that is not 0.
    """

    edges: Array
    counts: Ints
    below: Ints
    above: Ints
    exact_zeros: Ints
    passing: Array
    since_start: ZeroCounts | None = None


def pre_activations(zs: Sequence[Array], locals_: Sequence[Array]) -> PreActivations:
    """Return the histograms of each layer's ``zs`` and what share of ``locals_``, f'(z) or its stand-in, is not 0.

    Both (runs, examples, units); the first run is read. A bin holds its lower edge; a z that is not a number is in
    none.
    """
    layers = len(zs)
    counts = np.zeros((layers, BINS), dtype=np.int64)
    below, above, exact_zeros = np.zeros((3, layers), dtype=np.int64)
    passing = np.zeros(layers)
    for layer, (z, local) in enumerate(zip(zs, locals_, strict=True)):
        # One more bin at either end takes what lies beyond, so that one count sees it all.
        # Scaled before it is shifted: a z just below 0 must not be rounded across the kink.
        places = z[0].astype(np.float32).ravel(order="K")
        places *= BINS_PER_UNIT
        np.floor(places, out=places)
        np.clip(places, LOWEST * BINS_PER_UNIT - 1, HIGHEST * BINS_PER_UNIT, out=places)
        places += 1 - LOWEST * BINS_PER_UNIT
        if np.isnan(places.min()):
            places = places[~np.isnan(places)]
        bins = np.bincount(places.astype(np.int64), minlength=BINS + 2)
        below[layer], counts[layer], above[layer] = bins[0], bins[1:-1], bins[-1]
        exact_zeros[layer] = z[0].size - np.count_nonzero(z[0])
        passing[layer] = np.count_nonzero(local[0]) / local[0].size
    return PreActivations(
        freeze(np.linspace(LOWEST, HIGHEST, BINS + 1)),
        freeze(counts),
        freeze(below),
        freeze(above),
        freeze(exact_zeros),
        freeze(passing),
    )


def measure_activation(instant: Instant) -> PreActivations:
    """Return the histograms of an instant, over the whole training set."""
    with np.errstate(all="ignore"):
        found = pre_activations(instant.train.z, instant.train.local)
    return replace(found, since_start=instant.exact_zeros)
