"""The legend of the unit grid: colour, sign, name and number of each state."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.probes.stuck_units import ACTIVE, ALL_STATES, STATES
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.plotting.unit_grid import paint_cell

BETWEEN = 16
MEANINGS = (
    "active: a gradient arrives and the derivative is not small",
    "saturated: the derivative is below 1 % of its largest for at least 95 % of the examples",
    "flat: the derivative is exactly 0 for every example (for ReLU: a dead unit)",
    "starved: the derivative is not 0, but no signal arrives: the layers above let nothing through",
    "no signal: no gradient arrives, and the derivative is not known here",
    "rounded away: a gradient arrives, but the update was too small to change any weight of the unit",
    "not seen: nothing that could be known of these units was recorded",
)


class StateLegend(QWidget):
    """Shows how many hidden units are in each state."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.counts: tuple[int, ...] = ()
        self.states: tuple[int, ...] = tuple(range(len(STATES)))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self._wide = True
        self.setFont(font(9.5, tabular=True))
        self.setToolTip("\n".join(MEANINGS[: len(STATES)]))

    def show_counts(self, counts: tuple[int, ...], states: tuple[int, ...] = tuple(range(len(STATES)))) -> None:
        """Show the number of units in each of these states (their codes)."""
        if (counts, states) != (self.counts, self.states):
            self.counts, self.states = counts, states
            self.setToolTip("\n".join(MEANINGS[state] for state in states))
            self.setAccessibleName(self.text())
            self._set_rows()
            self.update()

    def text(self) -> str:
        """Return the legend in words: «12 active, 0 saturated, 4 flat, 0 starved»."""
        return ", ".join(self._texts())

    def _texts(self) -> list[str]:
        # Before the first counts there are none of any state.
        return [f"{count} {ALL_STATES[state]}" for count, state in zip(self.counts, self.states, strict=False)]

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Break the legend in two rows where it is narrow."""
        super().resizeEvent(event)
        self._set_rows()

    @guarded
    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        """Follow the size of the type."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._set_rows()

    def _measure(self) -> tuple[int, int, list[float]]:
        """Return the height of a row, the side of a swatch, and the widths of the entries."""
        metrics = QFontMetricsF(self.font())
        swatch = int(metrics.capHeight() * 1.5)
        widths = [swatch + 6 + metrics.horizontalAdvance(text) for text in self._texts()]
        return int(metrics.height() + 5), swatch, widths

    def _set_rows(self) -> None:
        row, _, widths = self._measure()
        self._wide = sum(widths) + BETWEEN * max(0, len(widths) - 1) <= self.width()
        self.setFixedHeight(row if self._wide else row * max(1, -(-len(widths) // 2)))

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the entries, in one row or two by two."""
        if not self.counts:
            return
        colours = self.theme.colours
        painter = QPainter(self)
        row, swatch, widths = self._measure()
        for place, (state, count, text) in enumerate(zip(self.states, self.counts, self._texts(), strict=True)):
            x = int(sum(widths[:place])) + BETWEEN * place if self._wide else (place % 2) * self.width() // 2
            y = 0 if self._wide else (place // 2) * row
            cell = QRectF(x, y + (row - swatch) // 2, swatch, swatch)
            paint_cell(painter, cell, state, swatch if state == ACTIVE else swatch / 3, colours)
            painter.setPen(QColor(colours.text if count else colours.muted))
            box = QRectF(x + swatch + 6, y, self.width(), row)
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, text)
        painter.end()
