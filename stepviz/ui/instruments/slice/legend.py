"""What the lines of a slice are."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QSize
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.probes.slice import Slice
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Colours, Theme, font

DASH, GAP = 18.0, 14.0


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the plots: in words, in short, its colour, and its width in pixels."""

    words: str
    short: str
    colour: str
    width: int


class SliceLegend(QWidget):
    """One row: the loss, the slope by backpropagation, the difference; short words where there is little room."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._slice: Slice | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Legend of the slice")

    def show_slice(self, found: Slice | None) -> None:
        """Explain another slice, or none."""
        self._slice = found
        self.update()

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self.setFont(font(points))
        self.updateGeometry()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return one line."""
        return QSize(160, round(QFontMetricsF(self.font()).height()) + 2)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same."""
        return self.sizeHint()

    def entries(self) -> list[Entry]:
        """Return the lines there are."""
        if self._slice is None:
            return []
        found, colours = self._slice, self.theme.colours
        lines = [Entry("loss", "loss", colours.train, 2), _slope(bool(found.slope.any()), found.by_rule, colours)]
        if found.by_rule:
            lines.append(_true_slope(bool(found.true_slope.any()), colours))
        lines.append(Entry("slope by differences", "differences", colours.muted, 1))
        return lines

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the row."""
        painter = QPainter(self)
        painter.setFont(self.font())
        metrics, entries = QFontMetricsF(self.font()), self.entries()
        needed = sum(metrics.horizontalAdvance(entry.words) + DASH + 4 + GAP for entry in entries)
        x, middle = 2.0, self.height() / 2
        for entry in entries:
            painter.setPen(QPen(QColor(entry.colour), entry.width))
            painter.drawLine(QPointF(x, middle), QPointF(x + DASH, middle))
            painter.setPen(QColor(self.theme.colours.text))
            words = entry.words if needed <= self.width() else entry.short
            painter.drawText(QPointF(x + DASH + 4, middle + metrics.capHeight() / 2), words)
            x += DASH + 4 + metrics.horizontalAdvance(words) + GAP
        painter.end()


def _slope(moves: bool, by_rule: bool, colours: Colours) -> Entry:
    name = "slope by the backward rule" if by_rule else "slope by backpropagation"
    short = "by the rule" if by_rule else "slope"
    if not moves:
        return Entry(f"{name}: exactly 0", f"{short}: exactly 0", colours.zero, 4)
    return Entry(name, short, colours.test, 2)


def _true_slope(moves: bool, colours: Colours) -> Entry:
    if not moves:
        return Entry("true slope: exactly 0", "true: 0", colours.zero, 4)
    return Entry("true slope", "true", colours.train, 2)
