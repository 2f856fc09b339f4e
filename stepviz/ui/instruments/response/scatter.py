"""The scatter of a regression on many inputs: the answer over the target, on the diagonal where it is right."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen

from stepviz.probes.response import ScatterResponse
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.response.curve import target_range
from stepviz.ui.instruments.response.points import paint_points
from stepviz.ui.instruments.response.view import ResponseView
from stepviz.ui.plotting.axes import Axis, Plot, lay_out, paint_axes

ROOM_FOR_LABELS = 130
MANY = 600


class ScatterView(ResponseView):
    """Paints a ScatterResponse; answers beyond the picture are drawn on its frame."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.shape: ScatterResponse | None = None
        self.setAccessibleName("Answers over targets")
        self.setToolTip("Each point is an example: on the diagonal the network's answer is the target")

    def show_shape(self, shape: object, frame: Frame) -> None:
        """Show the answers that belong to a frame."""
        assert isinstance(shape, ScatterResponse)
        self.take_examples(frame.setup)
        self.shape = shape
        self.update()

    def plot(self) -> Plot:
        """Return where the points are painted: target and answer to one scale."""
        assert self.examples is not None
        dataset = self.examples.dataset
        what = "training" if not len(dataset.test) else "test"
        named = self.height() >= ROOM_FOR_LABELS
        name = dataset.target_names[0] if len(dataset.target_names) == 1 else "target"
        low, high = target_range(dataset)
        across = Axis(low, high, f"{name} ({what} examples)" if named else "")
        area = QRectF(1, 0, self.width() - 2, self.height() - 2)
        return lay_out(area, across, Axis(low, high, "answer" if named else ""), QFontMetricsF(self.font()))

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint diagonal and points."""
        if self.shape is None or self.examples is None:
            return
        painter, plot, colours = QPainter(self), self.plot(), self.theme.colours
        self.draw_layer(painter)
        finite = np.isfinite(self.shape.answer)
        target, answer = self.shape.target[finite], self.shape.answer[finite]
        places = plot.points(target, np.clip(answer, plot.up.low, plot.up.high))
        count = len(places)
        size = max(3.0, min(plot.box.width() / 60, 8.0)) * (1.0 if count < MANY else 0.7)
        codes, test = np.zeros(count, dtype=np.int64), np.zeros(count, dtype=bool)
        tested = len(self.examples.dataset.test) > 0
        colour = QColor(colours.test if tested else colours.train)
        paint_points(painter, places, codes, test, [colour], size, colours)
        painter.end()

    def paint_layer(self, painter: QPainter) -> None:
        """Paint axes and diagonal."""
        plot, colours = self.plot(), self.theme.colours
        paint_axes(painter, plot, colours)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(QPen(QColor(colours.text), 1))
        box = plot.box
        painter.drawLine(QPointF(box.left(), box.bottom()), QPointF(box.right(), box.top()))
