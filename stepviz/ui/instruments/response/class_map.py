"""The class map: which class is taken for which, and a few examples with what the network says of them."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QImage, QMouseEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QToolTip

from stepviz.engine.data.dataset import Dataset
from stepviz.probes.response import ClassResponse
from stepviz.runtime.frame import Frame
from stepviz.ui.core.contrast import ink_on
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.response.view import ResponseView
from stepviz.ui.plotting.axes import fitting
from stepviz.ui.text.number_format import mix

GAP = 10.0
ROOM_FOR_LABELS = 150
LEAST_PICTURE = 22.0
LEAST_POINTS = 8.0


class ClassesView(ResponseView):
    """Paints a ClassResponse: counts, right ones in one colour and wrong ones in another, and samples if pictures."""

    def __init__(self, theme: Theme) -> None:
        super().__init__(theme)
        self.shape: ClassResponse | None = None
        self._pictures: dict[int, QImage] = {}
        self.setMouseTracking(True)
        self.setAccessibleName("Confusion matrix and samples")

    def show_shape(self, shape: object, frame: Frame) -> None:
        """Show the predictions that belong to a frame."""
        assert isinstance(shape, ClassResponse)
        if self.examples is None or self.examples.dataset is not frame.setup.dataset:
            self._pictures.clear()
        self.take_examples(frame.setup)
        self.shape = shape
        self.update()

    def refresh(self) -> None:
        """Paint all of it anew."""
        self._pictures.clear()
        super().refresh()

    @property
    def dataset(self) -> Dataset:
        """Return the data set that is shown."""
        assert self.examples is not None
        return self.examples.dataset

    def matrix_box(self) -> QRectF:
        """Return the square of the matrix' cells."""
        return self._arrange()[0]

    def _arrange(self) -> tuple[QRectF, QRectF]:
        """Return the boxes of the matrix' cells and of the samples: beside it, or below where it is larger then."""
        metrics = QFontMetricsF(self.font())
        area = QRectF(1, 1, self.width() - 2, self.height() - 2)
        named = self.height() >= ROOM_FOR_LABELS
        left = self._label_width(metrics) + 6 + (metrics.height() if named else 0)
        top = metrics.height() + 2 + (metrics.height() if named else 0)
        pictures = self.dataset.image_shape is not None
        room = area.adjusted(left, top, 0, 0)
        beside = min(room.height(), room.width() - (0.36 * area.width() + GAP if pictures else 0))
        below = min(room.width(), room.height() - (0.30 * area.height() + GAP if pictures else 0))
        side = max(20.0, float(int(max(beside, below))))
        box = QRectF(room.left(), room.top(), side, side)
        if beside >= below:
            return box, QRectF(box.right() + GAP, area.top(), area.right() - box.right() - GAP, area.height())
        return box, QRectF(area.left(), box.bottom() + GAP, area.width(), area.bottom() - box.bottom() - GAP)

    def _label_width(self, metrics: QFontMetricsF) -> float:
        widest = max(map(metrics.horizontalAdvance, self.dataset.class_names))
        return min(widest, 0.22 * self.width())

    def describe(self, position: QPointF) -> str:
        """Return what a cell under a point of the widget counts, in words; empty outside the matrix."""
        if self.shape is None or self.examples is None or not self.matrix_box().contains(position):
            return ""
        box, classes = self.matrix_box(), len(self.shape.confusion)
        row = min(classes - 1, int((position.y() - box.top()) / box.height() * classes))
        column = min(classes - 1, int((position.x() - box.left()) / box.width() * classes))
        names, counts = self.dataset.class_names, self.shape.confusion[row]
        said = "taken for" if row != column else "recognised as"
        return f"{int(counts[column])} of {int(counts.sum())} of class «{names[row]}» {said} «{names[column]}»"

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Read the count under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position()), self)

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint matrix and samples."""
        if self.shape is None or self.examples is None:
            return
        painter = QPainter(self)
        painter.setFont(self.font())
        box, samples = self._arrange()
        self._paint_cells(painter, box, self.shape)
        self.draw_layer(painter)
        if self.dataset.image_shape is not None:
            self._paint_samples(painter, samples, self.shape)
        painter.end()

    def paint_layer(self, painter: QPainter) -> None:
        """Paint the names of the classes."""
        box, metrics, colours = self.matrix_box(), QFontMetricsF(self.font()), self.theme.colours
        names, line = self.dataset.class_names, metrics.height()
        cell = box.width() / len(names)
        painter.setPen(QColor(colours.text))
        right = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter
        wide = self._label_width(metrics)
        every = max(1, int(np.ceil(line * 0.9 / cell)))
        across = max(1, int(np.ceil((max(map(metrics.horizontalAdvance, names)) + 3) / cell)))
        for number, name in enumerate(names):
            if number % every == 0:
                label = QRectF(box.left() - wide - 4, box.top() + (number + 0.5) * cell - line / 2, wide, line)
                painter.drawText(label, right, metrics.elidedText(name, Qt.TextElideMode.ElideRight, wide + 1))
            if number % across == 0 and (across == 1 or len(names) > across):
                label = QRectF(box.left() + number * cell, box.top() - line - 1, cell * across, line)
                if across > 1:
                    painter.drawText(label, Qt.AlignmentFlag.AlignVCenter, fitting(name, metrics, label.width() - 2))
                else:
                    painter.drawText(label, Qt.AlignmentFlag.AlignCenter, name)
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawRect(box)
        if self.height() < ROOM_FOR_LABELS:
            return
        painter.setPen(QColor(colours.muted))
        above = QRectF(box.left(), box.top() - 2 * line - 2, box.width(), line)
        painter.drawText(above, Qt.AlignmentFlag.AlignCenter, fitting("answer", metrics, above.width()))
        painter.translate(box.left() - wide - 6 - line / 2, box.center().y())
        painter.rotate(-90)
        beside = QRectF(-box.height() / 2, -line / 2, box.height(), line)
        painter.drawText(beside, Qt.AlignmentFlag.AlignCenter, fitting("true class", metrics, beside.width()))

    def _paint_cells(self, painter: QPainter, box: QRectF, shape: ClassResponse) -> None:
        colours, classes = self.theme.colours, len(shape.confusion)
        shares = shape.confusion / np.maximum(shape.confusion.sum(axis=1, keepdims=True), 1)
        cell = box.width() / classes
        font = QFont(self.font())
        font.setPointSizeF(min(font.pointSizeF(), max(5.0, 0.42 * cell)))
        widest = QFontMetricsF(font).horizontalAdvance(str(shape.confusion.max()))
        readable = font.pointSizeF() >= LEAST_POINTS and widest <= cell - 2
        painter.save()
        painter.setFont(font)
        painter.fillRect(box, QColor(colours.raised))
        for row, column in np.argwhere(shape.confusion > 0).tolist():
            place = QRectF(box.left() + column * cell, box.top() + row * cell, cell, cell)
            full = colours.first_class if row == column else colours.second_class
            # A single wrong answer must be seen beside hundreds of right ones.
            strength = 0.15 + 0.85 * float(shares[row, column]) ** (1.0 if row == column else 0.5)
            fill = mix(colours.raised, full, strength)
            painter.fillRect(place.adjusted(0.5, 0.5, -0.5, -0.5), fill)
            if readable:
                painter.setPen(QColor(ink_on(fill)))
                painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(shape.confusion[row, column]))
        painter.restore()

    def _paint_samples(self, painter: QPainter, area: QRectF, shape: ClassResponse) -> None:
        """Paint as many sample pictures as fit, each with a tick or a cross and the class that is answered."""
        colours, metrics = self.theme.colours, QFontMetricsF(self.font())
        line = metrics.height()
        count = len(shape.shown)
        if not count or area.width() < LEAST_PICTURE or area.height() < LEAST_PICTURE + line:
            return
        columns, side = _grid(area, count, line)
        for number in range(count):
            row, column = divmod(number, columns)
            place = QRectF(area.left() + column * (side + 6), area.top() + row * (side + line + 4), side, side)
            if place.bottom() + line > area.bottom() + 1:
                return
            index, answer = int(shape.shown[number]), int(shape.predicted[number])
            right = answer == int(self.dataset.targets[index])
            colour = QColor(colours.text if right else colours.test)
            if index not in self._pictures:
                self._pictures[index] = self._picture(index)
            painter.drawImage(place, self._pictures[index])
            painter.setPen(QPen(QColor(colours.border if right else colours.test), 1 if right else 2))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(place)
            sign = QRectF(place.left() + 1, place.bottom() + 3, line - 4, line - 4)
            paint_verdict(painter, sign, right, colour)
            painter.setPen(colour)
            room = QRectF(sign.right() + 4, place.bottom() + 1, place.right() - sign.right() - 2, line)
            name = self.dataset.class_names[answer]
            sure = f"{name}  {shape.confidence[number]:.0%}".replace("%", "\u202f%")
            text = sure if metrics.horizontalAdvance(sure) <= room.width() else name
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, metrics.elidedText(
                text, Qt.TextElideMode.ElideRight, room.width() + 2
            ))  # fmt: skip

    def _picture(self, index: int) -> QImage:
        """Return an example as a picture: ink in the colour of text on the ground of the theme."""
        assert self.dataset.image_shape is not None
        grey = self.dataset.inputs[index].reshape(self.dataset.image_shape)
        low, high = (
            np.array([colour.red(), colour.green(), colour.blue()], dtype=np.float64)
            for colour in (QColor(self.theme.colours.surface), QColor(self.theme.colours.text))
        )
        ink = (grey - grey.min()) / (np.ptp(grey) or 1.0)
        pixels = np.ascontiguousarray((low + (high - low) * ink[..., None]).astype(np.uint8))
        rows, columns = ink.shape
        return QImage(pixels.data, columns, rows, 3 * columns, QImage.Format.Format_RGB888).copy()


def _grid(area: QRectF, count: int, line: float) -> tuple[int, float]:
    """Return into how many columns pictures are put, and how large they are: all of them, as large as can be."""
    best = (max(1, int(area.width() / (LEAST_PICTURE + 6))), LEAST_PICTURE)
    for columns in range(1, count + 1):
        rows = -(-count // columns)
        side = min((area.width() + 6) / columns - 6, (area.height() + 4) / rows - line - 4, 96.0)
        if side > best[1]:
            best = columns, side
    return best[0], float(int(best[1]))


def paint_verdict(painter: QPainter, box: QRectF, right: bool, colour: QColor) -> None:
    """Paint a tick or a cross: the verdict must not hang on colour alone."""
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(colour, 2))
    if right:
        corner = QPointF(box.left() + 0.38 * box.width(), box.bottom() - 1)
        painter.drawLine(QLineF(QPointF(box.left(), box.center().y()), corner))
        painter.drawLine(QLineF(corner, QPointF(box.right(), box.top() + 1)))
    else:
        inner = box.adjusted(1, 1, -1, -1)
        painter.drawLine(QLineF(inner.topLeft(), inner.bottomRight()))
        painter.drawLine(QLineF(inner.bottomLeft(), inner.topRight()))
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
