"""Where the pre-activations fall on the activation's curve."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.arrays import Array, Ints


@dataclass(frozen=True, slots=True)
class PreActivations:
    """Histograms of the pre-activations z of every weight layer (L layers, the output last) over the training set.

    ``edges`` (bins + 1,), ``counts`` (L, bins): all units and examples of a layer; ``below``, ``above`` (L,): counts
    outside the edges; ``exact_zeros`` (L,): how many z are exactly 0; ``passing`` (L,): share of z whose local
    derivative (or its stand-in) is not 0.

    What to conclude: gradient flows only where the histogram stands under a derivative that is not 0.
    """

    edges: Array
    counts: Ints
    below: Ints
    above: Ints
    exact_zeros: Ints
    passing: Array
