"""The incoming weights of one unit as bars, the bias apart; those with a gradient of exactly 0 stand out."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import measured_text, number_text
from stepviz.probes.unit import UnitReading
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.plotting.axes import round_up

# Between the weights and the bias, in widths of a bar.
_APART = 0.6
# In heights of a line of text.
_WIDEST = 4.0


class WeightBars(QWidget):
    """Paints a bar per incoming weight, and apart one for the bias, and for gamma and beta where the unit has them.

    Up where positive; zero gradients in their colour.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.weights: Array = np.empty(0)
        self.gradient: Array = np.empty(0)
        self.names: Sequence[str] = ()
        self._inputs = 0
        self.setMouseTracking(True)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Incoming weights and bias")

    def show_reading(self, reading: UnitReading, names: Sequence[str]) -> None:
        """Show another reading; ``names`` of the inputs, one per weight."""
        self.weights, self.gradient, self.names = reading.weights, reading.gradient, (*names, *reading.others)
        self._inputs = len(names)
        self.update()

    def _plan(self) -> tuple[QRectF, float]:
        """Return the box of the bars and the width of one with its gap."""
        line = QFontMetricsF(self.font()).height()
        box = QRectF(2, line + 2, self.width() - 4, max(8.0, self.height() - 2 * line - 4))
        return box, min(_WIDEST * line, box.width() / (len(self.weights) + _APART))

    def _left(self, box: QRectF, wide: float, place: int) -> float:
        return box.left() + wide * (place + (_APART if place >= self._inputs else 0.0))

    def at(self, point: QPoint) -> int | None:
        """Return which bar is under a point of the widget; None where there is none."""
        if not len(self.weights):
            return None
        box, wide = self._plan()
        for place in range(len(self.weights)):
            if 0 <= point.x() - self._left(box, wide, place) < wide:
                return place
        return None

    def describe(self, place: int) -> str:
        """Return a weight and its gradient in words."""
        name = self.names[place]
        what = name.capitalize() if place >= self._inputs else f"Weight from {name}"
        weight, slope = measured_text(float(self.weights[place]), 4), measured_text(float(self.gradient[place]))
        return f"{what}: {weight}\nIts gradient: {slope}"

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the numbers under the mouse."""
        place = self.at(event.position().toPoint())
        text = "" if place is None else self.describe(place)
        QToolTip.showText(event.globalPosition().toPoint(), text, self)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the bars, their names where there is room, and the scale."""
        if not len(self.weights):
            return
        painter, colours = QPainter(self), self.theme.colours
        painter.setFont(self.font())
        metrics = QFontMetricsF(self.font())
        box, wide = self._plan()
        finite = np.nan_to_num(self.weights)
        most = round_up(max(1e-6, float(np.abs(finite).max())))
        middle = box.center().y()
        self._paint_title(painter, metrics, most)
        names = max(map(metrics.horizontalAdvance, self.names)) + 4 <= wide
        for place, weight in enumerate(finite.tolist()):
            left = self._left(box, wide, place)
            high = weight / most * box.height() / 2
            colour = colours.zero if self.gradient[place] == 0 else colours.accent
            gap = min(2.0, wide / 5)
            # A weight of 0 is seen as a line.
            bar = QRectF(left + gap / 2, middle - max(high, 0.0), max(1.0, wide - gap), max(abs(high), 1.5))
            painter.fillRect(bar, QColor(colour))
            if names or place == len(finite) - 1:
                painter.setPen(QColor(colours.muted))
                room = QRectF(left - wide, box.bottom(), 3 * wide, metrics.height())
                if not names:
                    # Of many bars only the last has room for its name.
                    room = QRectF(box.right() - 80, box.bottom(), 80, metrics.height())
                side = Qt.AlignmentFlag.AlignHCenter if names else Qt.AlignmentFlag.AlignRight
                painter.drawText(room, side, self.names[place])
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        painter.end()

    def _paint_title(self, painter: QPainter, metrics: QFontMetricsF, most: float) -> None:
        colours = self.theme.colours
        texts = [(f"weights in, −{number_text(most)} to {number_text(most)}", colours.muted)]
        zeros = int(np.count_nonzero(self.gradient == 0))
        if zeros:
            texts.append((f"{zeros} of {len(self.gradient)}: gradient exactly 0", colours.zero))
        x = 2.0
        for text, colour in texts:
            room = self.width() - x
            painter.setPen(QColor(colour))
            shown = metrics.elidedText(text, Qt.TextElideMode.ElideRight, max(0.0, room))
            painter.drawText(QRectF(x, 0, room, metrics.height()), Qt.AlignmentFlag.AlignLeft, shown)
            x += metrics.horizontalAdvance(text) + max(14.0, 0.8 * metrics.height())
