"""The loss over a plane through the present parameters."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.buffer_cache import BufferCache
from stepviz.probes.instant import Instant
from stepviz.probes.surface_directions import Directions, Whereabouts, find_directions
from stepviz.probes.surface_options import SurfaceOptions
from stepviz.probes.surface_plane import PlaneLosses
from stepviz.probes.surface_precision import ExactPlane, equal_corners, exact_losses, only_rounded

__all__ = ["LossSurface", "LossSurfaces", "SurfaceOptions", "flat_share", "project"]

# A surface of more multiplications than this (a tenth of a second or so) is shown coarsely first.
_DEAR = 2e9
_COARSE = 16
# From this resolution on it is: each picture has twice as many points along a side as the one before.
_FINE = 128
# A path kept in float32 lies wholly in a plane that leaves no more of it out than this.
_ROUNDED = 1e-5
# So many points of the path have their true loss computed: what the projection hides is judged by them.
_CHECKED = 16
# How near ``closer`` goes: the widest of these views on which about a quarter of the cells of a map of 64 points a side
# or more are flat. Jumps that fall evenly leave exp(-x) of the cells flat where x of them cross a cell's two sides.
_VIEWS = (1.0, 1 / 4, 1 / 16, 1 / 64, 1 / 256)
_LINE = 256
_MOST_JUMPS = 1.4 * 63
# Of a larger network the directions are not kept: every surface would carry three times its parameters.
_MOST_PARAMETERS = 200_000


@dataclass(frozen=True, slots=True)
class LossSurface:
    """The training loss L(theta + alpha d1 + beta d2) on a grid, and the path projected on the plane.

    ``alpha`` (columns,), ``beta`` (rows,): grid coordinates; ``loss`` (rows, columns), float32, may hold inf, float64
    where float32 would make flats of rounding;
    ``path`` (points, 2): the run so far in (alpha, beta), oldest first;
    ``path_steps`` (points,); ``left`` (points, 2): where it had gone before it was taken back, empty where it never
    was; the present point is ``here`` at ``step``: (0, 0), but for options that are ``absolute``. ``flat_share``: share
    of grid cells whose four corners have equal loss; ``explained``: share of the path's variance in the plane (NaN for
    a path of fewer than 3 points); ``examples``: how many training examples it was computed over, of ``of_examples``;
    ``names`` of the two directions. ``jumps``: whether units have no derivative, so that the loss jumps; ``span`` is
    how far the grid reaches from its centre: what the options say, or less where ``closer`` found terraces only nearer.
    ``checked`` (k,) are places in the path, ``true_loss`` (k,) the loss of the network
    that was there, and ``shown_loss`` (k,) the loss at its projection: what the picture shows there. ``origin``
    (parameters,) and ``plane`` (2, parameters) are the network at (0, 0), d1 and d2; empty for a large network.

    The loss is that of the data, without penalties, computed in float32 whatever the run's precision; an example
    subset is spread evenly over the training set and always the same. The path's variance is taken about the present
    point.
    """

    options: SurfaceOptions
    step: int
    alpha: Array
    beta: Array
    loss: Array
    path: Array
    path_steps: Array
    left: Array
    names: tuple[str, str]
    jumps: bool
    span: float
    flat_share: float
    explained: float
    examples: int
    of_examples: int
    checked: Ints
    true_loss: Array
    shown_loss: Array
    origin: Array
    plane: Array
    here: tuple[float, float] = (0.0, 0.0)

    def parameters_at(self, alpha: float, beta: float) -> Array | None:
        """Return the parameters (parameters,) of the network at a point of the plane; None for a large network."""
        return self.origin + alpha * self.plane[0] + beta * self.plane[1] if len(self.origin) else None


class LossSurfaces:
    """The measurement of loss surfaces; it keeps its buffers from one to the next."""

    def __init__(self) -> None:
        self._spare = BufferCache(_build_plane)

    def measure(self, instant: Instant, options: SurfaceOptions) -> Iterator[LossSurface | None]:
        """Yield None after copying what is read of the instant, then None after each chunk, then the surface.

        A surface that takes long is yielded coarsely first. Dropping the iterator at any yield cancels it.
        """
        setup, step, steps = instant.setup, instant.step, instant.path.steps.copy()
        here = _copy_whereabouts(instant, options)
        yield None
        with np.errstate(all="ignore"):
            directions = find_directions(here, options)
            path, explained = project(here.path, here.theta, directions)
            left = project(here.path[:0] if here.left is None else here.left, here.theta, directions)[0]
            now = _coordinates(here, directions, options)
            middle = here.theta - now[0] * directions.first - now[1] * directions.second
            path, left = path + now, left + now
        yield None
        examples = min(options.most_examples, len(setup.train))
        kept = len(here.theta) <= _MOST_PARAMETERS
        origin = middle if kept else np.empty(0)
        pair = np.stack([directions.first, directions.second]) if kept else np.empty((2, 0))
        checked = np.unique(np.linspace(0, len(path) - 1, min(len(path), _CHECKED)).astype(np.int64))
        true_loss = shown_loss = np.empty(0, dtype=np.float32)
        jumps = any(function.activation.takes_rules for function in setup.network.functions)
        span = 0.0
        for resolution in _resolutions(options.resolution, examples * setup.network.layout.size):
            with self._spare.borrow(setup, (examples, resolution**2)) as plane:
                plane.aim(middle, directions.first, directions.second)
                if not span:
                    span = (yield from _nearer(plane, options)) if options.closer and jumps else options.span
                alpha, beta = (np.linspace(at - span, at + span, resolution) for at in options.centre)
                grid = np.stack(np.meshgrid(alpha, beta), axis=-1).reshape(-1, 2)
                loss = np.empty(len(grid), dtype=np.float32)
                if not len(true_loss):
                    with np.errstate(all="ignore"):
                        true_loss = plane.true_losses(here.path[checked])
                        shown_loss = np.concatenate(
                            [plane.losses(path[part]).copy() for part in _parts(checked, plane.rows)]
                        )
                    yield None
                for start in range(0, len(grid), plane.rows):
                    points = grid[start : start + plane.rows]
                    with np.errstate(all="ignore"):
                        loss[start : start + plane.rows] = plane.losses(points)
                    yield None
            surface = loss.reshape(resolution, resolution)
            exact = ExactPlane(setup, middle, directions.first, directions.second, examples)
            if only_rounded(exact, alpha, beta, surface):
                # A range that float32 does not tell from 0 is not flat.
                for part in exact_losses(exact, grid):
                    surface = surface if part is None else part.reshape(resolution, resolution)
                    yield None
            yield LossSurface(
                options,
                step,
                freeze(alpha),
                freeze(beta),
                freeze(surface),
                freeze(path),
                freeze(steps),
                freeze(left),
                directions.names,
                jumps,
                span,
                flat_share(surface),
                explained,
                examples,
                len(setup.train),
                freeze(checked),
                freeze(true_loss),
                freeze(shown_loss),
                freeze(origin),
                freeze(pair),
                (float(now[0]), float(now[1])),
            )


def _nearer(plane: PlaneLosses, options: SurfaceOptions) -> Generator[None, None, float]:
    """Return the span of the widest view whose terraces show; that of the options where none does."""
    for view in _VIEWS:
        span, jumps = view * options.span, 0
        for axis in (0, 1):
            line = np.repeat(np.array([options.centre]), _LINE, axis=0)
            line[:, axis] += np.linspace(-span, span, _LINE)
            with np.errstate(all="ignore"):
                losses = np.concatenate(
                    [plane.losses(line[start : start + plane.rows]).copy() for start in range(0, _LINE, plane.rows)]
                )
            jumps += int(np.count_nonzero(np.diff(losses) != 0.0))
            yield None
        if jumps <= _MOST_JUMPS:
            return span
    return options.span


def flat_share(loss: Array) -> float:
    """Return the share of the cells of a grid (rows, columns) whose four corners have exactly equal, finite loss."""
    return float(np.mean(equal_corners(loss)))


def project(path: Array, theta: Array, directions: Directions) -> tuple[Array, float]:
    """Return the path (points, parameters) in coordinates (points, 2) of the plane through ``theta``, and the share
    of its variance about ``theta`` that the plane holds (NaN for fewer than 3 points, or a path that never moved).

    The coordinates are those of the nearest points in the plane: least squares, (D D^T)^-1 D (path - theta).
    """  # noqa: D205  # what is returned needs both lines
    steps = path - theta.astype(path.dtype)
    plane = np.stack([directions.first, directions.second])
    # In double the products of a path kept in float32, a row at a time: a copy of all of it would be large.
    products = np.array([plane @ step for step in steps]).reshape(-1, 2)
    coordinates = products @ np.linalg.pinv(plane @ plane.T, hermitian=True)
    total = sum(float(np.dot(step, step)) for step in steps)
    held = float(np.sum(coordinates * products))
    if len(steps) <= 2 or total == 0.0:
        return coordinates, float("nan")
    share = held / total
    return coordinates, 1.0 if share > 1.0 - _ROUNDED else share


def _coordinates(here: Whereabouts, directions: Directions, options: SurfaceOptions) -> Array:
    """Return where the present point is (2,): the values of its two parameters, or the middle of the plane."""
    if not (options.absolute and options.directions == "parameters"):
        return np.zeros(2)
    return np.array([directions.first @ here.theta, directions.second @ here.theta])


def _copy_whereabouts(instant: Instant, options: SurfaceOptions) -> Whereabouts:
    gradient, by_rule = np.empty(0), False
    if options.directions == "gradient":
        assert instant.train.gradient is not None
        gradient = instant.train.gradient[0].astype(np.float64)
        by_rule = not all(function.has_true_derivative for function in instant.setup.network.functions)
    theta = instant.theta[0].astype(np.float64)
    # What was left is never written again.
    path, left = instant.path.parameters.copy(), instant.path.left
    return Whereabouts(instant.setup.network.layout, theta, gradient, path, by_rule, left)


def _build_plane(setup: BoundExperiment, key: tuple[int, int]) -> PlaneLosses:
    examples, points = key
    chosen = np.arange(examples) * len(setup.train) // examples
    train = setup.train
    return PlaneLosses(setup.network, train.inputs[:, chosen], train.targets[chosen], points)


def _parts(places: Ints, size: int) -> list[Ints]:
    return [places[start : start + size] for start in range(0, len(places), size)] or [places]


def _resolutions(resolution: int, parameters_times_examples: int) -> tuple[int, ...]:
    if resolution >= _FINE:
        return (*(size for size in (_COARSE, 2 * _COARSE, 4 * _COARSE) if size < resolution), resolution)
    expensive = resolution > 2 * _COARSE and parameters_times_examples * resolution**2 > _DEAR
    return (_COARSE, resolution) if expensive else (resolution,)
