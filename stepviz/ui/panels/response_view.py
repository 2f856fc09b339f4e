"""What the views of the response have in common: a painted widget with a layer that seldom changes."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.engine.setup import Setup
from stepviz.runtime.frame import Frame
from stepviz.ui.panels.response_points import Entry, Examples
from stepviz.ui.theme import Theme, font


class ResponseView(QWidget):
    """Shows one kind of response. ``layer`` is painted once, and again when size, theme or data have changed."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.examples: Examples | None = None
        self._layer: QPixmap | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)

    def show_shape(self, shape: object, frame: Frame) -> None:
        """Show a response that belongs to a frame."""
        raise NotImplementedError

    def paint_layer(self, painter: QPainter) -> None:
        """Paint what stays the same from response to response."""

    def take_examples(self, setup: Setup) -> Examples:
        """Return the examples to draw, chosen anew where the data have changed."""
        if self.examples is None or self.examples.dataset is not setup.dataset:
            self.examples = Examples.of(setup.dataset)
            self._layer = None
        return self.examples

    def draw_layer(self, painter: QPainter) -> None:
        """Draw the layer, painting it first where it is out of date."""
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
