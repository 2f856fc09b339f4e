"""What one unit computes over the plane, or the line, of the inputs; where its derivative is 0 it is hatched."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QBrush, QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.engine.common.arrays import Array, Bools
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.unit import UnitReading
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.network_diagram.scene import power_of_two
from stepviz.ui.plotting.axes import Axis, Plot, lay_out, paint_axes

# Below this the picture has no axes: it needs the room itself.
ROOM_FOR_AXES = 170
MOST_POINTS = 400
HATCH = 6


class ResponseView(QWidget):
    """Paints h = f(z) of a unit from minus to plus the power of two above its largest output; the middle is 0."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._reading: UnitReading | None = None
        self._setup: BoundExperiment | None = None
        self._examples: Array = np.empty((0, 2))
        self.level = 1.0
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Response of the unit over the inputs")

    def show_reading(self, reading: UnitReading, setup: BoundExperiment) -> None:
        """Show another reading of a unit of ``setup``, whose inputs can be drawn."""
        if setup is not self._setup:
            self._setup = setup
            rows = setup.dataset.train
            chosen = rows[:: max(1, len(rows) // MOST_POINTS)]
            self._examples = setup.dataset.inputs[chosen]
        self._reading = reading
        self.level = power_of_two(float(np.abs(np.nan_to_num(reading.response)).max(initial=0.0)))
        what = "f′" if setup.network.functions[reading.layer].has_true_derivative else "the stand-in for f′"
        scale = f"h from −{self.level:g} (first colour) to {self.level:g}" if reading.dimensions == 2 else "h"
        self.setToolTip(f"{scale} over the inputs; hatched where {what} is exactly 0; dots are training examples")
        self.update()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the picture and its axes."""
        reading, setup = self._reading, self._setup
        if reading is None or setup is None or not reading.dimensions:
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        ranges, names = setup.dataset.input_ranges, setup.dataset.input_names
        across = Axis(*ranges[0], names[0])
        up = Axis(*ranges[1], names[1]) if reading.dimensions == 2 else Axis(-self.level, self.level, "h")
        square = reading.dimensions == 2
        if min(self.width(), self.height()) < ROOM_FOR_AXES:
            side = min(self.width(), self.height()) - 2
            wide, high = (side, side) if square else (self.width() - 2, self.height() - 2)
            plot = Plot(QRectF((self.width() - wide) // 2, (self.height() - high) // 2, wide, high), across, up)
            self._paint_picture(painter, plot, reading)
            painter.setPen(QPen(QColor(self.theme.colours.border), 1))
            painter.drawRect(plot.box)
        else:
            plot = lay_out(QRectF(self.rect()), across, up, QFontMetricsF(self.font()), square=square)
            self._paint_picture(painter, plot, reading)
            paint_axes(painter, plot, self.theme.colours, grid=False)
        painter.end()

    def _paint_picture(self, painter: QPainter, plot: Plot, reading: UnitReading) -> None:
        if reading.dimensions == 2:
            self._paint_map(painter, plot.box, reading)
            self._paint_examples(painter, plot)
        else:
            self._paint_curve(painter, plot, reading)

    def _paint_map(self, painter: QPainter, box: QRectF, reading: UnitReading) -> None:
        places = np.clip(np.nan_to_num(reading.response) / self.level * 127.5 + 127.5, 0, 255).astype(np.uint8)
        colours = np.ascontiguousarray(self.theme.map_table()[places][::-1])
        high, wide = places.shape
        painter.drawImage(box, QImage(colours.data, wide, high, 3 * wide, QImage.Format.Format_RGB888))
        if reading.silent.any():
            mask = _enlarged(reading.silent[::-1], int(box.width()), int(box.height()))
            painter.drawPixmap(box.topLeft(), self._hatched(mask))

    def _hatched(self, mask: Bools) -> QPixmap:
        """Return slanted lines in the colour of zero where ``mask`` (rows, columns) is set."""
        high, wide = mask.shape
        rows, columns = np.ogrid[:high, :wide]
        lines = mask & ((rows + columns) % HATCH < 2)
        pixels = np.where(lines, np.uint32(QColor(self.theme.colours.zero).rgba()), np.uint32(0))
        pixels = np.ascontiguousarray(pixels, dtype=np.uint32)
        return QPixmap.fromImage(QImage(pixels.data, wide, high, 4 * wide, QImage.Format.Format_ARGB32))

    def _paint_examples(self, painter: QPainter, plot: Plot) -> None:
        side = 2.0 if plot.box.width() < 300 else 3.0
        brush = QBrush(QColor(self.theme.colours.text))
        for x, y in plot.points(self._examples[:, 0], self._examples[:, 1]).tolist():
            painter.fillRect(QRectF(x - side / 2, y - side / 2, side, side), brush)

    def _paint_curve(self, painter: QPainter, plot: Plot, reading: UnitReading) -> None:
        box, colours = plot.box, self.theme.colours
        painter.fillRect(box, QColor(colours.raised))
        middle = box.center().y()
        painter.setPen(QPen(QColor(colours.grid), 1))
        painter.drawLine(QPointF(box.left(), middle), QPointF(box.right(), middle))
        count = len(reading.response)
        x = plot.across.low + (plot.across.high - plot.across.low) * (np.arange(count) + 0.5) / count
        points = plot.points(x, np.nan_to_num(reading.response).astype(np.float64))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for first in range(count - 1):
            silent = bool(reading.silent[first] and reading.silent[first + 1])
            painter.setPen(QPen(QColor(colours.zero if silent else colours.accent), 2.4))
            painter.drawLine(QPointF(*points[first]), QPointF(*points[first + 1]))
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
        painter.setPen(QPen(QColor(colours.muted), 1))
        for place, _ in plot.points(self._examples[:, 0], np.zeros(len(self._examples))).tolist():
            painter.drawLine(QPointF(place, box.bottom() - 5), QPointF(place, box.bottom()))


def _enlarged(mask: Bools, width: int, height: int) -> Bools:
    """Return a mask as large as the picture on screen, each cell as it is painted."""
    rows = np.arange(height) * mask.shape[0] // max(1, height)
    columns = np.arange(width) * mask.shape[1] // max(1, width)
    found: Bools = mask[np.ix_(rows, columns)]
    return found
