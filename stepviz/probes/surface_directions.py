"""The two directions that span a loss surface."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.layout import Layout
from stepviz.probes.gradient_flow import norm
from stepviz.probes.surface_options import SurfaceOptions

# A stream of random numbers of its own: the run's are not touched.
_STREAM = 3
# Principal directions are sought in at most this many points, spread evenly over the path.
MOST_PATH_POINTS = 128
# A path whose second principal variance is below this share of the first is a straight line in float64.
_STRAIGHT = 1e-12
# The path fills this share of the map, so that its ends are not on the frame.
_FILLED = 0.9


@dataclass(frozen=True, slots=True)
class Directions:
    """Two directions (parameters,) float64, and what the axes are called."""

    first: Array
    second: Array
    names: tuple[str, str]


@dataclass(frozen=True, slots=True)
class Whereabouts:
    """What directions are found from.

    ``theta`` (parameters,) now; ``gradient`` (parameters,), empty where the options do not ask for it; the ``path``
    (points, parameters) so far; ``by_rule``: whether backward rules made the gradient what it is; ``left``: a path
    left behind, as Path has it.
    """

    layout: Layout
    theta: Array
    gradient: Array
    path: Array
    by_rule: bool = False
    left: Array | None = None


def find_directions(here: Whereabouts, options: SurfaceOptions) -> Directions:
    """Return the directions that the options name, or random ones whose names say why."""
    return _FINDERS[options.directions](here, options)


def random_direction(layout: Layout, theta: Array, generator: np.random.Generator, options: SurfaceOptions) -> Array:
    """Return a normally distributed direction (parameters,), normalised per unit (Li et al. 2018, section 4).

    A unit's incoming weights, with its bias where that belongs to the norm, get as long as the unit's own are. A unit
    whose own norm is 0 has no scale of its own, and a zero direction would draw a surface that only looks flat: it
    takes the mean norm of its layer's other units, or 1 where the whole layer is 0. Trained activation parameters get
    0: they are no weights, and the loss is not invariant to their scale; so do gamma and beta of a normalised layer, as
    in the paper. So does the output layer where the options
    say ``hidden`` and there is a hidden layer.

    With the bias zeroed, scaling a ReLU layer by c and the weights of the next by 1/c leaves the surface as it is;
    with the bias in the norm it does not, since the next layer's bias does not scale along.
    """
    direction = np.zeros((1, layout.size))
    hidden = len(layout.layers) - 1
    for layer in range(hidden if options.layers == "hidden" and hidden else len(layout.layers)):
        drawn, own = layout.block(direction, layer)[0], layout.block(theta[None], layer)[0].astype(np.float64)
        drawn[...] = generator.standard_normal(drawn.shape)
        if options.bias == "zeroed":
            drawn[-1], own[-1] = 0.0, 0.0
        sizes = np.linalg.norm(own, axis=0)
        sizes[sizes == 0.0] = np.mean(sizes[sizes > 0.0]) if np.any(sizes > 0.0) else 1.0
        drawn *= sizes / np.linalg.norm(drawn, axis=0)
    row: Array = direction[0]
    return row


def _random(here: Whereabouts, options: SurfaceOptions, why: str = "") -> Directions:
    generator = np.random.default_rng((options.seed, _STREAM))
    first, second = (random_direction(here.layout, here.theta, generator, options) for _ in range(2))
    note = f" ({why})" if why else f" ({options.layers} layers, per unit, bias {options.bias})"
    return Directions(first, second, (f"random 1{note}", f"random 2{note}"))


def _along_path(here: Whereabouts, options: SurfaceOptions) -> Directions:
    """Return the principal directions of path - present (Li et al. 2018, section 7), each as long as the path reaches.

    Both have one length, so that the picture is not distorted: within ±1 lies the whole path. They point away from
    where the path began, so that it walks the same way in every picture. A path left behind counts as much: where the
    two part is to be seen.
    """
    walked = [_thinned(here.path)] if here.left is None else [_thinned(here.path), _thinned(here.left)]
    steps = np.concatenate(walked).astype(np.float64) - here.theta
    variances, mixtures = np.linalg.eigh(steps @ steps.T) if len(steps) else (np.zeros(0), np.zeros((0, 0)))
    if len(steps) < 2 or not np.isfinite(variances).all() or variances[-2] <= _STRAIGHT * variances[-1]:
        return _random(here, options, "the path needs 3 points that are not on one line")
    pair = (mixtures[:, [-1, -2]] / np.sqrt(variances[[-1, -2]])).T @ steps
    places = steps @ pair.T
    pair *= np.where(places[0] > 0, -1.0, 1.0)[:, None] * (np.abs(places).max() / _FILLED)
    whose = "the path" if here.left is None else "both paths"
    return Directions(pair[0], pair[1], (f"principal 1 of {whose}", f"principal 2 of {whose}"))


def _thinned(path: Array) -> Array:
    return path[np.linspace(0, len(path) - 1, min(len(path), MOST_PATH_POINTS)).astype(np.int64)]


def _along_gradient(here: Whereabouts, options: SurfaceOptions) -> Directions:
    """Return the gradient and a random direction orthogonal to it, both as long as the parameters are."""
    size = norm(here.gradient)
    if size == 0.0 or not np.isfinite(size):
        return _random(here, options, "the gradient is 0" if size == 0.0 else "the gradient is not finite")
    length = norm(here.theta) or 1.0
    uphill = here.gradient.astype(np.float64) / size
    generator = np.random.default_rng((options.seed, _STREAM))
    across = random_direction(here.layout, here.theta, generator, replace(options, layers="all"))
    across -= (across @ uphill) * uphill
    across *= length / norm(across)
    name = "what the backward rule gives for the gradient" if here.by_rule else "gradient, uphill"
    return Directions(uphill * length, across, (name, "random, orthogonal to it"))


def _along_parameters(here: Whereabouts, options: SurfaceOptions) -> Directions:
    """Return the unit vectors of two parameters; an index beyond the last means the last, the same twice the next."""
    size = here.layout.size
    first, second = min(options.first, size - 1), min(options.second, size - 1)
    if second == first:
        second = (first + 1) % size
    vectors = np.zeros((2, size))
    vectors[0, first] = vectors[1, second] = 1.0
    return Directions(vectors[0], vectors[1], (here.layout.describe(first), here.layout.describe(second)))


_FINDERS: dict[str, Callable[[Whereabouts, SurfaceOptions], Directions]] = {
    "random": _random,
    "path": _along_path,
    "gradient": _along_gradient,
    "parameters": _along_parameters,
}
