"""The legend over the drawing of a network: as much of it as there is room for, the most telling first."""

from __future__ import annotations

from PySide6.QtCore import QPointF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.probes.stuck_units import FLAT, SATURATED, STARVED
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.instruments.network_diagram.sprites import paint_badge

_SAMPLE, _MARK, _GAP = 24, 16, 14
_STATES = {"flat": FLAT, "starved": STARVED, "saturated": SATURATED}


class DiagramLegend(QWidget):
    """Samples of lines and marks with what they mean."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.wide = "1"
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend")
        self.setToolTip(
            "Orange is positive, blue negative; dashed: the gradient is exactly 0. Circles at the nodes are biases "
            "(beta where a layer is normalised). "
            "Marks: × flat, − starved, bend: saturated"
        )

    def set_wide(self, text: str) -> None:
        """Say what the widest line stands for."""
        if text != self.wide:
            self.wide = text
            self.update()

    def sizeHint(self) -> QSize:
        """Return the height of a line of text."""
        return QSize(200, scaled(20))

    def minimumSizeHint(self) -> QSize:
        """Return the least size: it is left out before it is squeezed."""
        return QSize(0, scaled(20))

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:
        """Paint the entries that fit."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        face = font(9)
        painter.setFont(face)
        metrics, x, middle = QFontMetricsF(face), 4.0, self.height() / 2
        line, mark, gap = scaled(_SAMPLE), scaled(_MARK), scaled(_GAP)
        for name in ("gradient exactly 0", "+", "−", *_STATES, f"widest: {self.wide}"):
            sample = 0 if name.startswith("widest") else mark if name in _STATES else line
            wide = sample + metrics.horizontalAdvance(name) + gap
            if x + wide > self.width():
                break
            self._paint_sample(painter, name, x, middle)
            painter.setPen(QColor(self.theme.colours.muted))
            painter.drawText(QPointF(x + sample + 3.0, middle + metrics.ascent() / 2 - 1.0), name)
            x += wide

    def _paint_sample(self, painter: QPainter, name: str, x: float, middle: float) -> None:
        colours = self.theme.colours
        if name in _STATES:
            paint_badge(painter, QPointF(x + scaled(_MARK) / 2, middle), scaled(_MARK) * 0.4, _STATES[name], colours)
        elif not name.startswith("widest"):
            lines = {"+": colours.second_class, "−": colours.first_class}
            pen = QPen(QColor(lines.get(name, colours.zero)), scaled(10) * (0.22 if name in lines else 0.18))
            if name not in lines:
                pen.setDashPattern([2.2, 2.0])
            pen.setCapStyle(Qt.PenCapStyle.FlatCap)
            painter.setPen(pen)
            painter.drawLine(QPointF(x, middle), QPointF(x + scaled(_SAMPLE - 4), middle))
