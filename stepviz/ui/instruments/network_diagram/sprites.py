"""Frames, marks and bias dots of the drawn network, each painted once and then copied to where it is needed."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QPolygonF

from stepviz.probes.stuck_units import ACTIVE, FLAT, SATURATED, STARVED
from stepviz.ui.core.theme import Colours
from stepviz.ui.plotting.export_mode import is_exporting

_ROOM = 9.0
# Frames and marks of nodes that are larger than this grow with them.
_PLAIN_NODE = 90.0


class Stamps:
    """Small pictures with a transparent ground, by what they show: copying one costs a tenth of painting it."""

    def __init__(self, colours: Colours) -> None:
        self._colours = colours
        self._made: dict[tuple[object, ...], QPixmap] = {}

    def frame(self, painter: QPainter, box: QRectF, state: int | None) -> None:
        """Put the frame of a node around its box, with the mark of its state; None for a node that has no state."""

        def paint(on: QPainter, middle: QPointF) -> None:
            half, scale = box.width() / 2, max(1.0, box.width() / _PLAIN_NODE)
            own = QRectF(middle.x() - half, middle.y() - half, box.width(), box.width())
            colour = self._colours.muted if state is None else self._colours.state(state)
            pen = QPen(QColor(colour), scale * (1.2 if state is None else 2.2))
            if state == FLAT:
                pen.setDashPattern([2.0, 1.4])
            on.setPen(pen)
            on.drawRoundedRect(own, 3.0 * scale, 3.0 * scale)
            if state is not None and state != ACTIVE:
                radius = scale * min(7.0, max(4.0, half / 2.5))
                paint_badge(on, own.topRight(), radius, state, self._colours)

        self._put(painter, box.center(), box.width(), ("frame", state, box.width()), paint)

    def dot(self, painter: QPainter, centre: QPointF, radius: float, colour: QColor, *, hollow: bool) -> None:
        """Put the dot of a bias; hollow where its gradient is exactly 0."""

        def paint(on: QPainter, middle: QPointF) -> None:
            on.setPen(QPen(colour, 1.4) if hollow else QPen(QColor(self._colours.surface), 1.0))
            on.setBrush(QColor(self._colours.surface) if hollow else colour)
            on.drawEllipse(middle, radius, radius)

        self._put(painter, centre, 2 * radius, ("dot", radius, colour.rgb(), hollow), paint)

    def _put(
        self,
        painter: QPainter,
        centre: QPointF,
        side: float,
        key: tuple[object, ...],
        paint: Callable[[QPainter, QPointF], None],
    ) -> None:
        if is_exporting():
            painter.save()
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            paint(painter, centre)
            painter.restore()
            return
        ratio = painter.device().devicePixelRatioF()
        stamp = self._made.get((*key, ratio))
        whole = side + 2 * _ROOM * max(1.0, side / _PLAIN_NODE)
        if stamp is None:
            pixels = round(whole * ratio)
            stamp = QPixmap(pixels, pixels)
            stamp.setDevicePixelRatio(ratio)
            stamp.fill(Qt.GlobalColor.transparent)
            on = QPainter(stamp)
            on.setRenderHint(QPainter.RenderHint.Antialiasing)
            paint(on, QPointF(whole / 2, whole / 2))
            on.end()
            self._made[(*key, ratio)] = stamp
        painter.drawPixmap(QPointF(centre.x() - whole / 2, centre.y() - whole / 2), stamp)


def paint_badge(painter: QPainter, centre: QPointF, radius: float, state: int, colours: Colours) -> None:
    """Paint the mark of a state that is not active: a disc with a cross (flat), a bar (starved), a bend (saturated)."""
    painter.setPen(QPen(QColor(colours.surface), 1.2))
    painter.setBrush(QColor(colours.state(state)))
    painter.drawEllipse(centre, radius, radius)
    reach = radius * 0.45
    painter.setPen(QPen(QColor(colours.surface), max(1.2, radius / 4)))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    x, y = centre.x(), centre.y()
    if state == FLAT:
        painter.drawLine(QPointF(x - reach, y - reach), QPointF(x + reach, y + reach))
        painter.drawLine(QPointF(x - reach, y + reach), QPointF(x + reach, y - reach))
    elif state == STARVED:
        painter.drawLine(QPointF(x - reach * 1.2, y), QPointF(x + reach * 1.2, y))
    elif state == SATURATED:
        bend = [(-1.3, 0.8), (-0.3, 0.8), (0.3, -0.8), (1.3, -0.8)]
        painter.drawPolyline(QPolygonF([QPointF(x + reach * a, y + reach * b) for a, b in bend]))
