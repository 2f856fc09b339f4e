"""The heat map of layers by time as an image: one reading is one colour, nothing is averaged, zeros are hatched."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from stepviz.engine.common.arrays import Array, Bools
from stepviz.runtime.history import HistoryView
from stepviz.ui.core.theme import Colours
from stepviz.ui.plotting.flow_measures import ZERO, Measure, colour_table
from stepviz.ui.plotting.step_axis import resample

HATCH = 9


def read_history(history: HistoryView, measure: Measure, layers: int, columns: int) -> Array:
    """Return the values (layers, columns) of a measure over equal spans of steps; (layers, 0) before two records."""
    steps = history.column("step")
    if len(steps) < 2:
        return np.empty((layers, 0))
    chosen = resample(steps, columns)
    rows = [history.column(f"{measure.column}/{layer}") for layer in range(1, layers + 1)]
    return np.stack([row[chosen] if len(row) == len(steps) else np.full(columns, np.nan) for row in rows])


def paint_flow(
    codes: NDArray[np.int64], tops: list[int], height: int, table: NDArray[np.uint32], ground: int
) -> QImage:
    """Return the image of ``codes`` (layers, columns), ``height`` pixels high, a pixel to a column.

    Layer l fills the rows from ``tops[l]`` to ``tops[l + 1]`` (one entry more than layers), less one row of ``ground``
    between layers. Exact zeros are crossed with lines of ``ground``: they are not told by colour alone.
    """
    columns = codes.shape[1]
    layer_of = np.searchsorted(np.array(tops[1:-1]), np.arange(height), side="right")
    picture = table[codes][layer_of]
    zero = codes == ZERO
    if zero.any():
        picture[_crosses(height, columns) & zero[layer_of]] = ground
    if height > 6 * codes.shape[0]:
        picture[np.array(tops[1:-1], dtype=np.int64)] = ground
    image = QImage(picture.data, columns, height, 4 * columns, QImage.Format.Format_RGB32)
    return image.copy()


@lru_cache(maxsize=4)
def _crosses(height: int, columns: int) -> Bools:
    down, across = np.arange(height)[:, None], np.arange(columns)
    crosses: Bools = ((across + down) % HATCH == 0) | ((across - down) % HATCH == 0)
    return crosses


def flow_image(history: HistoryView, measure: Measure, tops: list[int], width: int, colours: Colours) -> QImage | None:
    """Return the heat map ``width`` pixels wide for layers between ``tops``; None before there are two records."""
    values = read_history(history, measure, len(tops) - 1, max(1, width))
    if not values.shape[1]:
        return None
    table = colour_table(colours, measure.logarithmic)
    return paint_flow(measure.codes(values), tops, tops[-1], table, QColor(colours.surface).rgb())
