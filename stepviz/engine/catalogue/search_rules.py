"""Training without a gradient: what each search makes of the losses of changed copies of the parameters.

Every update draws n changes epsilon of all parameters and looks at the losses of theta + sigma epsilon on the same
batch. What comes of it is written where other optimizers find the gradient, and taken away from theta.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.common.arrays import Array, Bools


@dataclass(frozen=True, slots=True)
class Trials:
    """What was tried in one update of R runs, with n changes each.

    ``changes`` (R, n, parameters) the epsilon, ``sigma`` (R,) what they were multiplied by; ``losses`` (signs, R, n) of
    theta + sigma epsilon, and of theta - sigma epsilon where pairs are tried; ``here`` (R,) of theta itself.
    """

    changes: Array
    sigma: Array
    losses: Array
    here: Array


Sample = Callable[[Trials, Array, Sequence[float], Array], None]


@dataclass(frozen=True, slots=True)
class Search:
    """A way to find the next step by trying.

    The first parameter of its optimizer is sigma, the second the number of copies tried; where it has a slot, that is
    the natural logarithm of what sigma has been multiplied by. ``look(trials, slots, values, g)`` writes what is to be
    taken away from theta (times the learning rate, for ``estimates`` of the gradient), and moves the slots.
    ``pairs(values)``: epsilon and -epsilon are both tried; ``uniform(values)``: epsilon is uniform in [-1, 1] and not
    standard normal.
    """

    look: Sample
    estimates: bool = False
    pairs: Callable[[Sequence[float]], bool] = lambda values: False
    uniform: Callable[[Sequence[float]], bool] = lambda values: False

    def draws(self, values: Sequence[float]) -> int:
        """Return how many changes are drawn for each update: half of the copies where they come in pairs."""
        return max(1, int(values[1]) // 2) if self.pairs(values) else int(values[1])


def _estimate(trials: Trials, slots: Array, values: Sequence[float], g: Array) -> None:
    # Salimans et al. 2017 (arXiv 1703.03864), algorithm 1: 1/(N sigma) sum F epsilon over all N copies, F = -L.
    # Mirrored pairs and ranks in the place of losses as in their section 2; the mean of the losses, which adds nothing
    # but scatter, is taken off where there are no pairs.
    signs, _, draws = trials.losses.shape
    worth = centred_ranks(trials.losses) if values[3] else trials.losses
    weights = worth[0] - worth[1] if signs == 2 else worth[0] - worth[0].mean(axis=1, keepdims=True)
    weights /= signs * draws * trials.sigma[:, None]
    weights = weights.astype(g.dtype, copy=False)
    np.matmul(weights[:, None, :], trials.changes, out=g[:, None, :])


def centred_ranks(losses: Array) -> Array:
    """Return for losses (signs, R, n) their ranks within each run, from -1/2 (the least) to 1/2.

    Equal losses get the same rank, the mean of theirs: on a flat floor no direction is better than another.
    """
    signs, runs, draws = losses.shape
    ranks = np.empty_like(losses)
    for run in range(runs):
        mine = losses[:, run].ravel()
        ordered = np.sort(mine)
        middle = np.searchsorted(ordered, mine, "left") + np.searchsorted(ordered, mine, "right") - 1
        ranks[:, run] = (0.5 * middle / max(1, mine.size - 1) - 0.5).reshape(signs, draws)
    return ranks


# Rechenberg 1973: with more than one success in five the steps are too small, with fewer too large. As a smooth rule
# for a share p of successes: sigma <- sigma exp((p - 1/5) / (1 - 1/5) / 3), which for one child is that of Kern et
# al. 2004 (Natural Computing 3), section 2.
_RATE, _FIFTH = 1.0 / 3.0, 0.2
_FARTHEST = 15.0


def _best_child(trials: Trials, slots: Array, values: Sequence[float], g: Array) -> None:
    # A child that is no worse than its parent counts as a success: on a flat floor the steps have to grow.
    _take_best(trials, trials.losses[0].min(axis=1) <= trials.here, g)
    if values[2]:
        share = np.mean(trials.losses[0] <= trials.here[:, None], axis=1, keepdims=True)
        np.add(slots[0], ((share - _FIFTH) / (1.0 - _FIFTH) * _RATE).astype(g.dtype), out=slots[0])
        np.clip(slots[0], -_FARTHEST, _FARTHEST, out=slots[0])


def _better(trials: Trials, slots: Array, values: Sequence[float], g: Array) -> None:
    _take_best(trials, trials.losses[0].min(axis=1) < trials.here, g)


def _take_best(trials: Trials, taken: Bools, g: Array) -> None:
    """Write minus the best step of each run that is ``taken`` (R,), and zeros for the others."""
    for run, best in enumerate(trials.losses[0].argmin(axis=1)):
        if taken[run]:
            # Rounded as the step that was tried was: theta becomes that very copy.
            np.multiply(trials.changes[run, best], -trials.sigma[run], out=g[run])
        else:
            g[run].fill(0.0)


OPENAI_ES = Search(_estimate, estimates=True, pairs=lambda values: bool(values[2]))
ONE_PLUS_LAMBDA = Search(_best_child)
RANDOM_SEARCH = Search(_better, uniform=lambda values: bool(values[2]))

_MOST = 10_000.0
SIGMA = Parameter("sigma", "σ", 0.1, 1e-6, 1e3, "how far away the changed copies are", (1e-3, 10.0), logarithmic=True)
POPULATION = Parameter(
    "population", "N", 50.0, 2.0, _MOST, "copies whose losses are compared in each step", (2.0, 500.0),
    logarithmic=True, whole=True,
)  # fmt: skip
CHILDREN = Parameter(
    "children", "λ", 20.0, 1.0, _MOST, "copies that are tried in each step", (1.0, 500.0), logarithmic=True, whole=True
)
TRIES = Parameter(
    "tries", "n", 1.0, 1.0, _MOST, "copies that are tried in each step", (1.0, 500.0), logarithmic=True, whole=True
)


def _switch(name: str, words: str, default: float, meaning: str) -> Parameter:
    return Parameter(name, words, default, 0.0, 1.0, meaning, (0.0, 1.0), whole=True)


PAIRS = _switch("pairs", "pairs ±ε", 1.0, "1: each change is tried the other way round, too; 0: it is not")
RANKS = _switch("ranks", "ranks, not losses", 1.0, "1: the order of the losses counts; 0: their size")
FIFTH = _switch(
    "one-fifth",
    "one-fifth rule",
    1.0,
    "1: σ grows while more than one copy in five is no worse, else it shrinks; 0: it stays",
)
UNIFORM = _switch("uniform", "uniform in ±σ", 0.0, "1: changes are uniform in ±σ; 0: normal with deviation σ")
