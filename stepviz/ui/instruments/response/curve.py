"""The fitted curve: what the network answers over one input, with the examples."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QMouseEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text
from stepviz.engine.data.dataset import Dataset
from stepviz.probes.response import CurveResponse
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.response.colours import class_colours
from stepviz.ui.instruments.response.points import Entry, legend_rows, paint_legend, paint_points
from stepviz.ui.instruments.response.view import ResponseView, sample_entries
from stepviz.ui.plotting.axes import Axis, Plot, draw_curve, lay_out, paint_axes

ROOM_FOR_LABELS = 130
# The axis reaches this much beyond the targets; what the network answers beyond leaves the picture.
MARGIN = 0.12


class CurveView(ResponseView):
    """Paints a CurveResponse over the examples."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.shape: CurveResponse | None = None
        self.setMouseTracking(True)
        self.setAccessibleName("Fitted curve")

    def show_shape(self, shape: object, frame: Frame) -> None:
        """Show a curve that belongs to a frame."""
        assert isinstance(shape, CurveResponse)
        self.take_examples(frame.setup)
        if self.shape is None or self.shape.y.shape != shape.y.shape:
            self._layer = None
        self.shape = shape
        self.update()

    def plot(self) -> Plot:
        """Return where the curve is painted."""
        return self._arrange()[0]

    def _arrange(self) -> tuple[Plot, QRectF]:
        assert self.examples is not None
        metrics, dataset = QFontMetricsF(self.font()), self.examples.dataset
        area = QRectF(1, 0, self.width() - 2, self.height() - 2)
        high = legend_rows(self.entries(), metrics, area.width()) * (metrics.height() + 3)
        labelled = self.height() >= ROOM_FOR_LABELS
        across = Axis(*dataset.input_ranges[0], dataset.input_names[0] if labelled else "")
        low, up = (-0.05, 1.05) if dataset.class_names else target_range(dataset)
        plot = lay_out(
            area.adjusted(0, high, 0, 0), across, Axis(low, up, answer_name(dataset) if labelled else ""), metrics
        )
        return plot, QRectF(plot.box.left(), 0, area.right() - plot.box.left(), high)

    def entries(self) -> Sequence[Entry]:
        """Return the legend."""
        if self.examples is None:
            return ()
        dataset, colours = self.examples.dataset, self._colours()
        samples = sample_entries(self.examples)
        if dataset.class_names:
            named = zip(dataset.class_names, class_colours(self.theme.colours, len(dataset.class_names)), strict=False)
            return (*(Entry(name, colour) for name, colour in named), *samples)
        if len(dataset.target_names) > 1:
            return (*(Entry(name, colours[k]) for k, name in enumerate(dataset.target_names)), *samples)
        return tuple(Entry(entry.text, colours[0], entry.mark) for entry in samples)

    def _colours(self) -> tuple[str, ...]:
        """Return the colour of the examples of each answer."""
        assert self.examples is not None
        dataset = self.examples.dataset
        count = len(dataset.class_names or dataset.target_names)
        return (self.theme.colours.train,) if count == 1 else class_colours(self.theme.colours, count)

    def describe(self, position: QPointF) -> str:
        """Return the answer at a point of the widget, in words; empty outside the plot."""
        if self.shape is None or self.examples is None or not self.plot().box.contains(position):
            return ""
        plot, dataset = self.plot(), self.examples.dataset
        x = plot.across.value((position.x() - plot.box.left()) / plot.box.width())
        nearest = int(np.abs(self.shape.x - x).argmin())
        names = self._answer_names(self.shape.y)
        values = zip(names, self.shape.y[nearest].tolist(), strict=True)
        lines = [f"{dataset.input_names[0]} = {number_text(float(self.shape.x[nearest]))}"]
        return "\n".join([*lines, *(f"{name}: {number_text(value)}" for name, value in values)])

    def _answer_names(self, y: Array) -> Sequence[str]:
        assert self.examples is not None
        dataset = self.examples.dataset
        names = dataset.class_names or dataset.target_names
        return names[-y.shape[1] :]

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the answer under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position()), self)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the examples, and the curve over them."""
        if self.shape is None or self.examples is None:
            return
        painter, plot = QPainter(self), self.plot()
        self.draw_layer(painter)
        painter.setClipRect(plot.box.adjusted(0, -1, 0, 2))
        outputs = self.shape.y.shape[1]
        colours = self._colours()[-outputs:] if outputs > 1 else (self.theme.colours.text,)
        for output, colour in enumerate(colours[:outputs]):
            values = self.shape.y[:, output].astype(np.float64)
            known = np.isfinite(values)
            if known.any():
                draw_curve(painter, plot.polygon(self.shape.x[known], values[known]), colour)
        self.paint_tool(painter, plot.box)
        painter.end()

    def paint_layer(self, painter: QPainter) -> None:
        """Paint axes, examples and legend."""
        assert self.examples is not None
        (plot, legend), colours = self._arrange(), self.theme.colours
        paint_axes(painter, plot, colours)
        paint_legend(painter, legend, self.entries(), colours)
        painter.setClipRect(plot.box.adjusted(-3, -3, 3, 3))
        inputs, test, table = self.examples.inputs[:, 0], self.examples.test, [QColor(name) for name in self._colours()]
        size = max(4.0, min(plot.box.width() / 60, 9.0))
        if self.examples.dataset.class_names:
            classes = self.examples.classes
            heights = (classes if len(table) == 2 else np.ones_like(classes)).astype(np.float64)
            paint_points(painter, plot.points(inputs, heights), classes, test, table, size, colours)
            return
        for output, numbers in enumerate(self.examples.numbers.T):
            codes = np.full(len(inputs), output, dtype=np.int64)
            paint_points(painter, plot.points(inputs, numbers), codes, test, table, size, colours)


def target_range(dataset: Dataset) -> tuple[float, float]:
    """Return the axis of the answers: all targets, and a margin; that of a drawing is as wide as it can be drawn on."""
    low = min(low for low, _ in dataset.target_ranges)
    high = max(high for _, high in dataset.target_ranges)
    margin = 0.0 if dataset.drawn else MARGIN * (high - low)
    return low - margin, high + margin


def answer_name(dataset: Dataset) -> str:
    """Return what the answer axis is called."""
    if len(dataset.class_names) == 2:
        return f"share of «{dataset.class_names[1]}»"
    if dataset.class_names:
        return "share of each class"
    return dataset.target_names[0] if len(dataset.target_names) == 1 else "targets"
