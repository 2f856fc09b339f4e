"""The gradient-flow chart: a row per layer, its past as a heat map, its present as a bar beside it."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QKeyEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stepviz.engine.common.number_format import share_text, step_text
from stepviz.probes.findings.words import capital
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.runtime.history import HistoryView
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.plotting.flow_image import flow_image, read_history
from stepviz.ui.plotting.flow_measures import MEASURES, ZERO, Measure, colour_table
from stepviz.ui.plotting.step_axis import paint_marks, paint_step_axis

# A step more or less cannot be seen in the map of a whole run.
MAP_PAUSE = 0.1
GAP = 8
THICKEST = 40
LEFT = Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft


class FlowChart(QWidget):
    """Paints one Measure of every layer. ``layer_chosen`` carries the layer (from 0) that was clicked.

    By keyboard: up and down go from layer to layer, Return chooses.
    """

    layer_chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.measure: Measure = MEASURES[0]
        self.flow: GradientFlow | None = None
        self.history: HistoryView | None = None
        self.names: Sequence[str] = ()
        self._map: QImage | None = None
        self._map_painted = 0.0
        self._map_key: tuple[object, ...] = ()
        self._row = 0
        self.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self._small = font(9, tabular=True)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self.setAccessibleName("Gradient by layer and time")

    def show_flow(self, flow: GradientFlow, history: HistoryView, names: Sequence[str], *, at_once: bool) -> None:
        """Show another reading; the map follows at leisure unless ``at_once``."""
        self.flow, self.history, self.names = flow, history, names
        if at_once:
            self._map_painted = 0.0
        self.update()

    def show_history(self, history: HistoryView) -> None:
        """Draw the past up to another step, if it has as many layers as the numbers beside it."""
        if self.flow is not None and len(history.columns) == len(self.history.columns if self.history else ()):
            self.history = history
            self.update()

    def set_type(self, points: float) -> None:
        """Set the size of the type; the scales stay smaller than names and values."""
        self.setFont(font(points, tabular=True))
        self._small = font(min(points, 11.5), tabular=True)
        self.update()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which names and bars fit."""
        return QSize(220, 80)

    # Where things stand

    def _columns(self) -> tuple[QRectF, QRectF, float]:
        """Return the boxes of the map and of the bars, and the width kept for the bars' values."""
        metrics = QFontMetricsF(self.font())
        line = QFontMetricsF(self._small).height()
        top = line + 1 if self._has_marks() else 3
        bottom = self.height() - line - 10
        left = max(metrics.horizontalAdvance(name) for name in self.names) + 8
        values = metrics.horizontalAdvance("8.8·10⁻⁸") + 12
        room = self.width() - left - values - GAP
        bars = max(50.0, min(0.34 * room, 320.0))
        across = QRectF(left, top, max(10.0, float(int(room - bars))), max(10.0, float(int(bottom - top))))
        return across, QRectF(across.right() + GAP, top, bars, across.height()), values

    def _has_marks(self) -> bool:
        return self.history is not None and bool(self.history.marks) and self.height() > 110

    def _tops(self, height: float) -> list[int]:
        return [round(height * layer / len(self.names)) for layer in range(len(self.names) + 1)]

    def _rows_in_words(self, tops: list[int]) -> list[int]:
        """Return the layers whose name and value are written: all, or those for which there is room.

        The output is among them whatever is left out.
        """
        high, last = QFontMetricsF(self.font()).height(), len(self.names) - 1
        every = max(1, math.ceil(high * len(self.names) / max(1, tops[-1])))
        return [*range(0, max(0, last - every + 1), every), last]

    def layer_at(self, place: QPoint) -> int | None:
        """Return the layer (from 0) whose row is under a point of the widget, if any."""
        across, _, _ = self._columns()
        if not self.names or not across.top() <= place.y() < across.bottom():
            return None
        return int((place.y() - across.top()) / across.height() * len(self.names))

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Choose the layer under the mouse."""
        layer = self.layer_at(event.position().toPoint())
        if layer is not None and event.button() == Qt.MouseButton.LeftButton:
            self.layer_chosen.emit(layer)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Go from layer to layer, or choose the one marked."""
        moves = {Qt.Key.Key_Up: -1, Qt.Key.Key_Down: 1}
        last = len(self.names) - 1
        if event.key() in moves and last >= 0:
            self._row = max(0, min(min(self._row, last) + moves[Qt.Key(event.key())], last))
            self.update()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter) and last >= 0:
            self.layer_chosen.emit(min(self._row, last))
        else:
            super().keyPressEvent(event)

    def describe(self, place: QPoint) -> str:
        """Return the numbers under a point of the widget in words; empty where there are none."""
        if self.flow is None or self.history is None or not self.names:
            return ""
        across, bars, _ = self._columns()
        layer = self.layer_at(place)
        if layer is None:
            return ""
        # The person's own names stand as they are.
        name = capital(self.names[layer]) if self.flow.rules else self.names[layer]
        steps = self.history.column("step")
        if across.left() <= place.x() < across.right() and len(steps) > 1:
            columns = int(across.width())
            column = min(columns - 1, int(place.x() - across.left()))
            value = float(read_history(self.history, self.measure, len(self.names), columns)[layer, column])
            step = steps[0] + (steps[-1] - steps[0]) * column / columns
            return f"{name}, about step {step_text(step)}\n{self.measure.label}: {self.measure.text(value)}"
        if place.x() < bars.left() - GAP and place.x() >= across.left():
            return ""
        numbers = [f"{measure.label}: {measure.text(float(measure.read(self.flow)[layer]))}" for measure in MEASURES]
        if not self.flow.rules:
            return "\n".join([f"{name}, now", *numbers, f"Entries exactly 0: {int(self.flow.zeros[layer]):,}"])
        rule = self.flow.rules[layer]
        stands = f"Backward rule: {rule} stands in for f'" if rule else "Backward rule: the true derivative"
        zeros = f"Entries exactly 0: {int(self.flow.zeros[layer])}"
        return "\n".join([f"{name}, now", *numbers, zeros, stands, "Click to trace a gradient of it"])

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the numbers under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position().toPoint()), self)

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint names, map, bars and their scales."""
        if self.flow is None or self.history is None or not self.names:
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        across, bars, values = self._columns()
        tops = self._tops(across.height())
        self._paint_names(painter, across, tops)
        self._paint_map(painter, across, tops)
        self._paint_bars(painter, bars, tops, values)
        if self.hasFocus():
            row = min(self._row, len(self.names) - 1)
            painter.setPen(QPen(QColor(self.theme.colours.accent), 2))
            painter.drawRect(QRectF(2, across.top() + tops[row], self.width() - 4, tops[row + 1] - tops[row]))
        painter.end()

    def _paint_names(self, painter: QPainter, across: QRectF, tops: list[int]) -> None:
        colours, high = self.theme.colours, QFontMetricsF(self.font()).height()
        for layer in self._rows_in_words(tops):
            name = self.names[layer]
            middle = across.top() + (tops[layer] + tops[layer + 1]) / 2
            ruled = self.flow is not None and layer < len(self.flow.rules) and self.flow.rules[layer]
            painter.setPen(QColor(colours.test if ruled else colours.text))
            box = QRectF(0, middle - high / 2, across.left() - 6, high)
            painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, name)

    def _paint_map(self, painter: QPainter, across: QRectF, tops: list[int]) -> None:
        assert self.history is not None
        colours, line = self.theme.colours, QFontMetricsF(self._small).height()
        key = (self.measure, across.size().toTuple(), colours, len(self.names))
        now = time.perf_counter()
        if key != self._map_key or now - self._map_painted >= MAP_PAUSE:
            self._map = flow_image(self.history, self.measure, tops, int(across.width()), colours)
            self._map_key, self._map_painted = key, now
        axis = QRectF(across.left(), across.bottom() + 2, across.width(), line + 5)
        if self._map is None:
            painter.setPen(QColor(colours.muted))
            words = "The past of each layer appears here once training runs"
            painter.drawText(across, Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            return
        painter.drawImage(across.topLeft(), self._map)
        painter.setFont(self._small)
        steps = self.history.column("step")
        first, last = float(steps[0]), float(steps[-1])
        names = QRectF(across.left(), 0, self.width() - across.left(), line) if self._has_marks() else None
        paint_marks(painter, across, first, last, self.history.marks, colours, names)
        paint_step_axis(painter, axis, first, last, colours)

    def _paint_bars(self, painter: QPainter, bars: QRectF, tops: list[int], values: float) -> None:
        assert self.flow is not None
        colours = self.theme.colours
        painter.setFont(self.font())
        present = self.measure.read(self.flow)
        codes, places = self.measure.codes(present), self.measure.place(present)
        table = colour_table(colours, self.measure.logarithmic)
        painter.setPen(QPen(QColor(colours.grid), 1))
        for place, _text in self.measure.ticks():
            x = bars.left() + place * bars.width()
            painter.drawLine(QPointF(x, bars.top()), QPointF(x, bars.bottom()))
        written = set(self._rows_in_words(tops))
        for layer, value in enumerate(present.tolist()):
            row = QRectF(bars.left(), bars.top() + tops[layer], bars.width(), tops[layer + 1] - tops[layer])
            inset = max(row.height() * 0.22, (row.height() - THICKEST) / 2)
            if self.measure.logarithmic and value == 0:
                self._paint_zero(painter, row, named=layer in written)
                continue
            if not np.isnan(value) and value != 0:
                bar = row.adjusted(0, inset, 0, -inset)
                bar.setWidth(max(2.0, float(places[layer]) * bars.width()))
                painter.fillRect(bar, QColor.fromRgba(int(table[codes[layer]])))
                painter.setPen(QPen(QColor(colours.muted), 1))
                painter.drawRect(bar)
            if layer in written:
                painter.setPen(QColor(colours.zero if codes[layer] == ZERO else colours.text))
                box = _high_enough(QRectF(bars.right() + 6, row.top(), values, row.height()), painter)
                painter.drawText(box, LEFT, self.measure.text(value))
        self._paint_scale(painter, bars, table)

    def _paint_zero(self, painter: QPainter, row: QRectF, *, named: bool) -> None:
        """Paint the sign of an exact zero: a bar of no length would be nothing to see."""
        zero, metrics = self.theme.colours.zero, QFontMetricsF(self.font())
        reach = min(metrics.capHeight() * 0.7, row.height() / 2)
        middle = QPointF(row.left() + reach, row.center().y())
        words = QRectF(middle.x() + reach + 4, row.top(), metrics.horizontalAdvance("exactly 0"), row.height())
        words = _high_enough(words, painter)
        if named:
            painter.fillRect(words.adjusted(-2, 0, 2, 0), QColor(self.theme.colours.surface))
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(zero))
        corners = ((-reach, 0.0), (0.0, -reach), (reach, 0.0), (0.0, reach))
        painter.drawPolygon(QPolygonF([middle + QPointF(x, y) for x, y in corners]))
        painter.restore()
        if named:
            painter.setPen(QColor(zero))
            painter.drawText(words, LEFT, "exactly 0")

    def _paint_scale(self, painter: QPainter, bars: QRectF, table: np.ndarray) -> None:
        """Paint the scale of the bars, which is the scale of the colours too."""
        colours, metrics = self.theme.colours, QFontMetricsF(self._small)
        painter.setFont(self._small)
        strip = np.ascontiguousarray(table[None, :256])
        image = QImage(strip.data, 256, 1, 4 * 256, QImage.Format.Format_RGB32)
        painter.drawImage(QRectF(bars.left(), bars.bottom() + 2, bars.width(), 5), image)
        painter.setPen(QColor(colours.muted))
        ticks = self.measure.ticks()
        widest = max(metrics.horizontalAdvance(text) for _, text in ticks) + 8
        # The first begins at the edge, half of it farther to the right than its place.
        if any((after - before) * bars.width() < 1.5 * widest for (before, _), (after, _) in pairwise(ticks)):
            ticks = [ticks[0], ticks[-1]]
        for place, text in ticks:
            wide = metrics.horizontalAdvance(text)
            x = bars.left() + place * bars.width() - wide / 2
            x = min(max(x, bars.left() - 2), self.width() - wide)
            painter.drawText(QPointF(x, bars.bottom() + 9 + metrics.ascent()), text)


def _high_enough(box: QRectF, painter: QPainter) -> QRectF:
    """Return the box, higher about its middle where a line of text would not fit into it."""
    more = max(0.0, (painter.fontMetrics().height() - box.height()) / 2)
    return box.adjusted(0, -more, 0, more)


def zero_count_text(zeros: int, entries: int) -> str:
    """Return how many entries are exactly 0, in words."""
    return f"{zeros} of {entries} exactly 0 ({share_text(zeros / entries)})" if entries else "no entries"
