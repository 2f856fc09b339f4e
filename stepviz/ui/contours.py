"""Lines of equal value through a grid of numbers, by marching squares."""

from __future__ import annotations

import numpy as np

from stepviz.engine.arrays import Array

# The corners of a cell round about, as (column, row); edge k joins corner k to the next.
_CORNERS = np.array([(0.0, 0.0), (1.0, 0.0), (1.0, 1.0), (0.0, 1.0)])
_ALONG = np.roll(_CORNERS, -1, axis=0) - _CORNERS


def contour(values: Array, level: float) -> Array:
    """Return the line where ``values`` (rows, columns) cross ``level``, as segments (n, 2, 2).

    A segment is two points (column, row), in cells from the first grid point, linear between grid points. Cells with
    a corner that is not finite have none. In a saddle the line goes round the two corners that are above.
    """
    columns = values.shape[1]
    above = values > level
    mixed = above[:-1, :-1] != above[1:, 1:]
    mixed |= above[:-1, 1:] != above[1:, :-1]
    mixed |= above[:-1, :-1] != above[:-1, 1:]
    cells = np.flatnonzero(mixed)
    row, column = np.divmod(cells, columns - 1)
    corner = values.ravel()[(row * columns + column)[:, None] + np.array([0, 1, columns + 1, columns])]
    finite = np.isfinite(corner).all(axis=1)
    if not finite.all():
        row, column, corner = row[finite], column[finite], corner[finite]
    beyond = np.roll(corner, -1, axis=1)
    crossed = (corner > level) != (beyond > level)
    share = np.where(crossed, (level - corner) / np.where(crossed, beyond - corner, 1.0), 0.0)
    places = np.stack([column, row], axis=-1)[:, None] + (_CORNERS + share[..., None] * _ALONG)
    saddle = crossed.all(axis=1)
    if not saddle.any():
        return places[crossed].reshape(-1, 2, 2)
    # The edges 0 and 1 meet at corner 1, 2 and 3 at corner 3; where 0 and 2 are above, take the pairs that meet there.
    four, turned = places[saddle], corner[saddle, 0] > level
    four[turned] = four[turned][:, [3, 0, 1, 2]]
    return np.concatenate([places[~saddle][crossed[~saddle]].reshape(-1, 2, 2), four.reshape(-1, 2, 2)])
