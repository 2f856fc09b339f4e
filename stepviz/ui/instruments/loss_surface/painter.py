"""How a loss surface is painted: colours, isolines, hatched flats, the path with its start and its present end."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import numpy as np
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QBrush, QColor, QPainter, QPen, QPixmap, QPolygonF

from stepviz.engine.common.arrays import Array, Bools
from stepviz.probes.loss_surface import LossSurface
from stepviz.runtime.history import Mark
from stepviz.ui.core.theme import Colours
from stepviz.ui.instruments.loss_surface.image import flat_cells, isolines, rectangles, surface_image
from stepviz.ui.plotting.axes import Axis, Plot, draw_curve

# What lies on the map is in colours that every part of the map contrasts with, in both themes.
INK, PAPER, NOW = QColor("#101010"), QColor("#ffffff"), QColor("#d55e00")
Sign = Literal["flat", "start", "change", "off", "now", "left"]
# Where the map shows another loss than the path had, by so much of it, its point is marked.
OFF = 0.1
_HATCH = 10
# A path left behind: dotted.
LEFT = (QPen(INK, 3.0, Qt.PenStyle.SolidLine), QPen(PAPER, 2.0, Qt.PenStyle.DotLine))


def paint_surface(painter: QPainter, plot: Plot, surface: LossSurface, colours: Axis, *, smooth: bool) -> None:
    """Paint the losses into a plot, wherever the grid lies in it.

    ``smooth``: mix the colours between grid points. A surface with jumps must not be mixed: it would look sloped.
    """
    half_a, half_b = (np.ptp(grid) / (len(grid) - 1) / 2 for grid in (surface.alpha, surface.beta))
    ends = np.array([surface.alpha[0] - half_a, surface.alpha[-1] + half_a])
    heights = np.array([surface.beta[0] - half_b, surface.beta[-1] + half_b])
    (left, bottom), (right, top) = plot.points(ends, heights)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, smooth)
    painter.drawImage(QRectF(left, top, right - left, bottom - top), surface_image(surface.loss, colours))
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, False)


def paint_isolines(painter: QPainter, plot: Plot, surface: LossSurface, colours: Axis) -> None:
    """Paint lines of equal loss, between the same colours in every picture."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for segments, ink in zip(isolines(surface.loss, colours), (PAPER, INK), strict=True):
        points = _on_grid(plot, surface, segments)
        lines = PrimitiveArray(QLineF, 4)
        lines.resize(len(points))
        lines.ndarray()[:] = points.reshape(-1, 4)
        faint = QColor(ink)
        faint.setAlpha(110)
        painter.setPen(QPen(faint, 1))
        painter.drawLines(*lines.drawargs())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_flats(painter: QPainter, plot: Plot, surface: LossSurface, theme: Colours) -> None:
    """Hatch the cells that are exactly flat, in the colour of exact zeros."""
    areas = rectangles(flat_cells(surface.loss))
    if not len(areas):
        return
    low = _on_grid(plot, surface, areas[:, :2].astype(float))
    high = _on_grid(plot, surface, areas[:, 2:].astype(float))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(hatching(theme, painter.device().devicePixelRatioF()))
    painter.setBrushOrigin(plot.box.topLeft())
    painter.drawRects([QRectF(QPointF(*start), QPointF(*end)) for start, end in zip(low, high, strict=True)])


def paint_path(painter: QPainter, plot: Plot, surface: LossSurface, marks: Sequence[Mark], theme: Colours) -> None:
    """Paint the path walked, its start, where something was changed, the present, and faintly a path left behind."""
    path, size = surface.path, 5.0 * min(1.6, max(1.0, plot.box.width() / 400))
    if len(surface.left) > 1:
        _paint_left(painter, plot.polygon(surface.left[:, 0], surface.left[:, 1]))
    if len(path) > 1:
        # It ends where the network was when the losses were measured.
        curve = plot.polygon(np.append(path[:, 0], surface.here[0]), np.append(path[:, 1], surface.here[1]))
        for aside, down in ((-1.2, 0.0), (1.2, 0.0), (0.0, -1.2), (0.0, 1.2)):
            painter.translate(aside, down)
            draw_curve(painter, curve, INK, bold=False)
            painter.translate(-aside, -down)
        draw_curve(painter, curve, PAPER)
        paint_sign(painter, "start", QPointF(*plot.points(path[0, 0], path[0, 1])), size, theme)
        for place in places_off(plot, surface):
            paint_sign(painter, "off", place, 0.55 * size, theme)
    for place in mark_places(plot, surface, marks):
        paint_sign(painter, "change", place, size, theme)
    alpha, beta = (np.array(at) for at in surface.here)
    paint_sign(painter, "now", QPointF(*plot.points(alpha, beta)), size + 1, theme)


def _paint_left(painter: QPainter, curve: QPolygonF) -> None:
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    for pen in LEFT:
        painter.setPen(pen)
        painter.drawPolyline(curve)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_sign(painter: QPainter, sign: Sign, middle: QPointF, size: float, theme: Colours) -> None:
    """Paint a sign of the map, ``size`` units from its middle to its edge."""
    square = QRectF(middle.x() - size, middle.y() - size, 2 * size, 2 * size)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(INK, 1.5))
    painter.setBrush(PAPER)
    match sign:
        case "flat":
            painter.setPen(QPen(QColor(theme.border), 1))
            painter.setBrush(QColor(theme.raised))
            painter.drawRect(square)
            painter.setBrush(hatching(theme, painter.device().devicePixelRatioF()))
            painter.setBrushOrigin(square.topLeft())
            painter.drawRect(square)
        case "start":
            inner = square.adjusted(size / 4, size / 4, -size / 4, -size / 4)
            painter.drawRect(inner)
            painter.setBrush(INK)
            painter.drawRect(inner.adjusted(size / 2, size / 2, -size / 2, -size / 2))
        case "change":
            corners = ((-size, 0.0), (0.0, -size), (size, 0.0), (0.0, size))
            painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
        case "off":
            painter.drawEllipse(square)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(INK)
            painter.drawEllipse(middle, 0.45 * size, 0.45 * size)
        case "left":
            _paint_left(painter, QPolygonF([middle - QPointF(size, 0.0), middle + QPointF(size, 0.0)]))
        case "now":
            painter.drawEllipse(square)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(NOW)
            painter.drawEllipse(middle, 0.6 * size, 0.6 * size)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def mark_places(plot: Plot, surface: LossSurface, marks: Sequence[Mark]) -> list[QPointF]:
    """Return where on the path each mark lies: at the first point that was recorded at its step or later."""
    steps = surface.path_steps
    if not len(steps):
        return []
    nearest = np.minimum(np.searchsorted(steps, [mark.step for mark in marks]), len(steps) - 1)
    return [QPointF(*place) for place in plot.points(surface.path[nearest, 0], surface.path[nearest, 1])]


def places_off(plot: Plot, surface: LossSurface) -> list[QPointF]:
    """Return where points of the path lie whose true loss is another than the map shows there."""
    chosen = surface.path[surface.checked[shown_wrongly(surface)]]
    return [QPointF(*place) for place in plot.points(chosen[:, 0], chosen[:, 1])]


def shown_wrongly(surface: LossSurface) -> Bools:
    """Return at which of the points checked (k,) the map shows another loss than the network there has."""
    true, shown = surface.true_loss.astype(np.float64), surface.shown_loss.astype(np.float64)
    with np.errstate(invalid="ignore"):
        off: Bools = np.abs(shown - true) > OFF * np.maximum(np.abs(true), np.abs(shown))
    return off


def hatching(theme: Colours, ratio: float) -> QBrush:
    """Return the brush of exact flatness: slanted lines, for a device with ``ratio`` pixels per unit."""
    tile = QPixmap(round(_HATCH * ratio), round(_HATCH * ratio))
    tile.setDevicePixelRatio(ratio)
    tile.fill(Qt.GlobalColor.transparent)
    painter = QPainter(tile)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    halo = QColor(PAPER)
    halo.setAlpha(150)
    for pen in (QPen(halo, 3.2), QPen(QColor(theme.zero), 1.8)):
        painter.setPen(pen)
        for shift in (-_HATCH, 0, _HATCH):
            painter.drawLine(QPointF(shift - 2, _HATCH + 2), QPointF(shift + _HATCH + 2, -2))
    painter.end()
    return QBrush(tile)


def _on_grid(plot: Plot, surface: LossSurface, places: Array) -> Array:
    """Return points of the widget (..., 2) for places (..., 2) on the grid, in (column, row)."""
    alpha, beta = surface.alpha, surface.beta
    width, height = (np.ptp(grid) / (len(grid) - 1) for grid in (alpha, beta))
    return plot.points(alpha[0] + places[..., 0] * width, beta[0] + places[..., 1] * height)
