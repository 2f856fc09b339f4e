"""Axes of the painted plots: where numbers lie, round ticks and their texts, curves as polygons."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPen, QPolygonF

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text
from stepviz.ui.core.theme import Colours

TICK = 3.0
BAR, BAR_GAP = 11.0, 8.0
LEAST_BOX = 20.0
# A logarithmic axis that spans less is labelled like a linear one.
_NEARLY_EVEN = 3.0
_MOST_DECIMALS = 7
# Of a decade, the round numbers that an axis may end at: coarse enough that it seldom moves.
_ROUND = (1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0)


@dataclass(frozen=True, slots=True)
class Axis:
    """The numbers from ``low`` to ``high`` along one side of a plot; a logarithmic one needs ``low`` > 0."""

    low: float
    high: float
    label: str = ""
    logarithmic: bool = False

    def places(self, values: Array | float) -> Array:
        """Return where values lie: 0 at ``low``, 1 at ``high``; below the end of a logarithmic axis, at that end."""
        low, high = self.low, self.high
        numbers = np.asarray(values, dtype=np.float64)
        if self.logarithmic:
            low, high = math.log10(low), math.log10(high)
            numbers = np.log10(np.maximum(numbers, self.low))
        places: Array = (numbers - low) / ((high - low) or 1.0)
        return places

    def value(self, place: float) -> float:
        """Return the number at a place (0 to 1)."""
        if self.logarithmic:
            return float(self.low * (self.high / self.low) ** place)
        return self.low + place * (self.high - self.low)

    def ticks(self, count: float) -> list[tuple[float, str]]:
        """Return about ``count`` round ticks or fewer: their places (0 to 1) and texts."""
        values = log_ticks(self.low, self.high, count) if self.logarithmic else round_ticks(self.low, self.high, count)
        uneven = self.logarithmic and self.high > _NEARLY_EVEN * self.low
        texts = [number_text(value) for value in values] if uneven else tick_texts(values)
        return list(zip(self.places(np.array(values)).tolist(), texts, strict=True))


@dataclass(frozen=True, slots=True)
class Plot:
    """A box on a widget with an axis along each direction."""

    box: QRectF
    across: Axis
    up: Axis

    def points(self, x: Array, y: Array) -> Array:
        """Return the places (points, 2) on the widget of numbers ``x`` and ``y`` (points,)."""
        left = self.box.left() + self.across.places(x) * self.box.width()
        top = self.box.bottom() - self.up.places(y) * self.box.height()
        return np.stack([left, top], axis=-1)

    def polygon(self, x: Array, y: Array) -> QPolygonF:
        """Return a curve; what lies far outside the box is brought near it, since painters dislike huge numbers."""
        points = self.points(x, y)
        width, height = self.box.width(), self.box.height()
        low = (self.box.left() - 2 * width, self.box.top() - 2 * height)
        high = (self.box.right() + 2 * width, self.box.bottom() + 2 * height)
        polygon: QPolygonF = pg.functions.arrayToQPolygonF(*np.clip(points, low, high).T)
        return polygon


def draw_curve(painter: QPainter, curve: QPolygonF, colour: str | QColor, *, bold: bool = True) -> None:
    """Draw a smooth curve, two pixels wide if ``bold``.

    As four curves of one pixel side by side: Qt draws those twenty times as fast as one of two pixels.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colour), 1))
    for aside, down in ((-0.5, -0.5), (0.5, -0.5), (-0.5, 0.5), (0.5, 0.5)) if bold else ((0.0, 0.0),):
        painter.translate(aside, down)
        painter.drawPolyline(curve)
        painter.translate(-aside, -down)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def round_ticks(low: float, high: float, count: float) -> list[float]:
    """Return multiples of 1, 2 or 5 times a power of ten between ``low`` and ``high``, about ``count`` or fewer."""
    span = high - low
    if not span > 0 or not math.isfinite(span):
        return [low]
    rough = span / max(1.0, count)
    decade = 10.0 ** math.floor(math.log10(rough))
    step = next(factor * decade for factor in (1, 2, 5, 10) if factor * decade >= rough * (1 - 1e-9))
    first, last = math.ceil(low / step - 1e-6), math.floor(high / step + 1e-6)
    return [place * step for place in range(first, last + 1)]


def log_ticks(low: float, high: float, count: float) -> list[float]:
    """Return round numbers between ``low`` and ``high``, both above 0: powers of ten, and where there is room, more."""
    first, last = math.floor(math.log10(low)), math.ceil(math.log10(high))
    for factors in ((1, 2, 3, 5), (1, 2, 5), (1, 3), (1,)):
        found = [factor * 10.0**power for power in range(first, last + 1) for factor in factors]
        inside = [value for value in found if low * (1 - 1e-9) <= value <= high * (1 + 1e-9)]
        if len(inside) <= count:
            break
    if len(inside) < 2:
        return round_ticks(low, high, count)
    every = max(1, math.ceil(len(inside) / max(1.0, count)))
    return inside[::-1][::every][::-1]


def tick_texts(values: list[float]) -> list[str]:
    """Return the texts of evenly spaced ticks, all with as many decimals as the spacing needs."""
    largest = max(map(abs, values), default=0.0)
    spacing = values[1] - values[0] if len(values) > 1 else largest
    decimals = max(0, -math.floor(math.log10(spacing) + 1e-9)) if spacing > 0 else 0
    if largest >= 1e5 or decimals > _MOST_DECIMALS:
        return [number_text(value, digits_between(largest - spacing, largest)) for value in values]
    return [f"{value + 0.0:,.{decimals}f}".replace("-", "\u2212") for value in values]


def digits_between(low: float, high: float) -> int:
    """Return how many digits two numbers need to be told apart on the screen; at least 3."""
    largest, apart = max(abs(low), abs(high)), abs(high - low)
    if not 0 < apart < math.inf:
        return 3
    return max(3, min(9, math.ceil(math.log10(largest / apart)) + 2))


def round_up(value: float) -> float:
    """Return the next round number at or above a positive one."""
    decade = 10.0 ** math.floor(math.log10(value))
    return next(factor * decade for factor in _ROUND if factor * decade >= value * (1 - 1e-9))


def round_down(value: float) -> float:
    """Return the next round number at or below a positive one."""
    decade = 10.0 ** math.floor(math.log10(value))
    return next(factor * decade for factor in reversed(_ROUND) if factor * decade <= value * (1 + 1e-9))


def lay_out(area: QRectF, across: Axis, up: Axis, metrics: QFontMetricsF, *, square: bool = False) -> Plot:
    """Return the plot that fills ``area`` and leaves room for ticks and labels; ``square`` at the area's left top."""
    line = metrics.height()
    low = line + TICK + 2 + (line if across.label else 0)
    height = max(LEAST_BOX, area.height() - low - line / 2)
    texts = [text for _, text in up.ticks(_tick_count(height, 2.2 * line))]
    left = max(map(metrics.horizontalAdvance, texts), default=0.0) + TICK + 4 + (line if up.label else 0)
    # Half of the last tick's text stands out at the right.
    width = max(LEAST_BOX, area.width() - left - metrics.horizontalAdvance("00"))
    if square:
        width = height = min(width, height)
    # On whole pixels, so that frames and pictures are sharp.
    top = round(area.top() + line / 2)
    return Plot(QRectF(round(area.left() + left), top, int(width), int(height)), across, up)


def paint_axes(
    painter: QPainter, plot: Plot, colours: Colours, *, grid: bool = True, ticks_across: bool = True
) -> None:
    """Paint frame, grid, ticks and labels around the box of a plot, in the painter's font."""
    metrics, box = QFontMetricsF(painter.font()), plot.box
    line, middle = metrics.height(), Qt.AlignmentFlag.AlignCenter
    pen_grid, pen_frame = QPen(QColor(colours.grid), 1), QPen(QColor(colours.border), 1)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    widest = 0.0
    for place, text in plot.up.ticks(_tick_count(box.height(), 2.2 * line)):
        y = box.bottom() - place * box.height()
        painter.setPen(pen_grid)
        painter.drawLine(QPointF(box.left() - TICK, y), QPointF(box.right() if grid else box.left(), y))
        painter.setPen(QColor(colours.muted))
        wide = metrics.horizontalAdvance(text)
        widest = max(widest, wide)
        painter.drawText(QRectF(box.left() - TICK - 3 - wide, y - line / 2, wide + 1, line), middle, text)
    if ticks_across:
        _paint_ticks_across(painter, plot, colours, grid)
    painter.setPen(pen_frame)
    painter.drawRect(box)
    painter.setPen(QColor(colours.muted))
    if plot.across.label:
        below = QRectF(box.left(), box.bottom() + TICK + 1 + line, box.width(), line)
        painter.drawText(below, middle, fitting(plot.across.label, metrics, box.width()))
    if plot.up.label:
        painter.save()
        painter.translate(box.left() - TICK - 5 - widest - line / 2, box.center().y())
        painter.rotate(-90)
        beside = QRectF(-box.height() / 2, -line / 2, box.height(), line)
        painter.drawText(beside, middle, fitting(plot.up.label, metrics, box.height()))
        painter.restore()


def bar_room(axis: Axis, height: float, metrics: QFontMetricsF) -> float:
    """Return the width that ``paint_bar`` takes beside a plot of about this height."""
    texts = (text for _, text in axis.ticks(_bar_ticks(height, metrics)))
    return BAR_GAP + BAR + TICK + 4 + max(map(metrics.horizontalAdvance, texts), default=0.0)


def paint_bar(painter: QPainter, box: QRectF, axis: Axis, table: NDArray[np.uint32], colours: Colours) -> None:
    """Paint the scale of the colours ``table`` (256,) 0xaarrggbb right of ``box``, with its numbers."""
    metrics = QFontMetricsF(painter.font())
    bar = QRectF(box.right() + BAR_GAP, box.top(), BAR, box.height())
    column = np.ascontiguousarray(table[::-1])
    painter.drawImage(bar, QImage(column.data, 1, len(column), 4, QImage.Format.Format_RGB32))
    painter.setPen(QPen(QColor(colours.border), 1))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.drawRect(bar)
    painter.setPen(QColor(colours.muted))
    for place, text in axis.ticks(_bar_ticks(bar.height(), metrics)):
        y = bar.bottom() - place * bar.height()
        painter.drawLine(QPointF(bar.right(), y), QPointF(bar.right() + TICK, y))
        painter.drawText(QPointF(bar.right() + TICK + 3, y + metrics.capHeight() / 2), text)


def _bar_ticks(height: float, metrics: QFontMetricsF) -> float:
    return max(2.0, height / (2.0 * metrics.height()))


def fitting(text: str, metrics: QFontMetricsF, width: float) -> str:
    """Return as much of a text as fits: without what stands in brackets at its end, then cut off."""
    if metrics.horizontalAdvance(text) > width:
        text = text.partition(" (")[0]
    return metrics.elidedText(text, Qt.TextElideMode.ElideRight, width)


def _tick_count(length: float, room: float) -> float:
    return max(2.0, length / room)


def _paint_ticks_across(painter: QPainter, plot: Plot, colours: Colours, grid: bool) -> None:
    metrics, box = QFontMetricsF(painter.font()), plot.box
    free = -math.inf
    for place, text in plot.across.ticks(_tick_count(box.width(), metrics.horizontalAdvance("\u22120.000"))):
        x, wide = box.left() + place * box.width(), metrics.horizontalAdvance(text)
        painter.setPen(QPen(QColor(colours.grid), 1))
        painter.drawLine(QPointF(x, box.top() if grid else box.bottom()), QPointF(x, box.bottom() + TICK))
        if x - wide / 2 >= free:
            painter.setPen(QColor(colours.muted))
            under = QRectF(x - wide / 2, box.bottom() + TICK + 1, wide + 1, metrics.height())
            painter.drawText(under, Qt.AlignmentFlag.AlignCenter, text)
            free = x + wide / 2 + 4
