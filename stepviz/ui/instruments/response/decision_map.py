"""The decision map: what the network answers over the plane of two inputs, with the examples on it."""

from __future__ import annotations

import time
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from stepviz.engine.common.arrays import Bools, Ints
from stepviz.engine.common.number_format import number_text
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.response import Grid, MapResponse
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.response.colours import (
    as_colours,
    class_colours,
    class_pixels,
    picture,
    score_pixels,
    shades,
)
from stepviz.ui.instruments.response.points import (
    Entry,
    Examples,
    legend_gap,
    legend_rows,
    paint_crosses,
    paint_legend,
    paint_points,
    point_size,
)
from stepviz.ui.instruments.response.view import ResponseView, sample_entries
from stepviz.ui.plotting.axes import Axis, Plot, bar_room, lay_out, paint_axes, paint_bar
from stepviz.ui.plotting.contours import contour

# Two inputs whose ranges differ by less than this factor are drawn to one scale.
ONE_SCALE = 1.5
JUDGING_PAUSE, REST = 0.1, 10.0
ROOM_FOR_LABELS = 130
SHADES = 32


class MapView(ResponseView):
    """Paints a MapResponse, the examples, and crosses over those that are answered wrongly."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.shape: MapResponse | None = None
        self.wrong: Bools = np.zeros(0, dtype=bool)
        self._setup: BoundExperiment | None = None
        self._frame: Frame | None = None
        self._judged: Examples | None = None
        self._grid: Grid | None = None
        self._image: QImage | None = None
        self._due = 0.0
        self.setMouseTracking(True)
        self.setAccessibleName("Decision map")

    def show_shape(self, shape: object, frame: Frame) -> None:
        """Show a map that belongs to a frame."""
        assert isinstance(shape, MapResponse)
        examples = self.take_examples(frame.setup)
        if frame.setup is not self._setup:
            if self._setup is None or frame.experiment is not self._setup.experiment:
                self._due = 0.0
                # A drawing has the axes that it began with, whatever becomes of it.
                if self.draft is None or self.shape is None or self.shape.extent != shape.extent:
                    self._layer = None
            self._setup, self._grid = frame.setup, None
        self._frame, self.shape = frame, shape
        self._prepare(examples)
        self._image = None
        if shape.classes is not None and (not frame.running or time.perf_counter() >= self._due):
            self._judge(frame)
        self.update()

    def show_draft(self, draft: Dataset | None) -> None:
        """Show these examples, and which of them are answered wrongly."""
        super().show_draft(draft)
        if self.examples is not None and self._frame is not None and self.examples is not self._judged:
            self._prepare(self.examples)
            if self.shape is not None and self.shape.classes is not None and time.perf_counter() >= self._due:
                self._judge(self._frame)

    def _prepare(self, examples: Examples) -> None:
        """Make room for the verdicts on other examples; those of a drawing that grows are kept."""
        if examples is not self._judged:
            kept, count = self.wrong, len(examples.chosen)
            self._judged, self._grid = examples, None
            self.wrong = np.zeros(count, dtype=bool)
            if examples.dataset.drawn and count >= len(kept):
                self.wrong[: len(kept)] = kept

    def _judge(self, frame: Frame) -> None:
        """Find the drawn examples that are answered wrongly; large networks are asked less often."""
        assert self.examples is not None
        began = time.perf_counter()
        setup = frame.setup
        if not len(self.examples.chosen):
            return
        if self._grid is None:
            self._grid = Grid(setup, self.examples.inputs)
        with np.errstate(all="ignore"):
            answers = self._grid.answers(frame.parameters[None])
        self.wrong = setup.network.loss.predict(answers) != self.examples.classes
        took = time.perf_counter() - began
        self._due = began + max(JUDGING_PAUSE, REST * took)

    @property
    def smooth(self) -> bool:
        """Return whether the answer has no jumps: then the colours between the points of the grid are mixed."""
        return self._setup is not None and not any(
            function.activation.takes_rules for function in self._setup.network.functions
        )

    def refresh(self) -> None:
        """Paint all of it anew."""
        self._image = None
        super().refresh()

    # Where things stand

    def plot(self) -> Plot:
        """Return where the map is painted."""
        return self._arrange()[0]

    def answer_axis(self) -> Axis:
        """Return the scale of a regression's answers: the range of the targets."""
        assert self._setup is not None
        dataset = self._setup.dataset
        return Axis(*dataset.target_ranges[0], dataset.target_names[0])

    def _arrange(self) -> tuple[Plot, QRectF]:
        """Return the map and the box of its legend: beside it, or below where the map is larger then."""
        metrics = QFontMetricsF(self.font())
        area = QRectF(1, 0, self.width() - 2, self.height() - 1)
        entries = self.entries()
        bar = 0.0 if self._is_classified() else bar_room(self.answer_axis(), area.height(), metrics)
        widest = max((metrics.horizontalAdvance(entry.text) for entry in entries), default=0.0)
        column = min(widest + metrics.capHeight() + legend_gap(metrics) + 6, 0.36 * area.width())
        beside = self._fit(area.adjusted(0, 0, -column - 10 - bar, 0), metrics)
        low = legend_rows(entries, metrics, area.width()) * (metrics.height() + 3)
        below = self._fit(area.adjusted(0, 0, -bar, -low), metrics)
        if below.box.width() * below.box.height() > 1.15 * beside.box.width() * beside.box.height():
            return below, QRectF(area.left() + 4, area.bottom() - low, area.width() - 4, low)
        left = beside.box.right() + 12 + bar
        return beside, QRectF(left, beside.box.top(), area.right() - left, area.bottom() - beside.box.top())

    def _fit(self, area: QRectF, metrics: QFontMetricsF) -> Plot:
        assert self.shape is not None
        assert self._setup is not None
        x_low, x_high, y_low, y_high = self.shape.extent
        names = self._setup.dataset.input_names if self.height() >= ROOM_FOR_LABELS else ("", "")
        across, up = Axis(x_low, x_high, names[0]), Axis(y_low, y_high, names[1])
        ratio = (y_high - y_low) / (x_high - x_low)
        plot = lay_out(area, across, up, metrics)
        if not 1 / ONE_SCALE < ratio < ONE_SCALE:
            return plot
        box = plot.box
        width = min(box.width(), box.height() / ratio)
        return Plot(QRectF(box.left(), box.top(), int(width), int(width * ratio)), across, up)

    def entries(self) -> Sequence[Entry]:
        """Return the legend."""
        if self.examples is None:
            return ()
        names = self.examples.dataset.class_names
        colours = class_colours(self.theme.colours, len(names))
        classes = [Entry(name, colour) for name, colour in zip(names, colours, strict=False)]
        return (*classes, *sample_entries(self.examples), *((Entry("wrong", mark="wrong"),) if names else ()))

    def _is_classified(self) -> bool:
        return self.examples is not None and bool(self.examples.dataset.class_names)

    def describe(self, position: QPointF) -> str:
        """Return the answer under a point of the widget, in words; empty outside the map."""
        if self.shape is None or self._setup is None:
            return ""
        plot, dataset = self.plot(), self._setup.dataset
        if not plot.box.contains(position):
            return ""
        across = (position.x() - plot.box.left()) / plot.box.width()
        up = (plot.box.bottom() - position.y()) / plot.box.height()
        rows, columns = self.shape.scores.shape
        row, column = min(rows - 1, int(up * rows)), min(columns - 1, int(across * columns))
        score = float(self.shape.scores[row, column])
        places = zip(dataset.input_names, (plot.across.value(across), plot.up.value(up)), strict=True)
        where = ", ".join(f"{name} = {number_text(value)}" for name, value in places)
        if self.shape.classes is None:
            return f"{where}\n{dataset.target_names[0]} = {number_text(score)}"
        winner = int(self.shape.classes[row, column])
        share = 1 - score if len(dataset.class_names) == 2 and winner == 0 else score
        return f"{where}\n{dataset.class_names[winner]} ({share:.0%})".replace("%", " %")

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the answer under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position()), self)

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the map, the examples and the crosses."""
        if self.shape is None or self._setup is None or self.examples is None:
            return
        painter = QPainter(self)
        plot, colours = self.plot(), self.theme.colours
        if self._image is None:
            self._image = picture(self._pixels(self.shape))
        painter.fillRect(plot.box, QColor(colours.raised))
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, self.smooth)
        painter.drawImage(plot.box, self._image)
        if self.smooth and len(self.examples.dataset.class_names) == 2:
            self._paint_boundary(painter, plot, self.shape)
        self.draw_layer(painter)
        if self.wrong.any():
            painter.setClipRect(plot.box)
            inputs = self.examples.inputs[self.wrong]
            paint_crosses(painter, plot.points(inputs[:, 0], inputs[:, 1]), self._size(plot), colours)
        self.paint_tool(painter, plot.box)
        painter.end()

    def paint_layer(self, painter: QPainter) -> None:
        """Paint axes, examples and legend."""
        assert self.examples is not None
        (plot, legend), colours = self._arrange(), self.theme.colours
        paint_axes(painter, plot, colours, grid=False)
        if not self._is_classified():
            paint_bar(painter, plot.box, self.answer_axis(), shades(self.theme, 256), colours)
        paint_legend(painter, legend, self.entries(), colours)
        self._paint_examples(painter, plot)

    def _paint_examples(self, painter: QPainter, plot: Plot, first: int = 0) -> None:
        assert self.examples is not None
        painter.setClipRect(plot.box)
        inputs, test = self.examples.inputs[first:], self.examples.test[first:]
        codes, table = self._point_colours()
        # A number in the middle of the scale has the colour of the map, and of ten classes' colours some are pale: the
        # rim shows them.
        rim = "" if self._is_classified() and len(table) <= 2 else self.theme.colours.muted
        places = plot.points(inputs[:, 0], inputs[:, 1])
        paint_points(painter, places, codes[first:], test, table, self._size(plot), self.theme.colours, rim)

    def _choose_examples(self, dataset: Dataset) -> Examples:
        """Keep the layer where a drawing has only grown, and paint what is new over it: a brush must not stutter."""
        before, layer = self.examples, self._layer
        now = super()._choose_examples(dataset)
        if before is None or layer is None or now is before or not now.extends(before):
            return now
        if self.shape is not None and self._size_of(now) == self._size_of(before):
            painter = QPainter(layer)
            self._paint_examples(painter, self.plot(), len(before.chosen))
            painter.end()
            self._layer = layer
        return now

    def _size(self, plot: Plot) -> float:
        return point_size(plot.box.width(), 0 if self.examples is None else len(self.examples.chosen))

    def _size_of(self, examples: Examples) -> float:
        return point_size(self.width(), len(examples.chosen))

    def _point_colours(self) -> tuple[Ints, Sequence[QColor]]:
        assert self.examples is not None
        if self._is_classified():
            names = class_colours(self.theme.colours, len(self.examples.dataset.class_names))
            return self.examples.classes, [QColor(name) for name in names]
        places = np.clip(self.answer_axis().places(self.examples.numbers[:, 0]), 0.0, 1.0)
        return (places * (SHADES - 1)).astype(np.int64), as_colours(shades(self.theme, SHADES, strength=1.0))

    def _pixels(self, shape: MapResponse) -> NDArray[np.uint32]:
        classes = len(self.examples.dataset.class_names) if self.examples else 0
        if shape.classes is None:
            return score_pixels(self.theme, self.answer_axis().places(shape.scores))
        if classes == 2:
            return score_pixels(self.theme, shape.scores)
        return class_pixels(self.theme, shape.scores, shape.classes, classes)

    def _paint_boundary(self, painter: QPainter, plot: Plot, shape: MapResponse) -> None:
        rows, columns = shape.scores.shape
        segments = (contour(shape.scores, 0.5) + 0.5) / (columns, rows)
        lines = PrimitiveArray(QLineF, 4)
        lines.resize(len(segments))
        ends = lines.ndarray().reshape(-1, 2, 2)
        ends[..., 0] = plot.box.left() + segments[..., 0] * plot.box.width()
        ends[..., 1] = plot.box.bottom() - segments[..., 1] * plot.box.height()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(self.theme.colours.text), 1, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawLines(*lines.drawargs())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
