"""What the views of the response have in common: a painted widget with a layer that seldom changes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.engine.data.dataset import Dataset
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.response.points import Entry, Examples
from stepviz.ui.plotting.axes import Plot
from stepviz.ui.plotting.export_mode import is_exporting


class ResponseView(QWidget):
    """Shows one kind of response. ``layer`` is painted once, and again when size, theme or data have changed.

    ``brush`` (middle, radius, colour) is the circle of a tool for drawing, ``hint`` a sentence over the picture.
    """

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.examples: Examples | None = None
        self.brush: tuple[QPointF, float, str] | None = None
        self.hint = ""
        self._given: Dataset | None = None
        self.draft: Dataset | None = None
        self._layer: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_shape(self, shape: object, frame: Frame) -> None:
        """Show a response that belongs to a frame."""
        raise NotImplementedError

    def paint_layer(self, painter: QPainter) -> None:
        """Paint what stays the same from response to response."""

    def take_examples(self, setup: BoundExperiment) -> Examples:
        """Return the examples to draw, chosen anew where the data have changed."""
        self._given = setup.dataset
        return self._choose_examples(self.draft or self._given)

    def show_draft(self, draft: Dataset | None) -> None:
        """Show these examples in the place of those of the run, which has them a little later; None: the run's."""
        self.draft = draft
        dataset = draft or self._given
        if dataset is not None:
            self._choose_examples(dataset)
            self.update()

    def _choose_examples(self, dataset: Dataset) -> Examples:
        if self.examples is None or self.examples.dataset is not dataset:
            self.examples = Examples.of(dataset)
            self._layer = None
        return self.examples

    def plot(self) -> Plot:
        """Return where inputs and answers are painted, in views that have axes."""
        raise NotImplementedError

    def paint_tool(self, painter: QPainter, box: QRectF) -> None:
        """Paint the circle of the tool and the hint over the picture in ``box``."""
        if self.hint:
            painter.setFont(self.font())
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            room = painter.boundingRect(box.adjusted(12, 12, -12, -12), flags, self.hint)
            painter.fillRect(room.adjusted(-8, -5, 8, 5), QColor(self.theme.colours.surface))
            painter.setPen(QColor(self.theme.colours.text))
            painter.drawText(room, flags, self.hint)
        if self.brush is not None:
            middle, radius, colour = self.brush
            painter.setClipRect(box)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setBrush(Qt.BrushStyle.NoBrush)
            for ink, width in ((self.theme.colours.surface, 4.0), (colour, 2.0)):
                painter.setPen(QPen(QColor(ink), width))
                painter.drawEllipse(middle, radius, radius)

    def draw_layer(self, painter: QPainter) -> None:
        """Draw the layer, painting it first where it is out of date."""
        if is_exporting():
            painter.save()
            painter.setFont(self.font())
            self.paint_layer(painter)
            painter.restore()
            return
        ratio = self.devicePixelRatioF()
        if self._layer is None or self._layer.devicePixelRatioF() != ratio:
            self._layer = QPixmap(round(self.width() * ratio), round(self.height() * ratio))
            self._layer.setDevicePixelRatio(ratio)
            self._layer.fill(Qt.GlobalColor.transparent)
            inner = QPainter(self._layer)
            inner.setFont(self.font())
            self.paint_layer(inner)
            inner.end()
        painter.drawPixmap(QPoint(0, 0), self._layer)

    def refresh(self) -> None:
        """Paint all of it anew."""
        self._layer = None
        self.update()

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        self.setFont(font(points, tabular=True))
        self.refresh()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the least size at which points and labels can be told apart."""
        return QSize(160, 90)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Paint all of it in the new size."""
        super().resizeEvent(event)
        self._layer = None


def sample_entries(examples: Examples) -> Sequence[Entry]:
    """Return the lines of a legend that tell training from test, and say how many are drawn."""
    entries = [Entry("train", mark="train")]
    if len(examples.dataset.test):
        entries.append(Entry("test", mark="test"))
    return entries
