"""Which hidden units receive no gradient, and why."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.probes.instant import Instant
from stepviz.probes.largest_derivative import largest_derivatives

ACTIVE, SATURATED, FLAT, STARVED = range(4)
STATES = ("active", "saturated", "flat", "starved")
# Of a recorded training, where not everything is known: stuck for a cause that was not seen; a gradient arrived but
# changed nothing in low precision; not seen at all.
NO_SIGNAL, ROUNDED_AWAY, NOT_SEEN = range(4, 7)
ALL_STATES = (*STATES, "no signal", "rounded away", "not seen")
STUCK = (FLAT, STARVED, NO_SIGNAL)

# A derivative below this share of the largest there is counts as small, and a unit is saturated where it is small
# for this share of the examples.
SMALL_DERIVATIVE = 0.01
MOST_EXAMPLES = 0.95


@dataclass(frozen=True, slots=True)
class StuckUnits:
    """The state of every hidden unit; one array (units,) per hidden layer.

    ``states``: codes ACTIVE, SATURATED, FLAT, STARVED; ``active_share``: share of training examples with f'(z) (or
    its stand-in) not 0; ``signal_share``: share of examples with a signal (see ``stuck_units``) that is not 0.

    What to conclude: a flat unit is dead on all the data; a starved one would pass a gradient on, but none arrives.
    """

    states: tuple[NDArray[np.uint8], ...]
    active_share: tuple[Array, ...]
    signal_share: tuple[Array, ...]

    def count(self, state: int) -> int:
        """Return how many hidden units are in a state."""
        return int(sum(np.count_nonzero(layer == state) for layer in self.states))

    @property
    def stuck(self) -> int:
        """Return how many hidden units are stuck: flat, starved, or without a signal."""
        return sum(self.count(state) for state in STUCK)

    @property
    def total(self) -> int:
        """Return how many hidden units there are."""
        return sum(len(layer) for layer in self.states)


def stuck_units(locals_: Sequence[Array], signals: Sequence[Array], largest: Sequence[Array]) -> StuckUnits:
    """Return the states of the hidden units of the first run.

    Per hidden layer: ``locals_`` f'(z) or its stand-in and ``signals`` dL/dz, both (runs, examples, units), and
    ``largest`` (units,) the largest |f'| (or stand-in) that the unit could have. Of a normalised layer ``signals`` are
    what ``Pass.signal`` gives.

    A unit is stuck where the signal is exactly 0 for every example: then the gradient of all its parameters is exactly
    0 for every example too. It is flat where f' is exactly 0 for every example, else starved. A unit that is not stuck
    is saturated where |f'| < 1 % of ``largest`` for at least 95 % of the examples.
    """
    states, active_share, signal_share = [], [], []
    for local, signal, most in zip(locals_, signals, largest, strict=True):
        examples = local.shape[1]
        passing = np.count_nonzero(local[0], axis=0)
        upstream_grad = np.count_nonzero(signal[0], axis=0)
        # In the precision of the derivatives: a slope of exactly 1 % must not fall below it by rounding.
        limit = (SMALL_DERIVATIVE * most).astype(local.dtype)
        small = np.count_nonzero(np.abs(local[0]) < limit, axis=0)
        state = np.where(small >= MOST_EXAMPLES * examples, SATURATED, ACTIVE)
        state = np.where(upstream_grad == 0, np.where(passing == 0, FLAT, STARVED), state)
        states.append(freeze(state.astype(np.uint8)))
        active_share.append(freeze(passing / examples))
        signal_share.append(freeze(upstream_grad / examples))
    return StuckUnits(tuple(states), tuple(active_share), tuple(signal_share))


# Their derivative is 0 on whole intervals; any other activation's is never 0, though a precision may make it so.
_FLAT_SOMEWHERE = frozenset({"step", "sign", "relu", "leaky-relu", "prelu", "hard-sigmoid", "hard-tanh"})
_FLAT_RULES = frozenset({"relu-ste", "clipped-relu-ste", "clipped-straight-through", "triangle"})


def can_be_flat(function: UnitFunction) -> bool:
    """Return whether the derivative of units, or what stands in for it, is exactly 0 on a whole interval of z."""
    if function.has_true_derivative:
        return function.activation.key in _FLAT_SOMEWHERE
    return function.rule.key in _FLAT_RULES


def measure_units(instant: Instant) -> StuckUnits:
    """Return the states of the hidden units at an instant, over the whole training set.

    A derivative or a product that is 0 by rounding alone keeps no unit from learning in principle: what float64 would
    say decides, and a unit whose derivative is never 0 is saturated there, not flat.
    """
    evaluation, functions = instant.train, instant.setup.network.functions
    hidden = len(functions) - 1
    largest = largest_derivatives(instant.setup.network, instant.theta)[:hidden]
    with np.errstate(all="ignore"):
        found = stuck_units(evaluation.local[:hidden], [evaluation.signal(layer) for layer in range(hidden)], largest)
        # A slope of exactly 0 is one of them too.
        flat = [can_be_flat(functions[layer]) or not np.any(largest[layer]) for layer in range(hidden)]
        if not _may_be_rounded(found, flat):
            return found
        exact = _in_float64(instant)
        precise = stuck_units(exact.local[:hidden], [exact.signal(layer) for layer in range(hidden)], largest)
    states = tuple(
        freeze(_by_exact(rounded, true, ever))
        for rounded, true, ever in zip(found.states, precise.states, flat, strict=True)
    )
    return StuckUnits(states, found.active_share, found.signal_share)


def _may_be_rounded(found: StuckUnits, flat: Sequence[bool]) -> bool:
    """Return whether a stuck unit may be so by rounding: flat with a derivative that is never 0, or starved."""
    for layer, states in enumerate(found.states):
        if not flat[layer] and np.any(states == FLAT):
            return True
        # Behind a layer that is exactly flat all signals are exactly 0, in any precision.
        behind = [flat[later] and bool(np.all(found.states[later] == FLAT)) for later in range(layer + 1, len(flat))]
        if np.any(states == STARVED) and not any(behind):
            return True
    return False


def _by_exact(rounded: NDArray[np.uint8], exact: NDArray[np.uint8], flat: bool) -> NDArray[np.uint8]:
    """Return the states of a layer's units: those of float64 where the run's precision has them stuck."""
    stuck = (rounded == FLAT) | (rounded == STARVED)
    states = np.where(stuck, exact, rounded).astype(np.uint8)
    return states if flat else np.where(states == FLAT, SATURATED, states).astype(np.uint8)


def _in_float64(instant: Instant) -> Pass:
    """Return a pass over the training set in float64."""
    train = instant.setup.train
    theta: Array = instant.theta.astype(np.float64)
    exact = Pass(instant.setup.network, theta, len(train), gradient=np.zeros_like(theta))
    inputs = train.inputs.astype(np.float64)
    exact.forward(inputs)
    exact.backward(inputs, train.targets.astype(np.float64))
    return exact
