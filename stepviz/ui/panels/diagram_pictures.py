"""The small pictures in the nodes of the drawn network: maps for two inputs, curves for one."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from stepviz.engine.arrays import Array
from stepviz.probes.unit_maps import UnitMaps
from stepviz.ui.panels.diagram_scene import power_of_two
from stepviz.ui.theme import Colours


class Pictures:
    """Pictures of all units, one strip of pixels per layer; made anew only when there is a new reading.

    A picture runs from minus to plus the power of two above the unit's largest output, its middle colour is 0.
    """

    def __init__(self, colours: Colours, table: NDArray[np.uint8]) -> None:
        """Take the theme's colours and its colour table (256, 3) from low to high."""
        self._colours = colours
        wide = table.astype(np.uint32)
        self._table = (0xFF000000 | wide[:, 0] << 16 | wide[:, 1] << 8 | wide[:, 2]).astype(np.uint32)
        self._maps: UnitMaps | None = None
        self._strips: list[tuple[QImage, NDArray[np.uint32]] | None] = []

    def take(self, maps: UnitMaps | None) -> None:
        """Show these maps from now on."""
        if maps is self._maps:
            return
        self._maps = maps
        self._strips = []
        if maps is not None and maps.dimensions == 2:
            self._strips = [self._strip(pictures) for pictures in (maps.inputs, *maps.layers)]

    def draw(self, painter: QPainter, layer: int, unit: int, box: QRectF) -> bool:
        """Draw the picture of a unit (``layer`` -1: an input) and return whether there is one."""
        maps = self._maps
        if maps is None or maps.dimensions == 0:
            return False
        pictures = maps.inputs if layer < 0 else maps.layers[layer]
        if unit >= len(pictures):
            return False
        if maps.dimensions == 1:
            self._draw_curve(painter, pictures[unit], box)
            return True
        strip = self._strips[layer + 1]
        assert strip is not None
        side = pictures.shape[1]
        painter.drawImage(box, strip[0], QRectF(0, unit * side, side, side))
        return True

    def _strip(self, pictures: Array) -> tuple[QImage, NDArray[np.uint32]] | None:
        units, side = len(pictures), pictures.shape[-1]
        if not units:
            return None
        flipped = np.nan_to_num(pictures[:, ::-1].astype(np.float64))
        levels = np.array([power_of_two(float(level)) for level in np.abs(flipped).max(axis=(1, 2))])
        places = np.clip(flipped / levels[:, None, None] * 127.5 + 127.5, 0, 255).astype(np.uint8)
        pixels = np.ascontiguousarray(self._table[places].reshape(units * side, side))
        # The image reads the array's memory: both are kept together.
        return QImage(pixels.data, side, units * side, 4 * side, QImage.Format.Format_RGB32), pixels

    def _draw_curve(self, painter: QPainter, curve: Array, box: QRectF) -> None:
        values = np.nan_to_num(curve.astype(np.float64))
        level = power_of_two(float(np.abs(values).max()))
        y = box.center().y() - np.clip(values / level, -1.0, 1.0) * (box.height() / 2 - 2.5)
        x = np.linspace(box.left() + 2.0, box.right() - 2.0, len(values))
        painter.setPen(QPen(QColor(self._colours.grid), 1.0))
        painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
        painter.setPen(QPen(QColor(self._colours.accent), 1.6, Qt.PenStyle.SolidLine))
        painter.drawPolyline(QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]))
