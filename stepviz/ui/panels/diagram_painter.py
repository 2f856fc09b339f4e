"""Paints the drawing of a network: edges by sign and size, nodes with what they compute, marks on stuck units."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPolygonF

from stepviz.engine.arrays import Ints
from stepviz.probes.stuck_units import ACTIVE, FLAT, SATURATED, STARVED
from stepviz.ui.drawing import mix
from stepviz.ui.panels.diagram_layout import Column, Diagram
from stepviz.ui.panels.diagram_pictures import Pictures
from stepviz.ui.panels.diagram_scene import STRENGTHS, ZERO, Scene
from stepviz.ui.theme import Colours, font

MOST_EDGES = 1200
_SMALL_NODE = 12.0


@dataclass
class DiagramPainter:
    """Paints scenes over one arrangement; what does not change between two scenes is made once."""

    diagram: Diagram
    colours: Colours
    pictures: Pictures
    lines: list[QLineF] = field(init=False)
    edges_left_out: int = 0

    def __post_init__(self) -> None:
        self.lines = [QLineF(*ends) for ends in self.diagram.ends.tolist()]
        # Mixed beforehand: translucent lines cost seven times as much to draw.
        self._shades = [
            [mix(self.colours.surface, colour, 0.35 + 0.65 * level / (STRENGTHS - 1)) for level in range(STRENGTHS)]
            for colour in (self.colours.second_class, self.colours.first_class)
        ]

    def paint(self, painter: QPainter, scene: Scene) -> None:
        """Paint a scene."""
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
        self._paint_edges(painter, scene)
        self.pictures.take(scene.maps)
        for column in self.diagram.columns:
            self._paint_nodes(painter, scene, column)
            if column.fold is not None:
                self._paint_fold(painter, scene, column)
        if self.diagram.bias_radius >= 2.5:
            self._paint_biases(painter, scene)

    def edge_pen(self, sign: int, strength: int, mode: str) -> QPen:
        """Return the pen of an edge: its colour the sign, its width the size; dashed where the gradient is 0."""
        width = 0.8 + 0.8 * strength
        if sign != ZERO:
            pen = QPen(self._shades[sign][strength], width)
        else:
            pen = QPen(QColor(self.colours.zero), min(width, 2.4) if mode == "weights" else 1.0)
            pen.setDashPattern([4.0 / pen.widthF(), 4.0 / pen.widthF()])
        pen.setCapStyle(Qt.PenCapStyle.FlatCap)
        return pen

    def edge_pen_of(self, scene: Scene, index: int) -> QPen:
        """Return the pen of one edge by the index of its parameter."""
        sign, strength = scene.looks(self.diagram.edges)
        at = int(np.flatnonzero(self.diagram.edges == index)[0])
        return self.edge_pen(int(sign[at]), int(strength[at]), scene.mode)

    def _paint_edges(self, painter: QPainter, scene: Scene) -> None:
        if not self.lines:
            return
        sign, strength = scene.looks(self.diagram.edges)
        code = strength * 3 + sign
        # Weak ones first; of too many only the strongest.
        order = np.argsort(code, kind="stable")
        self.edges_left_out = max(0, len(order) - MOST_EDGES)
        order = order[self.edges_left_out :]
        bounds = np.flatnonzero(np.diff(code[order], prepend=-1, append=-1))
        for start, stop in zip(bounds[:-1].tolist(), bounds[1:].tolist(), strict=True):
            of_group: Ints = order[start:stop]
            first = int(code[of_group[0]])
            painter.setPen(self.edge_pen(first % 3, first // 3, scene.mode))
            painter.drawLines([self.lines[index] for index in of_group.tolist()])

    def _paint_nodes(self, painter: QPainter, scene: Scene, column: Column) -> None:
        half = column.side / 2
        for unit, y in enumerate(column.y.tolist()):
            box = QRectF(column.x - half, y - half, column.side, column.side)
            state = scene.state(column.layer, unit)
            if column.side < _SMALL_NODE:
                self._paint_small_node(painter, box, state)
                continue
            self._paint_picture(painter, scene, column.layer, unit, box)
            colour = self.colours.muted if state is None else self.colours.state(state)
            pen = QPen(QColor(colour), 1.2 if state is None else 2.2)
            if state == FLAT:
                pen.setDashPattern([2.0, 1.4])
            painter.setPen(pen)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(box, 3.0, 3.0)
            if state is not None and state != ACTIVE:
                self._paint_badge(painter, box, state)

    def _paint_small_node(self, painter: QPainter, box: QRectF, state: int | None) -> None:
        colour = QColor(self.colours.muted if state is None else self.colours.state(state))
        painter.setPen(QPen(colour, 1.0))
        # Stuck ones are hollow and crossed: the mark that does not need the colour.
        hollow = state in (FLAT, STARVED)
        painter.setBrush(QColor(self.colours.surface) if hollow else colour)
        painter.drawRect(box)
        if hollow:
            painter.drawLine(box.topLeft(), box.bottomRight())

    def _paint_picture(self, painter: QPainter, scene: Scene, layer: int, unit: int, box: QRectF) -> None:
        painter.fillRect(box, QColor(self.colours.raised))
        if self.pictures.draw(painter, layer, unit, box):
            return
        if scene.units is not None and scene.state(layer, unit) is not None:
            # No picture: filled as high as the share of examples for which a gradient may pass.
            filled = box.height() * float(scene.units.active_share[layer][unit])
            painter.fillRect(
                QRectF(box.left(), box.bottom() - filled, box.width(), filled),
                mix(self.colours.raised, self.colours.active, 0.45),
            )
        if box.height() >= 18.0:
            painter.setPen(QColor(self.colours.text))
            painter.setFont(font(9))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(unit + 1))

    def _paint_badge(self, painter: QPainter, box: QRectF, state: int) -> None:
        radius = min(7.0, max(4.0, box.width() / 5))
        centre = box.topRight()
        painter.setPen(QPen(QColor(self.colours.surface), 1.2))
        painter.setBrush(QColor(self.colours.state(state)))
        painter.drawEllipse(centre, radius, radius)
        paint_mark(painter, centre, radius, state, QColor(self.colours.surface))

    def _paint_fold(self, painter: QPainter, scene: Scene, column: Column) -> None:
        left = column.total - column.shown
        stuck = scene.stuck_beyond(column)
        colour = self.colours.zero if stuck else self.colours.text
        text = f"+{left}" if left else "fold"
        if stuck:
            text += " ×" if stuck == left else f" ({stuck} ×)"
        painter.setFont(font(9, bold=True))
        wide = painter.fontMetrics().horizontalAdvance(text) + 12.0
        box = QRectF(column.x - wide / 2, (column.fold or 0.0) - 9.0, wide, 18.0)
        painter.setPen(QPen(QColor(self.colours.border), 1.0))
        painter.setBrush(QColor(self.colours.raised))
        painter.drawRoundedRect(box, 9.0, 9.0)
        painter.setPen(QColor(colour))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_biases(self, painter: QPainter, scene: Scene) -> None:
        sign, strength = scene.looks(self.diagram.biases)
        radius = self.diagram.bias_radius
        for place, kind, strong in zip(
            self.diagram.bias_places.tolist(), sign.tolist(), strength.tolist(), strict=True
        ):
            if kind == ZERO:
                painter.setPen(QPen(QColor(self.colours.zero), 1.4))
                painter.setBrush(QColor(self.colours.surface))
            else:
                painter.setPen(QPen(QColor(self.colours.surface), 1.0))
                painter.setBrush(self._shades[kind][strong])
            painter.drawEllipse(QPointF(*place), radius, radius)


def paint_mark(painter: QPainter, centre: QPointF, radius: float, state: int, colour: QColor) -> None:
    """Paint the mark of a state that is not active: flat a cross, starved a bar, saturated a bend."""
    reach = radius * 0.45
    painter.setPen(QPen(colour, max(1.2, radius / 4)))
    x, y = centre.x(), centre.y()
    if state == FLAT:
        painter.drawLine(QPointF(x - reach, y - reach), QPointF(x + reach, y + reach))
        painter.drawLine(QPointF(x - reach, y + reach), QPointF(x + reach, y - reach))
    elif state == STARVED:
        painter.drawLine(QPointF(x - reach * 1.2, y), QPointF(x + reach * 1.2, y))
    elif state == SATURATED:
        bend = [(-1.3, 0.8), (-0.3, 0.8), (0.3, -0.8), (1.3, -0.8)]
        painter.drawPolyline(QPolygonF([QPointF(x + reach * a, y + reach * b) for a, b in bend]))
