"""How much gradient reaches each layer."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.arrays import Array, Ints


@dataclass(frozen=True, slots=True)
class GradientFlow:
    """The gradient per weight layer, from the first hidden layer to the output (L layers).

    ``rms`` (L,): root mean square of dL/dW over the layer's parameters; ``zero_share`` (L,): share of entries that
    are exactly 0; ``delta_norm`` (L,): root mean square over examples of ||delta||; ``update_ratio`` (L,):
    ||last step|| / ||W||; ``edges`` (bins + 1,) and ``counts`` (L, bins): histogram of log10 |dL/dW| of the entries
    that are not 0; ``zeros`` (L,): how many are; ``rules`` (L,): the label of the backward rule behind each layer's
    units, empty where it is the true derivative.

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
