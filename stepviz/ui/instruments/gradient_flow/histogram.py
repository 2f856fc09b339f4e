"""Per layer, how large its gradient entries are: a histogram of log10 |gradient|, exact zeros counted apart."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stepviz.engine.common.number_format import power_text, share_text
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.gradient_flow.chart import zero_count_text
from stepviz.ui.plotting.flow_measures import HIGHEST, LOWEST, colour_table

GAP = 10


class FlowHistogram(QWidget):
    """Paints a row per layer: the count of exact zeros in its own colour, then the histogram of the others."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.flow: GradientFlow | None = None
        self.names: Sequence[str] = ()
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Histogram of gradient magnitudes by layer")

    def show_flow(self, flow: GradientFlow, names: Sequence[str]) -> None:
        """Show another reading."""
        self.flow, self.names = flow, names
        self.update()

    def _columns(self) -> tuple[QRectF, QRectF]:
        """Return the boxes of the exact zeros and of the histograms."""
        metrics = QFontMetricsF(self.font())
        line = metrics.height()
        left = max(metrics.horizontalAdvance(name) for name in self.names) + 8
        high = max(10.0, self.height() - line - 8 - line)
        zeros = QRectF(left, line + 2, metrics.horizontalAdvance("exactly 0") + 8, high)
        right = zeros.right() + GAP
        return zeros, QRectF(right, line + 2, max(10.0, self.width() - right - 8), high)

    def _entries(self, layer: int) -> int:
        assert self.flow is not None
        return int(self.flow.zeros[layer] + self.flow.counts[layer].sum())

    def describe(self, place: QPoint) -> str:
        """Return the numbers under a point of the widget in words; empty where there are none."""
        if self.flow is None or not self.names:
            return ""
        _zeros, bins = self._columns()
        layer = int((place.y() - bins.top()) // (bins.height() / len(self.names)))
        if not 0 <= layer < len(self.names):
            return ""
        lines = [self.names[layer].capitalize(), zero_count_text(int(self.flow.zeros[layer]), self._entries(layer))]
        if bins.left() <= place.x() < bins.right():
            count = self.flow.counts.shape[1]
            chosen = min(count - 1, int((place.x() - bins.left()) / bins.width() * count))
            low, high = self.flow.edges[chosen], self.flow.edges[chosen + 1]
            lines.append(f"{int(self.flow.counts[layer, chosen])} with log₁₀|gradient| from {low:g} to {high:g}")
        return "\n".join(lines)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the numbers under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position().toPoint()), self)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the rows and the axis."""
        if self.flow is None or not self.names:
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        colours, metrics = self.theme.colours, QFontMetricsF(self.font())
        zeros, bins = self._columns()
        row = bins.height() / len(self.names)
        self._paint_axis(painter, zeros, bins, metrics)
        for layer, name in enumerate(self.names):
            top = bins.top() + layer * row
            if row >= metrics.height() - 3:
                painter.setPen(QColor(colours.test if self.flow.rules[layer] else colours.text))
                box = QRectF(0, top, zeros.left() - 6, row)
                painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)
            self._paint_zeros(painter, QRectF(zeros.left(), top, zeros.width(), row), layer)
            self._paint_bins(painter, QRectF(bins.left(), top, bins.width(), row), layer)
        painter.end()

    def _paint_axis(self, painter: QPainter, zeros: QRectF, bins: QRectF, metrics: QFontMetricsF) -> None:
        assert self.flow is not None
        colours = self.theme.colours
        painter.setPen(QColor(colours.zero))
        painter.drawText(QPointF(zeros.left(), metrics.ascent()), "exactly 0")
        painter.setPen(QColor(colours.muted))
        words = "how many entries of dL/dW, by |gradient|"
        painter.drawText(
            QPointF(bins.left(), metrics.ascent()), metrics.elidedText(words, Qt.TextElideMode.ElideRight, bins.width())
        )
        low, high = float(self.flow.edges[0]), float(self.flow.edges[-1])
        every = 4 if bins.width() > 5 * metrics.horizontalAdvance("10⁻¹⁶ ") else 8
        for exponent in range(int(low), int(high) + 1, every):
            x = bins.left() + (exponent - low) / (high - low) * bins.width()
            painter.setPen(QPen(QColor(colours.grid), 1))
            painter.drawLine(QPointF(x, bins.top()), QPointF(x, bins.bottom()))
            painter.setPen(QColor(colours.muted))
            text = power_text(exponent) if exponent else "1"
            wide = metrics.horizontalAdvance(text)
            at = min(max(x - wide / 2, bins.left() - 4), self.width() - wide)
            painter.drawText(QPointF(at, bins.bottom() + metrics.ascent() + 3), text)

    def _paint_zeros(self, painter: QPainter, row: QRectF, layer: int) -> None:
        assert self.flow is not None
        colours, zeros, entries = self.theme.colours, int(self.flow.zeros[layer]), self._entries(layer)
        box = row.adjusted(0, 1.5, 0, -1.5)
        painter.fillRect(box, QColor(colours.raised))
        if entries and zeros:
            share = zeros / entries
            filled = QRectF(box.left(), box.bottom() - share * box.height(), box.width(), share * box.height())
            painter.fillRect(filled, QColor(colours.zero))
        if row.height() >= QFontMetricsF(self.font()).height() - 3:
            covered = entries > 0 and zeros / entries > 0.5
            painter.setPen(QColor(colours.surface if covered else colours.text))
            tall = entries and row.height() > 2.2 * QFontMetricsF(self.font()).height()
            text = f"{zeros}\n{share_text(zeros / entries)}" if tall else f"{zeros}"
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _paint_bins(self, painter: QPainter, row: QRectF, layer: int) -> None:
        assert self.flow is not None
        counts, edges, colours = self.flow.counts[layer], self.flow.edges, self.theme.colours
        base = row.bottom() - 1.5
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(row.left(), base), QPointF(row.right(), base))
        largest = int(counts.max())
        if not largest:
            return
        table = colour_table(colours, True)
        wide = row.width() / len(counts)
        for place in np.flatnonzero(counts).tolist():
            magnitude = (edges[place] + edges[place + 1]) / 2
            code = int(np.clip((magnitude - LOWEST) / (HIGHEST - LOWEST), 0, 1) * 255)
            high = max(1.5, counts[place] / largest * (row.height() - 5))
            bar = QRectF(row.left() + place * wide + 0.5, base - high, max(1.0, wide - 1), high)
            painter.fillRect(bar, QColor.fromRgba(int(table[code])))
            painter.setPen(QPen(QColor(colours.muted), 1))
            painter.drawRect(bar)
