"""The loss along one line through the present parameters, and its slope: by backpropagation, and by differences."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Literal

import numpy as np
from msgspec import Meta, Struct

from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.instant import Instant
from stepviz.probes.many_losses import evaluator_of
from stepviz.probes.surface_directions import Whereabouts, find_directions
from stepviz.probes.surface_options import SurfaceOptions

__all__ = ["Slice", "SliceOptions", "measure_slice", "plateaus"]

DirectionName = Literal["parameter", "random", "gradient", "path"]
_PLANES: dict[str, Literal["random", "path", "gradient", "parameters"]] = {
    "parameter": "parameters", "random": "random", "gradient": "gradient", "path": "path",
}  # fmt: skip
# So many multiplications at once: small enough to be dropped soon, and to stay in the cache.
_NUMBERS = 2**16
# The same for the compiled library.
_MULTIPLICATIONS = 2**22


class SliceOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """Which line to look along, within ``centre ± span`` of the present point.

    ``direction``: ``parameter`` (the one with the number ``index`` in the row, in its own units; beyond the last means
    the last), ``random``, ``gradient`` and ``path`` as the first directions of a loss surface.
    """

    direction: DirectionName = "random"
    index: Annotated[int, Meta(ge=0)] = 0
    seed: Annotated[int, Meta(ge=0)] = 0
    span: Annotated[float, Meta(gt=0)] = 1.0
    centre: float = 0.0
    points: Annotated[int, Meta(ge=3, le=4001)] = 401
    most_examples: Annotated[int, Meta(ge=1)] = 1000


@dataclass(frozen=True, slots=True)
class Slice:
    """The training loss L(theta + alpha d) along a line, all in float64 whatever the run's precision.

    ``alpha`` (points,); ``loss`` (points,), may hold inf; ``slope`` (points,): dL/dalpha = g . d with the gradient g
    that backpropagation gives under the run's backward rules, and ``true_slope`` (points,) with the true derivatives;
    ``by_rule`` says whether the two can differ; ``difference`` (points - 1,) is
    (L[i+1] - L[i]) / (alpha[i+1] - alpha[i]), which belongs between two points. ``plateaus``: maximal runs of points
    with exactly equal loss. ``here`` and ``slope_here`` are the loss and the slope at the present point. ``name`` of
    the direction; computed over ``examples`` of ``of_examples`` training examples, without penalties; batch
    normalisation goes by the statistics of these, at each point its own.

    What to conclude: where the loss jumps and the slope is 0, a gradient cannot know of the jump.
    """

    options: SliceOptions
    step: int
    alpha: Array
    loss: Array
    slope: Array
    true_slope: Array
    difference: Array
    plateaus: int
    here: float
    slope_here: float
    name: str
    by_rule: bool
    examples: int
    of_examples: int


def measure_slice(instant: Instant, options: SliceOptions) -> Iterator[Slice | None]:
    """Yield None after copying what is read of the instant, then None after each part, then the slice."""
    setup, step, theta = instant.setup, instant.step, instant.theta[0].astype(np.float64)
    gradient, by_rule = np.empty(0), _has_rules(setup.network)
    if options.direction == "gradient":
        assert instant.train.gradient is not None
        gradient = instant.train.gradient[0].astype(np.float64)
    path = instant.path.parameters.copy() if options.direction == "path" else np.empty((0, len(theta)))
    yield None
    plane = SurfaceOptions(directions=_PLANES[options.direction], first=options.index, seed=options.seed)
    with np.errstate(all="ignore"):
        found = find_directions(Whereabouts(setup.network.layout, theta, gradient, path, by_rule), plane)
    alpha = np.linspace(options.centre - options.span, options.centre + options.span, options.points)
    # The present point is looked at too, wherever the others lie.
    places = np.append(alpha, 0.0)
    ruled, true = _Line(setup, options, theta, found.first), None
    if by_rule:
        true = _Line(setup, options, theta, found.first, without_rules(setup.network))
    loss, slope = np.empty(len(places)), np.empty(len(places))
    true_slope = np.empty(len(places)) if true is not None else slope
    for start in range(0, len(places), ruled.rows):
        part = slice(start, start + ruled.rows)
        loss[part], slope[part] = ruled.at(places[part])
        if true is not None:
            _, true_slope[part] = true.at(places[part])
        yield None
    with np.errstate(all="ignore"):
        difference = np.diff(loss[:-1]) / np.diff(alpha)
    yield Slice(
        options, step, freeze(alpha), freeze(loss[:-1].copy()), freeze(slope[:-1].copy()),
        freeze(true_slope[:-1].copy()), freeze(difference), plateaus(loss[:-1]), float(loss[-1]), float(slope[-1]),
        found.names[0], by_rule, ruled.examples, len(setup.train),
    )  # fmt: skip


def plateaus(loss: Array) -> int:
    """Return the number of maximal runs of two or more neighbours in ``loss`` (points,) that are exactly equal."""
    equal = (loss[1:] == loss[:-1]) & np.isfinite(loss[1:])
    return int(np.count_nonzero(equal & ~np.concatenate([[False], equal[:-1]])))


def without_rules(network: Network) -> Network:
    """Return the network with the true derivative in every layer."""
    functions = [replace(function, rule=BACKWARD_RULES["true"], rule_values=()) for function in network.functions]
    return Network(network.layout.widths[0], network.layout.widths[1:], functions, network.loss)


def _has_rules(network: Network) -> bool:
    return not all(function.has_true_derivative for function in network.functions)


class _Line:
    """Losses and slopes along a line, a few points at a time."""

    def __init__(
        self,
        setup: BoundExperiment,
        options: SliceOptions,
        theta: Array,
        direction: Array,
        network: Network | None = None,
    ) -> None:
        network, train = network or setup.network, setup.train
        self.examples = min(options.most_examples, len(train))
        chosen = np.arange(self.examples) * len(train) // self.examples
        self._inputs, self._targets = train.inputs[:, chosen].astype(np.float64), train.targets[chosen].astype(float)
        widest = max(network.layout.size, self.examples * max(network.layout.widths))
        self.rows = max(1, min(64, options.points + 1, _NUMBERS // widest))
        self._theta, self._direction = theta, direction
        self._evaluator = evaluator_of(network, self._inputs, self._targets)
        if self._evaluator is not None:
            self.rows = max(1, min(options.points + 1, _MULTIPLICATIONS // (self.examples * network.layout.size)))
            return
        network = network.fast()
        self._rows = np.zeros((self.rows, len(theta)))
        self._gradient = np.zeros_like(self._rows)
        self._pass = Pass(network, self._rows, self.examples, gradient=self._gradient)
        self._losses = np.zeros(self.rows)

    def at(self, places: Array) -> tuple[Array, Array]:
        """Return losses and slopes (k,) at ``places`` (k,), at most ``rows`` of them."""
        if self._evaluator is not None:
            return self._evaluator.line(self._theta, self._direction, places)
        count = len(places)
        with np.errstate(all="ignore"):
            self._rows[:count] = self._theta + places[:, None] * self._direction
            self._pass.forward(self._inputs)
            self._pass.losses(self._targets, self._losses)
            self._pass.backward(self._inputs, self._targets)
            return self._losses[:count].copy(), self._gradient[:count] @ self._direction
