"""The two plots of a slice, one above the other: the loss along the line, and its slopes."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.common.number_format import measured_text, number_text
from stepviz.probes.slice import Slice
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.plotting.axes import Axis, Plot, draw_curve, lay_out, paint_axes

ROOM_FOR_LABELS = 210
# Of the differences the largest are cut off: one jump would press all else to the line.
USUAL = 0.98
ZOOM = 1.25


class SlicePlot(QWidget):
    """Paints a Slice. ``zoomed`` carries a factor by which the span is to become smaller."""

    zoomed = Signal(float)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.slice: Slice | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Loss and slopes along a line")

    def show_slice(self, found: Slice | None) -> None:
        """Show another slice, or none."""
        self.slice = found
        self.update()

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self.setFont(font(points, tabular=True))

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which two plots can be read."""
        return QSize(180, 110)

    def plots(self) -> tuple[Plot, Plot]:
        """Return where the loss and where the slopes are painted; their boxes begin and end at the same places."""
        assert self.slice is not None
        found, metrics = self.slice, QFontMetricsF(self.font())
        labels = self.height() >= ROOM_FOR_LABELS
        line = metrics.height()
        across = Axis(float(found.alpha[0]), float(found.alpha[-1]), found.name if labels else "")
        bare = Axis(across.low, across.high)
        top = (self.height() - 2 * line) * 0.56
        upper = lay_out(QRectF(1, 0, self.width() - 2, top + 1.5 * line), bare, self._loss_axis(labels), metrics)
        area = QRectF(1, upper.box.bottom() + 0.6 * line, self.width() - 2, 0)
        area.setBottom(self.height() - 1)
        lower = lay_out(area, across, self._slope_axis(labels), metrics)
        left, right = max(upper.box.left(), lower.box.left()), min(upper.box.right(), lower.box.right())
        boxes = (QRectF(left, plot.box.top(), right - left, plot.box.height()) for plot in (upper, lower))
        return Plot(next(boxes), bare, upper.up), Plot(next(boxes), across, lower.up)

    def _loss_axis(self, labels: bool) -> Axis:
        assert self.slice is not None
        finite = self.slice.loss[np.isfinite(self.slice.loss)]
        low, high = (float(finite.min()), float(finite.max())) if len(finite) else (0.0, 1.0)
        margin = 0.06 * (high - low) or 0.05 * abs(high) or 0.5
        return Axis(low - margin, high + margin, "loss" if labels else "")

    def _slope_axis(self, labels: bool) -> Axis:
        assert self.slice is not None
        found = self.slice
        sizes = np.abs(np.concatenate([found.slope, found.true_slope]))
        differences = np.abs(found.difference)[np.isfinite(found.difference)]
        highest = float(sizes[np.isfinite(sizes)].max(initial=0.0))
        usual = float(np.quantile(differences, USUAL)) if len(differences) else 0.0
        reach = 1.15 * max(highest, usual) or float(differences.max(initial=0.0)) or 1.0
        return Axis(-reach, reach, "slope" if labels else "")

    # What is under the mouse

    def describe(self, place: QPointF) -> str:
        """Return the numbers of the point of the line over which ``place`` is, in words; empty outside."""
        if self.slice is None:
            return ""
        box, found = self.plots()[0].box, self.slice
        if not box.left() <= place.x() <= box.right():
            return ""
        share = (place.x() - box.left()) / box.width()
        point = min(len(found.alpha) - 1, round(share * (len(found.alpha) - 1)))
        between = min(point, len(found.difference) - 1)
        lines = [
            f"{number_text(float(found.alpha[point]), 4)} from here",
            f"loss {measured_text(float(found.loss[point]), 5)}",
            f"slope by backpropagation: {measured_text(float(found.slope[point]))}",
        ]
        if found.by_rule:
            lines.append(f"true slope: {measured_text(float(found.true_slope[point]))}")
        lines.append(f"difference to the next point, per length: {measured_text(float(found.difference[between]))}")
        return "\n".join(lines)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the numbers under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position()), self)

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Ask for a nearer or a wider line: the losses are computed anew."""
        self.zoomed.emit(ZOOM ** (event.angleDelta().y() / 120))

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint both plots."""
        painter, colours = QPainter(self), self.theme.colours
        painter.setFont(self.font())
        if self.slice is None:
            painter.setPen(QColor(colours.muted))
            words = "The loss along a line through the present weights appears here"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            painter.end()
            return
        upper, lower = self.plots()
        paint_axes(painter, upper, colours, ticks_across=False)
        paint_axes(painter, lower, colours)
        for plot in (upper, lower):
            self._paint_here(painter, plot)
        self._paint_loss(painter, upper, self.slice)
        self._paint_slopes(painter, lower, self.slice)
        painter.end()

    def _paint_here(self, painter: QPainter, plot: Plot) -> None:
        if plot.across.low <= 0.0 <= plot.across.high:
            x = plot.box.left() + float(plot.across.places(0.0)) * plot.box.width()
            painter.setPen(QPen(QColor(self.theme.colours.mark), 1, Qt.PenStyle.DashLine))
            painter.drawLine(QPointF(x, plot.box.top()), QPointF(x, plot.box.bottom()))

    def _paint_loss(self, painter: QPainter, plot: Plot, found: Slice) -> None:
        colours = self.theme.colours
        painter.save()
        painter.setClipRect(plot.box)
        jumps = _jumps(found)
        for part in np.split(np.arange(len(found.loss)), jumps + 1):
            # A tread between two jumps, drawn to the middle of either: where in between it jumps is not known.
            alpha, loss = _to_the_middle(found, part)
            known = np.isfinite(loss)
            if known.any():
                draw_curve(painter, plot.polygon(alpha[known], loss[known]), colours.train)
        painter.setPen(QPen(QColor(colours.muted), 1, Qt.PenStyle.DotLine))
        middles = (found.alpha[jumps] + found.alpha[jumps + 1]) / 2
        for x, ends in zip(middles, np.stack([found.loss[jumps], found.loss[jumps + 1]], axis=1), strict=True):
            if np.isfinite(ends).all():
                painter.drawLine(*(QPointF(*point) for point in plot.points(np.array([x, x]), ends).tolist()))
        painter.restore()
        if np.isfinite(found.here):
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setPen(QPen(QColor(colours.surface), 1.5))
            painter.setBrush(QColor(colours.accent))
            centre = plot.points(np.array([0.0]), np.array([found.here]))[0]
            if plot.box.adjusted(-1, -1, 1, 1).contains(QPointF(*centre.tolist())):
                painter.drawEllipse(QPointF(*centre.tolist()), 5.0, 5.0)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)

    def _paint_slopes(self, painter: QPainter, plot: Plot, found: Slice) -> None:
        colours = self.theme.colours
        painter.save()
        painter.setClipRect(plot.box.adjusted(0, -1, 0, 1))
        middles = (found.alpha[1:] + found.alpha[:-1]) / 2
        known = np.isfinite(found.difference)
        draw_curve(painter, plot.polygon(middles[known], found.difference[known]), colours.muted, bold=False)
        if found.by_rule:
            self._paint_slope(painter, plot, found.alpha, found.true_slope, colours.train)
        self._paint_slope(painter, plot, found.alpha, found.slope, colours.test)
        painter.restore()

    def _paint_slope(self, painter: QPainter, plot: Plot, alpha: Array, slope: Array, colour: str) -> None:
        known = np.isfinite(slope)
        if not known.any():
            return
        exactly_zero = not slope[known].any()
        ends = [0, -1] if exactly_zero else slice(None)
        curve = plot.polygon(alpha[known][ends], slope[known][ends])
        if exactly_zero:
            painter.setPen(QPen(QColor(self.theme.colours.zero), 4))
            painter.drawPolyline(curve)
        else:
            draw_curve(painter, curve, colour)


def _jumps(found: Slice) -> Ints:
    """Return the places (jumps,) i between whose points i and i + 1 the loss jumps: both sides are exactly level."""
    if not found.plateaus:
        return np.empty(0, dtype=np.int64)
    moved = found.loss[1:] != found.loss[:-1]
    level = np.concatenate([[False], ~moved, [False]])
    jumps: Ints = np.flatnonzero(moved & (level[:-2] | level[2:]))
    return jumps


def _to_the_middle(found: Slice, part: Ints) -> tuple[Array, Array]:
    half = (found.alpha[1] - found.alpha[0]) / 2
    alpha, loss = found.alpha[part], found.loss[part]
    before = [alpha[0] - half] if part[0] > 0 else [alpha[0]]
    after = [alpha[-1] + half] if part[-1] < len(found.alpha) - 1 else [alpha[-1]]
    return np.concatenate([before, alpha, after]), np.concatenate([loss[:1], loss, loss[-1:]])
