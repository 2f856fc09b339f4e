"""The plot of the losses: both curves over the steps, and lines where something was changed."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import measured_text, number_text, step_text
from stepviz.runtime.history import HistoryView, Mark
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.plotting.axes import Axis, Plot, draw_curve, lay_out, paint_axes, round_down, round_up
from stepviz.ui.plotting.step_axis import paint_marks, paint_step_axis
from stepviz.ui.text.number_format import mix

LABEL = "loss"
ROOM_FOR_NAMES = 120
ROOM_FOR_LABEL = 150
# A few losses this many times above the rest are cut off: they would press all others to the floor.
OUTLIER = 8.0
# Not for so little that is won by it.
WORTH_A_CUT = 2.0
# A logarithmic axis spans at least this factor: a loss that hardly moves must look like one.
LEAST_FACTOR = 10.0


class LossPlot(QWidget):
    """Paints ``train_loss`` and ``test_loss`` of a history, faintly those of a run that was left for another."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.logarithmic = False
        self._history: HistoryView | None = None
        self._here: int | None = None
        self._ghost: HistoryView | None = None
        self._steps: Array = np.empty(0)
        self._losses: tuple[Array, Array] = (np.empty(0), np.empty(0))
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)
        self.setAccessibleName("Loss over the steps")

    def show_history(self, history: HistoryView, here: int | None = None, ghost: HistoryView | None = None) -> None:
        """Show another history, the step ``here`` that is looked back at, and the later path of a run left behind."""
        self._history, self._here, self._ghost = history, here, ghost
        self._steps = history.column("step")
        self._losses = (history.column("train_loss"), history.column("test_loss"))
        self.update()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which curves can be told from each other."""
        return QSize(160, 70)

    def axis(self) -> Axis:
        """Return the axis of the loss for what is shown: round ends, so that it seldom moves."""
        return loss_axis(np.concatenate(self._losses), self.logarithmic, LABEL if self._is_high() else "")

    def plot(self) -> Plot:
        """Return where the curves are painted."""
        metrics = QFontMetricsF(self.font())
        names = metrics.height() if self._has_names() else 0
        first, last = (float(self._steps[0]), float(self._steps[-1])) if len(self._steps) else (0.0, 1.0)
        if self._ghost is not None and len(later := self._ghost.column("step")):
            last = max(last, float(later[-1]))
        area = QRectF(1, names, self.width() - 2, self.height() - names - 3)
        return lay_out(area, Axis(first, last), self.axis(), metrics)

    def describe(self, place: QPointF) -> str:
        """Return the losses recorded nearest to a point of the widget, in words; empty outside the plot."""
        box = self.plot().box
        if self._history is None or not len(self._steps) or not box.left() <= place.x() <= box.right():
            return ""
        step = self._steps[0] + (place.x() - box.left()) / box.width() * (self._steps[-1] - self._steps[0])
        nearest = int(np.abs(self._steps - step).argmin())
        train, test = (float(losses[nearest]) for losses in self._losses)
        lines = [f"Step {step_text(float(self._steps[nearest]))}", f"train loss {measured_text(train, 4)}"]
        if not np.isnan(test):
            lines.append(f"test loss {measured_text(test, 4)}")
        near = 4 / box.width() * max(1.0, float(self._steps[-1] - self._steps[0]))
        lines.extend(f"Step {step_text(mark.step)}: {mark.text}" for mark in self._marks_near(step, near))
        lines.append(kept_text(self._history.thinned))
        return "\n".join(filter(None, lines))

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the numbers under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position()), self)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint axes, marks and curves."""
        painter, colours = QPainter(self), self.theme.colours
        painter.setFont(self.font())
        if self._history is None or len(self._steps) < 2:
            painter.setPen(QColor(colours.muted))
            words = "The loss appears here once training runs: press play, or make two steps"
            painter.drawText(self.rect(), Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap, words)
            painter.end()
            return
        plot = self.plot()
        box, first, last = plot.box, plot.across.low, plot.across.high
        paint_axes(painter, plot, colours, ticks_across=False)
        if self._ghost is not None:
            self._paint_ghost(painter, plot, self._ghost)
        for losses, colour in zip(self._losses[::-1], (colours.test, colours.train), strict=True):
            self._paint_curve(painter, plot, self._steps, losses, QColor(colour))
        line = QFontMetricsF(self.font()).height()
        names = QRectF(box.left(), 0, self.width() - box.left(), line) if self._has_names() else None
        paint_marks(painter, box, first, last, self._history.marks, colours, names)
        below = QRectF(box.left(), box.bottom(), box.width(), line + 5)
        paint_step_axis(painter, below, first, last, colours)
        self._say_cut_off(painter, plot)
        if self._here is not None:
            self._paint_here(painter, plot, self._here)
        painter.end()

    def _paint_ghost(self, painter: QPainter, plot: Plot, ghost: HistoryView) -> None:
        colours = self.theme.colours
        for name, colour in (("test_loss", colours.test), ("train_loss", colours.train)):
            faint = mix(colours.surface, colour, 0.35)
            self._paint_curve(painter, plot, ghost.column("step"), ghost.column(name), faint)

    def _paint_here(self, painter: QPainter, plot: Plot, step: int) -> None:
        x = plot.box.left() + float(plot.across.places(float(step))) * plot.box.width()
        colour = QColor(self.theme.colours.accent)
        painter.setPen(QPen(colour, 1))
        painter.drawLine(QPointF(x, plot.box.top()), QPointF(x, plot.box.bottom()))
        painter.setBrush(colour)
        painter.drawPolygon(QPolygonF([QPointF(x - 5, plot.box.top()), QPointF(x + 5, plot.box.top()),
                                       QPointF(x, plot.box.top() + 7)]))  # fmt: skip

    def _paint_curve(self, painter: QPainter, plot: Plot, steps: Array, losses: Array, colour: QColor) -> None:
        known = np.isfinite(losses)
        if not known.any():
            return
        steps, values = peaks(steps[known], losses[known], max(1, int(plot.box.width())))
        painter.save()
        painter.setClipRect(plot.box.adjusted(0, -1, 0, 2))
        draw_curve(painter, plot.polygon(steps, values), colour)
        painter.restore()

    def _say_cut_off(self, painter: QPainter, plot: Plot) -> None:
        both = np.concatenate(self._losses)
        highest = float(both[np.isfinite(both)].max(initial=0.0))
        if highest > plot.up.high:
            painter.setPen(QColor(self.theme.colours.muted))
            words = f"peaks up to {number_text(highest)} are cut off"
            painter.drawText(plot.box.adjusted(4, 2, -4, -2), Qt.AlignmentFlag.AlignRight, words)

    def _marks_near(self, step: float, near: float) -> list[Mark]:
        return [mark for mark in (self._history.marks if self._history else ()) if abs(mark.step - step) <= near]

    def _is_high(self) -> bool:
        return self.height() >= ROOM_FOR_LABEL

    def _has_names(self) -> bool:
        return self._history is not None and bool(self._history.marks) and self.height() >= ROOM_FOR_NAMES

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self.setFont(font(points, tabular=True))


def kept_text(thinned: int) -> str:
    """Return in words that the history is thinned out; empty where it is whole."""
    return f"1 of {step_text(thinned)} points kept" if thinned > 1 else ""


def loss_axis(losses: Array, logarithmic: bool, label: str = LABEL) -> Axis:
    """Return the axis for losses (points,), NaN and infinite ones aside; a linear one begins at 0."""
    finite = losses[np.isfinite(losses)]
    highest = float(finite.max(initial=0.0))
    if highest <= 0.0:
        return Axis(0.1, 1.0, label, True) if logarithmic else Axis(0.0, 1.0, label)
    if not logarithmic:
        most = OUTLIER * float(np.quantile(finite, 0.95))
        return Axis(0.0, round_up(1.1 * (most if 0.0 < WORTH_A_CUT * most < highest else highest)), label)
    low, high = round_down(float(finite[finite > 0].min())), round_up(highest)
    return Axis(min(low, high / LEAST_FACTOR), high, label, True)


def peaks(steps: Array, values: Array, columns: int) -> tuple[Array, Array]:
    """Return a curve (points,) with at most two points for each of ``columns`` spans: the lowest and the highest."""
    if len(steps) <= 2 * columns:
        return steps, values
    span = float(steps[-1] - steps[0]) or 1.0
    column = np.minimum(((steps - steps[0]) / span * columns).astype(np.int64), columns - 1)
    starts = np.flatnonzero(np.diff(column, prepend=-1))
    both = np.stack([np.minimum.reduceat(values, starts), np.maximum.reduceat(values, starts)], axis=1)
    # Down first where the curve falls, so that the ends of neighbours meet.
    falling = values[starts] > values[np.append(starts[1:], len(values)) - 1]
    both[falling] = both[falling, ::-1]
    return np.repeat(steps[starts], 2), both.ravel()
