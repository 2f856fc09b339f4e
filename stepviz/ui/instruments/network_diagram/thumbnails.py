"""The small pictures in the nodes of the drawn network: maps for two inputs, curves for one."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPen, QPolygonF

from stepviz.engine.common.arrays import Array
from stepviz.probes.unit_maps import UnitMaps
from stepviz.ui.core.theme import Colours
from stepviz.ui.instruments.network_diagram.scene import Scene, power_of_two


class Strip(NamedTuple):
    """Pictures of one height below each other; the image reads the memory of ``pixels``, so both are kept."""

    image: QImage
    pixels: NDArray[np.uint32]
    high: int


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
        self._strips: list[Strip | None] = []

    def take(self, scene: Scene, shown: Sequence[int]) -> None:
        """Show what the units of a scene compute; ``shown`` is how many of each column are drawn.

        Where the examples are pictures, the units of the first layer show their weights from each pixel.
        """
        maps = scene.maps
        if maps is not None and maps.dimensions == 0 and scene.image_shape is not None:
            weights = scene.setup.network.layout.block(scene.parameters[None], 0)[0, :-1, : shown[1]]
            nothing = [None] * (len(shown) - 2)
            self._strips = [None, self._strip(weights.T.reshape(-1, *scene.image_shape)[:, ::-1]), *nothing]
        elif maps is not None and maps.dimensions == 2 and maps is not self._maps:
            self._strips = [self._strip(pictures) for pictures in (maps.inputs, *maps.layers)]
        self._maps = maps

    def draw(self, painter: QPainter, layer: int, unit: int, box: QRectF) -> bool:
        """Draw the picture of a unit (``layer`` -1: an input) and return whether there is one."""
        maps = self._maps
        if maps is not None and maps.dimensions == 1:
            curves = maps.inputs if layer < 0 else maps.layers[layer]
            painter.fillRect(box, QColor(self._colours.raised))
            if unit < len(curves):
                self._draw_curve(painter, curves[unit], box)
            return unit < len(curves)
        strip = self._strips[layer + 1] if layer + 1 < len(self._strips) else None
        if strip is None or (unit + 1) * strip.high > strip.image.height():
            return False
        painter.drawImage(box, strip.image, QRectF(0, unit * strip.high, strip.image.width(), strip.high))
        return True

    def _strip(self, pictures: Array) -> Strip | None:
        if not len(pictures):
            return None
        units, high, wide = pictures.shape
        flipped = np.nan_to_num(pictures[:, ::-1].astype(np.float64))
        levels = np.array([power_of_two(float(level)) for level in np.abs(flipped).max(axis=(1, 2))])
        places = np.clip(flipped / levels[:, None, None] * 127.5 + 127.5, 0, 255).astype(np.uint8)
        pixels = np.ascontiguousarray(self._table[places].reshape(units * high, wide))
        image = QImage(pixels.data, wide, units * high, 4 * wide, QImage.Format.Format_RGB32)
        return Strip(image, pixels, high)

    def _draw_curve(self, painter: QPainter, curve: Array, box: QRectF) -> None:
        values = np.nan_to_num(curve.astype(np.float64))
        level = power_of_two(float(np.abs(values).max()))
        y = box.center().y() - np.clip(values / level, -1.0, 1.0) * (box.height() / 2 - 2.5)
        x = np.linspace(box.left() + 2.0, box.right() - 2.0, len(values))
        painter.setPen(QPen(QColor(self._colours.grid), 1.0))
        painter.drawLine(QPointF(box.left(), box.center().y()), QPointF(box.right(), box.center().y()))
        painter.setPen(QPen(QColor(self._colours.accent), 1.6, Qt.PenStyle.SolidLine))
        painter.drawPolyline(QPolygonF([QPointF(*point) for point in zip(x.tolist(), y.tolist(), strict=True)]))
