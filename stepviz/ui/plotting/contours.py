"""Lines of equal value through a grid of numbers, by marching squares."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.common.arrays import Array, Ints

# The corners of a cell round about, as (column, row); edge k joins corner k to the next.
_CORNERS = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
_ALONG = np.roll(_CORNERS, -1, axis=0) - _CORNERS


def contour(values: Array, level: float) -> Array:
    """Return the line where ``values`` (rows, columns) cross ``level``, as segments (n, 2, 2)."""
    return contours(values, [level])[0]


def contours(values: Array, levels: Sequence[float]) -> tuple[Array, Ints]:
    """Return the lines where ``values`` (rows, columns) cross each level: segments (n, 2, 2), and whose they are (n,).

    A segment is two points (column, row), in cells from the first grid point, linear between grid points; the second
    array holds the places of their levels in ``levels``. Cells with a corner that is not finite have none. In a
    saddle the line goes round the two corners that are above.
    """
    rows, columns = values.shape
    heights = np.asarray(levels, dtype=values.dtype)
    above = values > heights[:, None, None]
    mixed = above[:, :-1, :-1] != above[:, 1:, 1:]
    mixed |= above[:, :-1, 1:] != above[:, 1:, :-1]
    mixed |= above[:, :-1, :-1] != above[:, :-1, 1:]
    which, cell = np.divmod(np.flatnonzero(mixed), (rows - 1) * (columns - 1))
    row, column = np.divmod(cell, columns - 1)
    corner = values.ravel()[(row * columns + column)[:, None] + np.array([0, 1, columns + 1, columns])]
    finite = np.isfinite(corner).all(axis=1)
    if not finite.all():
        which, row, column, corner = which[finite], row[finite], column[finite], corner[finite]
    height, beyond = heights[which][:, None], np.roll(corner, -1, axis=1)
    crossed = (corner > height) != (beyond > height)
    share = np.where(crossed, (height - corner) / np.where(crossed, beyond - corner, 1.0), 0.0)
    places = np.stack([column, row], axis=-1)[:, None] + (_CORNERS + share[..., None] * _ALONG)
    saddle = crossed.all(axis=1)
    if not saddle.any():
        return places[crossed].reshape(-1, 2, 2), which
    # The edges 0 and 1 meet at corner 1, 2 and 3 at corner 3; where 0 and 2 are above, take the pairs that meet there.
    four, turned = places[saddle], corner[saddle, 0] > height[saddle, 0]
    four[turned] = four[turned][:, [3, 0, 1, 2]]
    simple = places[~saddle][crossed[~saddle]].reshape(-1, 2, 2)
    return np.concatenate([simple, four.reshape(-1, 2, 2)]), np.concatenate(
        [which[~saddle], np.repeat(which[saddle], 2)]
    )
