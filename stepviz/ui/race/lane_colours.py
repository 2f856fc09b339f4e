"""The colours of the lanes: eight that colour-blind people can tell apart, then the same ones dashed."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from stepviz.ui.core.theme import Colours

# After Okabe and Ito, darkened or lightened until each stands out from its ground; the colour of exact zeros is not
# among them.
_ON_LIGHT = ("#0072b2", "#d55e00", "#00805c", "#8a5ab5", "#946800", "#71808f", "#11161c", "#a8467f")
_ON_DARK = ("#56b4e9", "#ff8a50", "#2fc99a", "#c9a6ff", "#f0d442", "#93a1af", "#eef2f6", "#e8a0cc")
LANE_COLOURS = len(_ON_LIGHT)
# In pen widths: drawn, left out.
_DASHES = [5.0, 3.0]
CHIP = (22, 12)


def lane_colour(colours: Colours, lane: int) -> str:
    """Return the colour of a lane by its number (from 0)."""
    table = _ON_DARK if colours.dark else _ON_LIGHT
    return table[lane % len(table)]


def is_dashed(lane: int) -> bool:
    """Return whether the lane's line is dashed: its colour is used a second time."""
    return lane >= LANE_COLOURS


def lane_pen(colours: Colours, lane: int, width: float) -> QPen:
    """Return the pen of a lane's line."""
    pen = QPen(QColor(lane_colour(colours, lane)), width)
    if is_dashed(lane):
        pen.setDashPattern(_DASHES)
    return pen


def paint_chip(painter: QPainter, box: QRectF, colours: Colours, lane: int) -> None:
    """Paint a piece of the lane's line into a box: the key to the plot."""
    painter.setPen(lane_pen(colours, lane, 3.0))
    middle = box.center().y()
    painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))


def chip(colours: Colours, lane: int) -> QPixmap:
    """Return the same as a picture."""
    pixmap = QPixmap(*CHIP)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    paint_chip(painter, QRectF(1, 0, CHIP[0] - 2, CHIP[1]), colours, lane)
    painter.end()
    return pixmap
