"""The ground of a landscape: its heights and lit colours, and what lies on it."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.probes.loss_surface import LossSurface
from stepviz.ui.instruments.loss_surface.image import colour_table
from stepviz.ui.plotting.axes import Axis

# The base reaches from -1 to 1 along both directions; the highest loss stands this high.
HEIGHT = 1.1
# Light from the upper left, as in a map; this much of it comes from everywhere.
LIGHT = np.array([-0.45, 0.35, 0.82])
AMBIENT = 0.45
# What lies on the ground lies so high above it, or it would sink into its facets.
LIFT = 0.02


def relief(loss: Array, axis: Axis) -> tuple[Array, Array]:
    """Return heights (rows, columns) and lit colours (rows, columns, 4) in 0 to 1 for losses on a grid over [-1, 1]².

    Where a loss is not finite the ground stands at the top, grey.
    """
    finite = np.isfinite(loss)
    places = np.where(finite, np.clip(axis.places(np.where(finite, loss, axis.high)), 0.0, 1.0), 1.0)
    heights: Array = places * HEIGHT
    table = colour_table()[:256]
    ramp = np.stack([table >> 16 & 255, table >> 8 & 255, table & 255], axis=1) / 255.0
    colours = np.ones((*loss.shape, 4))
    colours[..., :3] = ramp[(places * 255).astype(np.int64)]
    colours[~finite, :3] = 0.5
    rows, columns = loss.shape
    down, across = np.gradient(heights, 2 / (rows - 1), 2 / (columns - 1))
    normals = np.stack([-across, -down, np.ones_like(heights)], axis=-1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    light = np.clip(normals @ (LIGHT / np.linalg.norm(LIGHT)), 0.0, 1.0)
    colours[..., :3] *= (AMBIENT + (1.0 - AMBIENT) * light / (LIGHT[2] / np.linalg.norm(LIGHT)))[..., None]
    return heights, np.clip(colours, 0.0, 1.0)


def on_the_surface(surface: LossSurface, places: Array, heights: Array) -> Array:
    """Return points (k, 3) of the landscape over ``places`` (k, 2) of the plane; NaN where they lie outside."""
    grid = []
    for axis, values in zip((surface.alpha, surface.beta), np.asarray(places, dtype=float).T, strict=True):
        share = (values - axis[0]) / (axis[-1] - axis[0])
        grid.append(np.where((share >= 0) & (share <= 1), share, np.nan))
    column, row = grid[0] * (heights.shape[1] - 1), grid[1] * (heights.shape[0] - 1)
    known = np.isfinite(column) & np.isfinite(row)
    out = np.full((len(places), 3), np.nan)
    left = np.minimum(column[known].astype(np.int64), heights.shape[1] - 2)
    low = np.minimum(row[known].astype(np.int64), heights.shape[0] - 2)
    across, up = column[known] - left, row[known] - low
    lower = heights[low, left] * (1 - across) + heights[low, left + 1] * across
    upper = heights[low + 1, left] * (1 - across) + heights[low + 1, left + 1] * across
    height = lower * (1 - up) + upper * up + LIFT
    out[known] = np.stack([2 * grid[0][known] - 1, 2 * grid[1][known] - 1, height], axis=1)
    return out
