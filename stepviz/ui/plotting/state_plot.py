"""How many hidden units were in each state, over the steps, as a stacked area."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.engine.common.arrays import Array
from stepviz.probes.stuck_units import (
    ACTIVE,
    ALL_STATES,
    FLAT,
    NO_SIGNAL,
    NOT_SEEN,
    ROUNDED_AWAY,
    SATURATED,
    STARVED,
    STUCK,
)
from stepviz.runtime.history import HistoryView
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.plotting.step_axis import HEIGHT, paint_marks, paint_step_axis, resample
from stepviz.ui.text.number_format import mix

# From the bottom: what does not learn piles up from below.
PILE = (FLAT, NO_SIGNAL, STARVED, ROUNDED_AWAY, SATURATED, NOT_SEEN, ACTIVE)
LEFT = 34


class StateHistory(QWidget):
    """Paints the columns ``active``, ``saturated``, ``flat``, ``starved`` of a history."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._history: HistoryView | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.setAccessibleName("Number of units in each state over the steps")
        self.setToolTip("How many hidden units were active, saturated, flat and starved, over the steps")

    def show_history(self, history: HistoryView) -> None:
        """Show another history."""
        self._history = history
        self.update()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size of a low strip."""
        return QSize(300, 84)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the areas, from the bottom: flat, starved, saturated, active."""
        painter = QPainter(self)
        colours = self.theme.colours
        left, below = scaled(LEFT), scaled(HEIGHT)
        line = QFontMetricsF(font(9, tabular=True)).height()
        box = QRectF(left, 4, self.width() - left - 2, self.height() - below - 5)
        steps = np.empty(0) if self._history is None else self._history.column("step")
        if self._history is None or len(steps) < 2:
            painter.setFont(font(9))
            painter.setPen(QColor(colours.muted))
            painter.drawText(box, Qt.AlignmentFlag.AlignCenter, "The counts over time appear when training runs")
            painter.end()
            return
        picture = self._picture(self._history, steps, max(1, int(box.height())))
        total = float(sum(self._history.column(ALL_STATES[state])[-1] for state in _pile(self._history)))
        height, columns = picture.shape
        painter.drawImage(box, QImage(picture.data, columns, height, 4 * columns, QImage.Format.Format_RGB32))
        painter.setFont(font(9, tabular=True))
        paint_marks(painter, box, float(steps[0]), float(steps[-1]), self._history.marks, colours)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.drawRect(box)
        painter.setPen(QColor(colours.muted))
        right = Qt.AlignmentFlag.AlignRight
        painter.drawText(QRectF(0, box.top() - 3, left - 5, line), right, f"{total:.0f}")
        painter.drawText(QRectF(0, box.bottom() - line + 2, left - 5, line), right, "0")
        if box.height() > 3 * line:
            painter.drawText(QRectF(0, box.center().y() - line / 2, left - 5, line), right, "units")
        axis = QRectF(box.left(), box.bottom(), box.width(), below)
        paint_step_axis(painter, axis, float(steps[0]), float(steps[-1]), colours)
        painter.end()

    def _picture(self, history: HistoryView, steps: Array, height: int) -> NDArray[np.uint32]:
        """Return the stacked areas (height, columns), a pixel per column of the widget; hatched where stuck."""
        colours = self.theme.colours
        columns = max(1, self.width() - scaled(LEFT) - 2)
        chosen = resample(steps, columns)
        pile = _pile(history)
        counts = np.array([history.column(ALL_STATES[state])[chosen] for state in pile])
        # Rows counted from the bottom, in small integers: this picture is the dearest part of the panel.
        # A single stuck unit among hundreds gets its row of pixels.
        heights = np.maximum(np.rint(counts / np.maximum(counts.sum(axis=0), 1.0) * height), counts > 0)
        edges = np.cumsum(heights, axis=0)[:-1].astype(np.int16)
        up = np.arange(height - 1, -1, -1, dtype=np.int16)[:, None]
        place = np.zeros((height, columns), dtype=np.uint8)
        for edge in edges:
            place += up >= edge
        plain = [mix(colours.surface, colours.state(state), 0.8).rgb() for state in pile]
        ground = QColor(colours.surface).rgb()
        # The second half of the table is for the pixels of the hatching, which only what is stuck has.
        hatched = [ground if state in STUCK else plain[number] for number, state in enumerate(pile)]
        crossed, slashed = _hatching(height, columns, len(pile))
        place += np.where(place == pile.index(STARVED), slashed, crossed)
        picture: NDArray[np.uint32] = np.array([*plain, *hatched], dtype=np.uint32)[place]
        return picture


def _pile(history: HistoryView) -> list[int]:
    return [state for state in PILE if len(history.column(ALL_STATES[state]))]


@lru_cache(maxsize=4)
def _hatching(height: int, columns: int, lines: int) -> tuple[NDArray[np.uint8], NDArray[np.uint8]]:
    """Return where crossed and where slashed areas (height, columns) have their ``lines``, 0 elsewhere."""
    down, across = np.arange(height)[:, None], np.arange(columns)
    crossed = ((across + down) % 9 == 0) | ((across - down) % 9 == 0)
    slashed = (across + down) % 9 < 2
    return (crossed * lines).astype(np.uint8), (slashed * lines).astype(np.uint8)
