"""A small plot: how the run goes on by itself, and how its twins with a cure do."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, QSize
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from stepviz.probes.findings.finding import Finding, Points
from stepviz.ui.core.theme import Theme, font

_MARGIN = 3.0


class TwinCurves(QWidget):
    """The losses of the run with nothing changed (muted) and of the median twin (accent), from the same moment on.

    What to conclude: where the second line comes down and the first does not, the cure works. Equal losses have equal
    heights; the upper edge is the highest of both, the lower edge is 0.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._own: Points = ()
        self._twins: Points = ()
        self._points = 10.0

    def show_finding(self, finding: Finding) -> None:
        """Show the curves of a finding; nothing where it has none."""
        if (finding.own, finding.twins) == (self._own, self._twins):
            return
        self._own, self._twins = finding.own, finding.twins
        self.setVisible(bool(self._twins))
        ends = [points[-1][1] for points in (self._own, self._twins) if points and points[-1][1] is not None]
        self.setAccessibleName("Loss of the run and of its twins: " + " and ".join(f"{end:.3g}" for end in ends))
        self.update()

    def lay_out(self, points: float) -> None:
        """Take another size of type."""
        self._points = points
        self.setFixedHeight(self.height_at(points))

    @staticmethod
    def height_at(points: float) -> int:
        """Return the height in pixels at a size of type."""
        return int(4.5 * points)

    def sizeHint(self) -> QSize:  # Qt's name
        """Return a usual size."""
        return QSize(120, self.height_at(self._points))

    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint both curves, and the last loss of each."""
        values = [value for points in (self._own, self._twins) for _, value in points if value is not None]
        last = max((step for points in (self._own, self._twins) for step, _ in points), default=0)
        if not values or last == 0:
            return
        # One point far above all others, as a run that diverges has, must not press the rest flat.
        start = [points[0][1] for points in (self._own, self._twins) if points and points[0][1] is not None]
        high = min(max(values), 2.0 * max((*start, 1e-300))) or 1.0
        colours = self.theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(font(max(8.0, 0.8 * self._points), tabular=True))
        label = painter.fontMetrics().horizontalAdvance("0.0000000")
        room = QRectF(_MARGIN, _MARGIN, max(1.0, self.width() - label - 2 * _MARGIN), self.height() - 2 * _MARGIN)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(room.bottomLeft(), room.bottomRight())
        taken: list[float] = []
        for points, colour in ((self._twins, colours.accent), (self._own, colours.muted)):
            line = QPolygonF(
                [
                    QPointF(
                        room.left() + room.width() * step / last, room.bottom() - room.height() * min(1.0, v / high)
                    )
                    for step, v in points
                    if v is not None and math.isfinite(v)
                ]
            )
            if line.isEmpty():
                continue
            painter.setPen(QPen(QColor(colour), 2))
            painter.drawPolyline(line)
            end = points[-1][1]
            tall = float(painter.fontMetrics().height())
            y = min(max(line.last().y() + tall / 3.0, tall), self.height() - 2.0)
            if any(abs(y - other) < tall for other in taken):
                continue
            taken.append(y)
            painter.drawText(QPointF(room.right() + _MARGIN, y), "diverges" if end is None else f"{end:.3g}")
        painter.end()

    def retheme(self) -> None:
        """Take the theme's colours."""
        self.update()
