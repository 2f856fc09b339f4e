"""Paints the drawing of a network: edges by sign and size, nodes with what they compute, marks on stuck units."""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen

from stepviz.engine.common.arrays import Ints
from stepviz.probes.stuck_units import FLAT, STARVED
from stepviz.ui.core.theme import Colours, font
from stepviz.ui.instruments.network_diagram.labels import type_for
from stepviz.ui.instruments.network_diagram.layout import Column, Diagram
from stepviz.ui.instruments.network_diagram.scene import STRENGTHS, ZERO, Scene
from stepviz.ui.instruments.network_diagram.sprites import Stamps
from stepviz.ui.instruments.network_diagram.thumbnails import Pictures
from stepviz.ui.text.number_format import mix

MOST_EDGES = 1200
_FEW_EDGES = 150
_SMALL_NODE = 9.0


@dataclass
class DiagramPainter:
    """Paints scenes over one arrangement; what does not change between two scenes is made once."""

    diagram: Diagram
    colours: Colours
    pictures: Pictures
    lines: list[QLineF] = field(init=False)
    edges_left_out: int = 0
    _pitch: float = field(init=False)

    def __post_init__(self) -> None:
        points = type_for(self.diagram.width, self.diagram.height)
        self._face, self._bold = font(points), font(points, bold=True)
        across = [column.x for column in self.diagram.columns]
        self._pitch = min((after - before for before, after in pairwise(across)), default=self.diagram.width)
        # Wide dashes cost four times as much as narrow ones, and among many lines they only blot.
        self._widest_dash = 2.4 if len(self.diagram.edges) <= _FEW_EDGES else 1.0
        # On a large panel the lines must be seen from the last row too.
        self._thickness = min(max(self.diagram.height / 450.0, 1.0), 2.6)
        self._stamps = Stamps(self.colours)
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
        self.pictures.take(scene, [column.shown for column in self.diagram.columns])
        for column in self.diagram.columns:
            self._paint_nodes(painter, scene, column)
            if column.fold is not None:
                self._paint_fold(painter, scene, column)
        if self.diagram.bias_radius >= 2.5:
            self._paint_biases(painter, scene)

    def edge_pen(self, sign: int, strength: int, mode: str) -> QPen:
        """Return the pen of an edge: its colour the sign, its width the size; dashed where the gradient is 0."""
        width = (0.8 + 0.8 * strength) * self._thickness
        if sign != ZERO:
            pen = QPen(self._shades[sign][strength], width)
        else:
            pen = QPen(
                QColor(self.colours.zero), min(width, self._widest_dash) if mode == "weights" else self._thickness
            )
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
            self._stamps.frame(painter, box, state)

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
        if self.pictures.draw(painter, layer, unit, box):
            return
        painter.fillRect(box, QColor(self.colours.raised))
        if scene.units is not None and scene.state(layer, unit) is not None:
            # No picture: filled as high as the share of examples for which a gradient may pass.
            filled = box.height() * float(scene.units.active_share[layer][unit])
            painter.fillRect(
                QRectF(box.left(), box.bottom() - filled, box.width(), filled),
                mix(self.colours.raised, self.colours.active, 0.45),
            )
        if box.height() >= 18.0:
            painter.setPen(QColor(self.colours.text))
            painter.setFont(self._face)
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(unit + 1))

    def _paint_fold(self, painter: QPainter, scene: Scene, column: Column) -> None:
        stuck = scene.stuck_beyond(column)
        painter.setFont(self._bold)
        metrics, room = painter.fontMetrics(), self._pitch - 3.0
        texts = fold_texts(column.total - column.shown, stuck)
        text = next((text for text in texts if metrics.horizontalAdvance(text) + 12.0 <= room), "")
        wide = metrics.horizontalAdvance(text) + 12.0 if text else min(room, 10.0)
        high = metrics.height() + 3.0
        box = QRectF(column.x - wide / 2, (column.fold or 0.0) - high / 2, wide, high)
        painter.setPen(QPen(QColor(self.colours.border), 1.0))
        painter.setBrush(QColor(self.colours.raised))
        painter.drawRoundedRect(box, min(wide, high) / 2, min(wide, high) / 2)
        colour = QColor(self.colours.zero if stuck else self.colours.text)
        painter.setPen(colour)
        if text:
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
            return
        # Too many columns for any number: the dots that stand for «and so on»; the box under the pointer counts.
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour)
        for place in (-1, 0, 1):
            painter.drawEllipse(box.center() + QPointF(0.0, place * high / 4), 1.4, 1.4)

    def _paint_biases(self, painter: QPainter, scene: Scene) -> None:
        sign, strength = scene.looks(self.diagram.biases)
        radius = self.diagram.bias_radius
        for place, kind, strong in zip(
            self.diagram.bias_places.tolist(), sign.tolist(), strength.tolist(), strict=True
        ):
            colour = QColor(self.colours.zero) if kind == ZERO else self._shades[kind][strong]
            self._stamps.dot(painter, QPointF(*place), radius, colour, hollow=kind == ZERO)


def fold_texts(left: int, stuck: int) -> tuple[str, ...]:
    """Return how the ``left`` units that a fold leaves out may be counted, the most words first.

    The fewest do not say how many of them are ``stuck``: that some are, the colour says.
    """
    if not left:
        return ("fold",)
    if not stuck:
        return (f"+{left}",)
    return f"+{left}, all stuck" if stuck == left else f"+{left}, {stuck} stuck", f"+{left}"
