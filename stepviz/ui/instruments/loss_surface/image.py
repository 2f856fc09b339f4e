"""A loss surface in colours: which colour a loss has, which cells are exactly flat, where the isolines run."""

from __future__ import annotations

import math
from functools import cache

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QImage

from stepviz.engine.common.arrays import Array, Bools
from stepviz.ui.plotting.axes import Axis, round_down, round_ticks, round_up
from stepviz.ui.plotting.contours import contours

ISOLINES = 12
# Losses closer together than this share of themselves are float32's rounding, not a surface.
ROUNDING = 1e-5
# Above this ratio a logarithmic scale ends at round numbers of its own.
WIDE = 3.0


@cache
def colour_table() -> NDArray[np.uint32]:
    """Return the colours (257,) as 0xaarrggbb from the lowest loss to the highest; the last, transparent, for none."""
    ramp = pg.colormap.get("viridis").getLookupTable(0.0, 1.0, 256)[:, :3].astype(np.uint32)
    opaque = np.uint32(0xFF000000) | ramp[:, 0] << 16 | ramp[:, 1] << 8 | ramp[:, 2]
    return np.append(opaque, np.uint32(0)).astype(np.uint32)


def colour_axis(loss: Array, logarithmic: bool) -> Axis:
    """Return the scale of the colours for losses (rows, columns): all finite ones, between round ends.

    Round ends keep a colour's meaning while the surface moves a little.
    """
    finite = loss[np.isfinite(loss)].astype(np.float64)
    if not len(finite):
        return Axis(0.0, 1.0, "loss")
    low, high = float(finite.min()), float(finite.max())
    positive = finite[finite > 0]
    logarithmic = logarithmic and len(positive) > 0
    if logarithmic:
        low = float(positive.min())
        if high > WIDE * low:
            return Axis(round_down(low), round_up(high), "loss", True)
    least = ROUNDING * max(abs(low), abs(high)) or 1.0
    if high - low < least:
        low, high = (low + high - least) / 2, (low + high + least) / 2
    ticks = round_ticks(low, high, 8)
    step = ticks[1] - ticks[0] if len(ticks) > 1 else high - low
    floor, ceiling = math.floor(low / step + 1e-6) * step, math.ceil(high / step - 1e-6) * step
    logarithmic = logarithmic and floor > 0
    return Axis(max(floor, 0.0) if low >= 0 else floor, ceiling, "loss", logarithmic)


def surface_image(loss: Array, axis: Axis) -> QImage:
    """Return a pixel per grid point, the lowest beta at the bottom; transparent where the loss is not finite."""
    finite = np.isfinite(loss)
    places = axis.places(np.where(finite, loss, axis.low))
    codes = np.where(finite, np.clip(places * 255.0, 0.0, 255.0), 256).astype(np.int64)
    pixels = np.ascontiguousarray(colour_table()[codes][::-1])
    rows, columns = pixels.shape
    return QImage(pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied).copy()


def flat_cells(loss: Array) -> Bools:
    """Return which cells (rows - 1, columns - 1) are exactly flat: four corners of equal, finite loss."""
    corner = loss[:-1, :-1]
    flat: Bools = np.isfinite(corner)
    for other in (loss[1:, :-1], loss[:-1, 1:], loss[1:, 1:]):
        flat &= corner == other
    return flat


def rectangles(cells: Bools) -> NDArray[np.int64]:
    """Return rectangles (n, 4) of left, bottom, right, top that cover the chosen ``cells`` once; few, not fewest."""
    if not cells.any():
        return np.empty((0, 4), dtype=np.int64)
    edges = np.diff(cells.astype(np.int8), axis=1, prepend=0, append=0)
    rows, starts = np.nonzero(edges == 1)
    ends = np.nonzero(edges == -1)[1]
    found: list[tuple[int, int, int, int]] = []
    # Runs of the row before that may grow upwards: where a run begins and ends, and its lowest row.
    growing: dict[tuple[int, int], int] = {}
    bounds = np.searchsorted(rows, np.arange(len(cells) + 1)).tolist()
    runs = list(zip(starts.tolist(), ends.tolist(), strict=True))
    for row in range(len(cells)):
        here = {run: growing.get(run, row) for run in runs[bounds[row] : bounds[row + 1]]}
        found.extend((start, low, end, row) for (start, end), low in growing.items() if (start, end) not in here)
        growing = here
    found.extend((start, low, end, len(cells)) for (start, end), low in growing.items())
    return np.array(found, dtype=np.int64).reshape(-1, 4)


def isolines(loss: Array, axis: Axis) -> tuple[Array, Array]:
    """Return the isolines of the darker and of the lighter half of the colours, segments as of ``contours``."""
    levels = [axis.value(number / ISOLINES) for number in range(1, ISOLINES)]
    segments, which = contours(loss, levels)
    dark = which < ISOLINES // 2
    return segments[dark], segments[~dark]
