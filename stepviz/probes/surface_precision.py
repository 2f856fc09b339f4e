"""Whether a loss surface is flat, or only rounded: what float64 says decides."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment

# So many of the cells that look flat are looked at again.
_CHECKED = 24
# Numbers that a chunk of rows may hold, of parameters and of a layer's activations; beyond, nothing is checked.
_MOST_NUMBERS = 4_000_000


class ExactPlane:
    """The loss over a plane of parameters in float64.

    ``theta``, ``first``, ``second`` (parameters,): the plane's origin and directions; ``examples``: how many of the
    training examples, evenly chosen, as the surface itself does.
    """

    def __init__(self, setup: BoundExperiment, theta: Array, first: Array, second: Array, examples: int) -> None:
        chosen = np.arange(examples) * len(setup.train) // examples
        self._inputs = setup.train.inputs[:, chosen].astype(np.float64)
        self._targets = setup.train.targets[chosen].astype(np.float64)
        self._setup, self._origin = setup, theta.astype(np.float64)
        self._plane = np.stack([first, second]).astype(np.float64)
        layout = setup.network.layout
        widest = max(shape.outputs + 1 for shape in layout.layers)
        self.rows = min(256, _MOST_NUMBERS // max(1, layout.size, examples * widest * len(layout.layers)))
        self._pass: Pass | None = None

    def losses(self, points: Array) -> Array:
        """Return the losses (points,) at points (points, 2) of the plane; at most ``rows`` of them."""
        rows = np.zeros((self.rows, len(self._origin)))
        rows[: len(points)] = self._origin + points @ self._plane
        if self._pass is None:
            self._pass = Pass(self._setup.network, rows, len(self._targets))
            self._theta = rows
        else:
            self._theta[...] = rows
        out = np.zeros(self.rows)
        with np.errstate(all="ignore"):
            self._pass.forward(self._inputs)
            self._pass.losses(self._targets, out)
        return out[: len(points)]


def only_rounded(plane: ExactPlane, alpha: Array, beta: Array, loss: Array) -> bool:
    """Return whether cells of a grid (rows, columns) that have equal corners have not in float64, one of them at least.

    So many of the cells as are looked at are spread evenly over those that look flat.
    """
    flat = np.argwhere(equal_corners(loss))
    if not len(flat) or plane.rows < 4:
        return False
    chosen = flat[np.unique(np.linspace(0, len(flat) - 1, min(len(flat), _CHECKED)).astype(np.int64))]
    for row, column in chosen:
        corners = [[alpha[column + right], beta[row + down]] for down in (0, 1) for right in (0, 1)]
        values = plane.losses(np.array(corners))
        if np.any(values != values[0]):
            return True
    return False


def exact_losses(plane: ExactPlane, grid: Array) -> Iterator[Array | None]:
    """Yield None after each chunk of the points (points, 2), then the losses (points,) in float64."""
    found = np.empty(len(grid))
    for start in range(0, len(grid), plane.rows):
        found[start : start + plane.rows] = plane.losses(grid[start : start + plane.rows])
        yield None
    yield found


def equal_corners(loss: Array) -> Array:
    """Return which cells (rows - 1, columns - 1) of a grid have four corners of exactly equal, finite loss."""
    corner = loss[:-1, :-1]
    equal: Array = (corner == loss[1:, :-1]) & (corner == loss[:-1, 1:]) & (corner == loss[1:, 1:])
    return equal & np.isfinite(corner)
