"""An activation and what the backward pass uses for its derivative, over the histogram of pre-activations."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen, QPixmap, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.engine.common.arrays import Array, Bools
from stepviz.engine.common.number_format import measured_text, number_text, share_text
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.probes.activation import HIGHEST, LOWEST
from stepviz.probes.findings.words import inside
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.plotting.activation_curves import Curve, is_zero, sample, split_zeros
from stepviz.ui.plotting.axes import round_ticks
from stepviz.ui.plotting.export_mode import is_exporting
from stepviz.ui.text.number_format import mix

# What grows without bound is cut here: the bend near 0 is what matters.
MOST_VALUE, MOST_DERIVATIVE = 2.0, 12.0
# A sample in the legend, in heights of a line.
SAMPLE = 1.2
ROOM_FOR_WORDS = 96


@dataclass(frozen=True, slots=True)
class Counts:
    """Shares of all pre-activations: per bin (bins,), and of those outside the bins."""

    shares: Array
    below: float
    above: float


class CurveView(QWidget):
    """Paints f (solid), f' or its stand-in (dashed), and the histogram; what has derivative 0 in the colour of zero."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._function: UnitFunction | None = None
        self._value = self._derivative = Curve(np.empty(0), np.empty(0))
        self._zeros: Bools = np.zeros(0, dtype=np.bool_)
        self._counts: Counts | None = None
        self._legend: list[tuple[str, str]] = []
        self._range = (-1.0, 1.0)
        self._reach = (float(LOWEST), float(HIGHEST))
        self._over: QPixmap | None = None
        self._over_key: tuple[object, ...] = ()
        self._box = QRectF()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Activation, derivative and pre-activations")

    def show_function(self, function: UnitFunction, values: tuple[float, ...], edges: Array, precision: str) -> None:
        """Show an activation with these values of its parameters; ``edges`` (bins + 1,) are those of the histogram."""
        kinks = function.activation.kinks(values)
        self._function = function
        low, high = self._reach = float(edges[0]), float(edges[-1])
        self._value = sample(function.activation.value, values, low, high, kinks)
        used, its_values = function.activation.derivative, values
        if function.rule.derivative is not None:
            used, its_values, kinks = function.rule.derivative, function.rule_values, (0.0,)
        self._derivative = sample(used, its_values, low, high, kinks, self._value.z)
        self._zeros = is_zero(used, its_values, edges, precision)
        self._range = _range_of(self._value.y, self._derivative.y)
        # Of all z, also of those that the picture does not reach.
        largest = function.activation.largest_derivative(values)
        self._legend = [("solid", f"f: {function.activation.label}"), ("dashed", _name_derivative(function, largest))]
        if self._zeros.any():
            what = "f′" if function.has_true_derivative else "the stand-in"
            self._legend.append(("zero", f"z where {what} is exactly 0"))
        norm = function.normalization
        after = "" if norm.axis is None else f" after {inside(norm.label)}"
        self._legend.insert(2, ("bars", f"pre-activations z{after}"))
        self._over = None
        self.update()

    def show_counts(self, counts: Counts | None) -> None:
        """Show another histogram, or none."""
        self._counts = counts
        self.update()

    def say_learned(self, values: str) -> None:
        """Say beside the name of the activation which values of its parameters were learned; nothing if empty."""
        if values:
            kind, name = self._legend[0]
            self._legend[0] = (kind, f"{name}, learned {values}")
            self.update()

    @property
    def legend(self) -> str:
        """Return the legend in words."""
        return "; ".join(text for _, text in self._legend)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return a size at which the curves can be told apart."""
        return QSize(200, 56)

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the histogram, and over it what changes only with the settings."""
        if self._function is None:
            return
        ratio = self.devicePixelRatioF()
        key = (self.size().toTuple(), ratio, self.theme.colours, self.font().key())
        if self._over is None or key != self._over_key:
            self._over_key = key
            self._over = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._over.setDevicePixelRatio(ratio)
            self._over.fill(Qt.GlobalColor.transparent)
            over = QPainter(self._over)
            self._paint_over(over)
            over.end()
        painter = QPainter(self)
        painter.setFont(self.font())
        painter.fillRect(self._box, QColor(self.theme.colours.raised))
        if self._counts is not None:
            self._paint_counts(painter, self._box, self._counts)
        if is_exporting():
            painter.save()
            self._paint_over(painter)
            painter.restore()
        else:
            painter.drawPixmap(0, 0, self._over)
        if self._counts is not None:
            self._paint_outside(painter, self._box, self._counts)
        painter.end()

    def _paint_over(self, painter: QPainter) -> None:
        painter.setFont(self.font())
        metrics = QFontMetricsF(self.font())
        top = self._paint_legend(painter, metrics) if self.height() >= ROOM_FOR_WORDS else 2.0
        left = metrics.horizontalAdvance("−0.5") + 8
        self._box = box = QRectF(left, top, self.width() - left - 6, self.height() - top - metrics.height() - 3)
        self._paint_axes(painter, box, metrics)
        painter.setClipRect(box)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_curves(painter, box)

    def _paint_legend(self, painter: QPainter, metrics: QFontMetricsF) -> float:
        """Paint the legend from the top left, in as many lines as it takes; return where it ends."""
        colours = self.theme.colours
        x, y, line = 4.0, 0.0, metrics.height() + 1
        # As long beside large type as beside small.
        sample = max(20.0, SAMPLE * metrics.height())
        for kind, text in self._legend:
            wide = 1.3 * sample + metrics.horizontalAdvance(text)
            if x > 4 and x + wide > self.width():
                x, y = 4.0, y + line
            middle = y + line / 2
            if kind in ("bars", "zero"):
                colour = colours.zero if kind == "zero" else self._bar_colour().name()
                chip = QRectF(x + 0.2 * sample, middle - sample / 4, 0.7 * sample, sample / 2)
                painter.fillRect(chip, QColor(colour))
            else:
                painter.setPen(self._pen(dashed=kind == "dashed", zero=bool(self._zeros.all())))
                painter.drawLine(QPointF(x, middle), QPointF(x + sample, middle))
            painter.setPen(QColor(colours.text))
            painter.drawText(QRectF(x + 1.2 * sample, y, self.width(), line), Qt.AlignmentFlag.AlignVCenter, text)
            x += wide + 0.6 * sample
        return y + line + 3

    def _pen(self, *, dashed: bool, zero: bool = False) -> QPen:
        colours = self.theme.colours
        if not dashed:
            return QPen(QColor(colours.accent), 2.6)
        pen = QPen(QColor(colours.zero if zero else colours.test), 2.4)
        pen.setDashPattern([4, 2.5])
        return pen

    def _bar_colour(self) -> QColor:
        colours = self.theme.colours
        return mix(colours.surface, colours.muted, 0.5)

    def _paint_counts(self, painter: QPainter, box: QRectF, counts: Counts) -> None:
        largest = float(counts.shares.max())
        if largest == 0 or len(self._zeros) != len(counts.shares):
            return
        wide = box.width() / len(counts.shares)
        plain, zero = self._bar_colour(), QColor(self.theme.colours.zero)
        for place in np.flatnonzero(counts.shares).tolist():
            high = max(1.5, float(counts.shares[place]) / largest * box.height() * 0.92)
            bar = QRectF(box.left() + place * wide, box.bottom() - high, max(1.0, wide - 0.5), high)
            painter.fillRect(bar, zero if self._zeros[place] else plain)

    def _paint_outside(self, painter: QPainter, box: QRectF, counts: Counts) -> None:
        """Paint how much lies beyond the ends of the axis, where any does."""
        metrics = QFontMetricsF(painter.font())
        for share, text, left in ((counts.below, "◂ {}", True), (counts.above, "{} ▸", False)):
            if share:
                words = text.format(share_text(share))
                wide = metrics.horizontalAdvance(words) + 6
                label = QRectF(box.left() if left else box.right() - wide, box.top(), wide, metrics.height())
                painter.fillRect(label, QColor(self.theme.colours.raised))
                painter.setPen(QColor(self.theme.colours.text))
                painter.drawText(label, Qt.AlignmentFlag.AlignCenter, words)

    def _paint_axes(self, painter: QPainter, box: QRectF, metrics: QFontMetricsF) -> None:
        colours, (low, high) = self.theme.colours, self._range
        painter.setPen(QPen(QColor(colours.border), 1))
        middle = self._place(box, 0, 0).x()
        painter.drawLine(QPointF(middle, box.top()), QPointF(middle, box.bottom()))
        ticks = _value_ticks(low, high, box.height() / (2.2 * metrics.height()))
        for value in ticks:
            y = self._place(box, 0, value).y()
            painter.drawLine(QPointF(box.left(), y), QPointF(box.right(), y))
        painter.setPen(QColor(colours.muted))
        for value in ticks:
            y = self._place(box, 0, value).y()
            label = QRectF(0, y - metrics.height() / 2, box.left() - 5, metrics.height())
            painter.drawText(label, Qt.AlignmentFlag.AlignRight, f"{value:g}".replace("-", "−"))
        least, most = self._reach
        for z in round_ticks(least, most, 12 if box.width() > 380 else 6):
            if least < z < most:
                x = self._place(box, z, 0).x()
                half = metrics.horizontalAdvance(number_text(z)) / 2 + 1
                label = QRectF(x - half, box.bottom() + 1, 2 * half, metrics.height())
                if x + half < box.right() - 2 * metrics.horizontalAdvance("z"):
                    painter.drawText(label, Qt.AlignmentFlag.AlignHCenter, number_text(z))
        painter.drawText(
            QRectF(box.left(), box.bottom() + 1, box.width(), metrics.height()), Qt.AlignmentFlag.AlignRight, "z"
        )

    def _paint_curves(self, painter: QPainter, box: QRectF) -> None:
        zero_part, other_part = split_zeros(self._derivative)
        pens = (self._pen(dashed=False), self._pen(dashed=True), self._pen(dashed=True, zero=True))
        for curve, pen in zip((self._value, other_part, zero_part), pens, strict=True):
            painter.setPen(pen)
            for part in _parts(curve):
                painter.drawPolyline(QPolygonF([self._place(box, z, y) for z, y in part]))
        painter.setPen(Qt.PenStyle.NoPen)
        for curve, pen in ((self._value, pens[0]), (self._derivative, pens[1])):
            painter.setBrush(pen.color())
            for z, y in curve.dots:
                painter.drawEllipse(self._place(box, z, y), 3.5, 3.5)
        painter.setBrush(Qt.BrushStyle.NoBrush)

    def _place(self, box: QRectF, z: float, y: float) -> QPointF:
        (low, high), (least, most) = self._range, self._reach
        across = (z - least) / (most - least)
        # What lies far outside is cut off: drawing it would only cost time.
        up = min(max((y - low) / (high - low), -1.0), 2.0)
        return QPointF(box.left() + across * box.width(), box.bottom() - up * box.height())

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self.setFont(font(points, tabular=True))


def _name_derivative(function: UnitFunction, largest: float) -> str:
    if function.has_true_derivative:
        return "f′, exactly 0" if largest == 0 else f"f′, at most {measured_text(largest)}"
    return f"{function.rule.label} rule stands in for f′: {function.rule.formula}"


def _range_of(value: Array, derivative: Array) -> tuple[float, float]:
    low = min(max(float(np.nanmin(value)), -MOST_VALUE), max(float(np.nanmin(derivative)), -MOST_DERIVATIVE), 0.0)
    high = max(min(float(np.nanmax(value)), MOST_VALUE), min(float(np.nanmax(derivative)), MOST_DERIVATIVE), low + 1.0)
    return low - 0.08 * (high - low), high + 0.08 * (high - low)


def _value_ticks(low: float, high: float, most: float) -> list[float]:
    span = high - low
    every = next((width for width in (0.5, 1.0, 2.0, 5.0, 10.0) if span / width <= max(most, 2.0)), 10.0)
    return [number * every for number in range(math.ceil(low / every), math.floor(high / every) + 1)]


def _parts(curve: Curve) -> list[list[tuple[float, float]]]:
    parts: list[list[tuple[float, float]]] = [[]]
    for z, y in zip(curve.z.tolist(), curve.y.tolist(), strict=True):
        if z != z:
            parts.append([])
        else:
            parts[-1].append((z, y))
    return [part for part in parts if part]
