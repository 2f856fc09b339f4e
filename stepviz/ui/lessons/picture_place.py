"""From numbers to places in a picture."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QPainterPath

from stepviz.engine.common.arrays import Array

MARGIN = 26.0


def inside(box: QRectF) -> QRectF:
    """Return what the margin leaves of a box."""
    return box.adjusted(MARGIN, MARGIN, -MARGIN, -MARGIN)


class Place:
    """From numbers to the picture: ``across`` and ``up`` are the least and the largest ones."""

    def __init__(self, box: QRectF, across: tuple[float, float], up: tuple[float, float]) -> None:
        self.box, self.across, self.up = box, across, up

    def at(self, x: float, y: float) -> QPointF:
        """Return the place of a point."""
        box, (left, right), (low, high) = self.box, self.across, self.up
        return QPointF(
            box.left() + (x - left) / (right - left) * box.width(),
            box.bottom() - (y - low) / (high - low) * box.height(),
        )

    def path(self, xs: Array | NDArray[np.int64], ys: Array) -> QPainterPath:
        """Return the line through points (n,); numbers that are none break it, and what lies far outside is cut."""
        path, fresh = QPainterPath(), True
        low, high = self.up
        for x, y in _pairs(xs, np.clip(ys, 2 * low - high, 2 * high - low)):
            if x != x or y != y:
                fresh = True
            elif fresh:
                path.moveTo(self.at(x, y))
                fresh = False
            else:
                path.lineTo(self.at(x, y))
        return path


def _pairs(xs: Array | NDArray[np.int64], ys: Array) -> Iterable[tuple[float, float]]:
    return zip(xs.tolist(), ys.tolist(), strict=True)
