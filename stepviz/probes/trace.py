"""Trace a gradient: the chain of factors that makes the gradient of one parameter."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.layout import Layout
from stepviz.engine.network.network import Network
from stepviz.probes.gradient_chain import Kind, Link, Target, first_zero, links
from stepviz.probes.instant import Instant
from stepviz.probes.trace_words import name_of, rule_of, sentence_of

Index = Annotated[int, Meta(ge=0)]


class TraceOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Which parameter, and which training example to show, all counted from 0; beyond the last means the last.

    ``row`` and ``unit`` are those of the layer's block: weights from each input, then the bias, then what else is
    trained.
    """

    layer: Index = 0
    row: Index = 0
    unit: Index = 0
    example: Index = 0

    @classmethod
    def of(cls, layout: Layout, index: int, example: int = 0) -> TraceOptions:
        """Return the options that trace the parameter at ``index`` of a row of parameters."""
        layer = layout.layer_of(index)
        row, unit = divmod(index - layout.offsets[layer], layout.layers[layer].outputs)
        return cls(layer, row, unit, example)

    def index(self, layout: Layout) -> int:
        """Return which parameter of a row of parameters that is."""
        layer = min(self.layer, len(layout.layers) - 1)
        outputs = layout.layers[layer].outputs
        row = min(self.row, (layout.offsets[layer + 1] - layout.offsets[layer]) // outputs - 1)
        return layout.offsets[layer] + row * outputs + min(self.unit, outputs - 1)


@dataclass(frozen=True, slots=True)
class Factor:
    """One factor of the chain, for the n units it belongs to (the parameter's own one in its own layer).

    ``kind``, see ``gradient_chain.Link``; ``layer`` from 0; ``name`` for the screen; ``rule`` the label of the
    backward rule that stands in for f', else empty. ``example`` (n,) the factor for the chosen example, ``average``
    (n,) its mean size |factor| over the training set, ``zero_share`` the share of entries that are exactly 0.
    """

    kind: Kind
    layer: int
    name: str
    rule: str
    example: Array
    average: Array
    zero_share: float


@dataclass(frozen=True, slots=True)
class Trace:
    """Why the gradient of one parameter is what it is.

    ``options`` as used, ``index`` of the parameter in its row, ``weight`` its value. ``factors`` from the loss back
    to the parameter; those from the last signal on (see ``gradient_chain.Link``) multiply to ``example_gradient``, the
    gradient of the example's own loss; behind a batch normalisation, what comes by way of this example of the gradient
    of all losses. ``gradient`` is the average of those over the training set: the entry of the pass. ``first_zero`` and
    ``example_first_zero``: the place of the first factor behind which nothing is left, for all examples and for
    the chosen one; None where there is no such factor. ``sentence`` says it in words.

    All signals are those of an example's own loss: the pass's, times the number of examples.

    What to conclude: a gradient of exactly 0 has one cause with a name; mending anything behind it helps nothing.
    """

    options: TraceOptions
    step: int
    index: int
    name: str
    weight: float
    gradient: float
    example_gradient: float
    factors: tuple[Factor, ...]
    first_zero: int | None
    example_first_zero: int | None
    examples: int
    sentence: str


def trace(
    network: Network,
    theta: Array,
    evaluation: Pass,
    inputs: Array,
    options: TraceOptions,
    *,
    step: int = 0,
    penalised: bool = False,
) -> Trace:
    """Return the chain behind one parameter of the first run in ``theta`` (runs, parameters).

    ``evaluation`` has run forward and backward on ``inputs`` (1, examples, n0 + 1); ``penalised``: whether L1 or L2
    pull at the weights besides the data's loss.
    """
    assert evaluation.gradient is not None
    layout, examples = network.layout, inputs.shape[1]
    chosen = _within(options, layout, examples)
    target = Target(chosen.layer, chosen.row, chosen.unit)
    shape = layout.layers[target.layer]
    index = layout.offsets[target.layer] + target.row * shape.outputs + target.unit
    chain = links(network, theta, evaluation, inputs, target)
    zero = first_zero(chain)
    gradient = float(evaluation.gradient[0, index])
    return Trace(
        options=chosen,
        step=step,
        index=index,
        name=layout.describe(index),
        weight=float(theta[0, index]),
        gradient=gradient,
        example_gradient=float(chain[-1].signal[chosen.example, 0]) * examples,
        factors=tuple(_factor(network, link, chosen.example, target) for link in chain),
        first_zero=zero,
        example_first_zero=first_zero(chain, chosen.example),
        examples=examples,
        sentence=sentence_of(network, theta, chain, target, gradient, zero, penalised and target.row < shape.inputs),
    )


def measure_trace(instant: Instant, options: TraceOptions) -> Trace:
    """Return the trace of an instant, over the whole training set."""
    setup = instant.setup
    penalised = bool(setup.experiment.l1 or setup.experiment.l2)
    with np.errstate(all="ignore"):
        return trace(
            setup.network,
            instant.theta,
            instant.train,
            setup.train.inputs,
            options,
            step=instant.step,
            penalised=penalised,
        )


def trace_of_options(instant: Instant, options: TraceOptions) -> Iterator[Trace]:
    """Yield the one trace that the options ask for."""
    yield measure_trace(instant, options)


def _within(options: TraceOptions, layout: Layout, examples: int) -> TraceOptions:
    layer = min(options.layer, len(layout.layers) - 1)
    shape = layout.layers[layer]
    rows = shape.rows
    return TraceOptions(
        layer, min(options.row, rows - 1), min(options.unit, shape.outputs - 1), min(options.example, examples - 1)
    )


def _factor(network: Network, link: Link, example: int, target: Target) -> Factor:
    # Signals carry the mean's 1/examples; an example's own loss does not.
    scale = float(len(link.factor)) if link.kind in ("loss", "weights", "centre") else 1.0
    size: Array = np.abs(link.factor).mean(axis=0, dtype=np.float64)
    return Factor(
        kind=link.kind,
        layer=link.layer,
        name=name_of(network, link, target),
        rule=rule_of(network, link),
        example=freeze(link.factor[example].astype(np.float64) * scale),
        average=freeze(size * scale),
        zero_share=1.0 - np.count_nonzero(link.factor) / link.factor.size,
    )
