"""What a network computes, as a small picture: a map, a curve, a confusion table, or targets against answers."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF
from PySide6.QtGui import QColor, QPainter, QPen

from stepviz.engine.common.arrays import Array
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.lane import Shape
from stepviz.probes.response import ClassResponse, CurveResponse, MapResponse, spread
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.response.colours import class_colours, class_pixels, picture, score_pixels
from stepviz.ui.plotting.axes import Axis, Plot, draw_curve
from stepviz.ui.text.number_format import mix

MOST_POINTS = 160
DOT = 1.6
# The picture reaches this much beyond the targets; answers beyond leave it.
MARGIN = 0.12


def paint_shape(painter: QPainter, box: QRectF, shape: Shape, setup: BoundExperiment, theme: Theme) -> None:
    """Paint what a network computes into ``box``, with training examples where there is a plane or a line of them."""
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, QColor(theme.colours.raised))
    if isinstance(shape, MapResponse):
        _paint_map(painter, box, shape, setup, theme)
    elif isinstance(shape, CurveResponse):
        _paint_curve(painter, box, shape, setup, theme)
    elif isinstance(shape, ClassResponse):
        _paint_confusion(painter, box, shape, theme)
    else:
        low, high = _range_of(shape.target)
        plot = Plot(box, Axis(low, high), Axis(low, high))
        painter.setPen(QPen(QColor(theme.colours.grid), 1))
        painter.drawLine(box.bottomLeft(), box.topRight())
        kept = spread(len(shape.target), MOST_POINTS)
        _paint_dots(painter, plot.points(shape.target[kept], shape.answer[kept]), QColor(theme.colours.train))
    painter.restore()
    painter.setPen(QPen(QColor(theme.colours.border), 1))
    painter.drawRect(box)


def shape_words(shape: Shape) -> str:
    """Return in a few words what the picture shows."""
    if isinstance(shape, MapResponse):
        return "the answer over the plane of the inputs"
    if isinstance(shape, CurveResponse):
        return "the answer over the input"
    if isinstance(shape, ClassResponse):
        return "answers (across) by true class (down)"
    return "answers (up) by target (across)"


def _paint_map(painter: QPainter, box: QRectF, shape: MapResponse, setup: BoundExperiment, theme: Theme) -> None:
    dataset = setup.dataset
    classes = len(dataset.class_names)
    if shape.classes is None:
        low, high = dataset.target_ranges[0]
        pixels = score_pixels(theme, (shape.scores - low) / ((high - low) or 1.0))
    elif classes == 2:
        pixels = score_pixels(theme, shape.scores)
    else:
        pixels = class_pixels(theme, shape.scores, shape.classes, classes)
    steps = any(function.activation.takes_rules for function in setup.network.functions)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, not steps)
    painter.drawImage(box, picture(pixels))
    if classes == 0:
        return
    x_low, x_high, y_low, y_high = shape.extent
    plot = Plot(box, Axis(x_low, x_high), Axis(y_low, y_high))
    chosen = dataset.train[spread(len(dataset.train), MOST_POINTS)]
    inputs, targets = dataset.inputs[chosen], np.asarray(dataset.targets)[chosen]
    for number, colour in enumerate(class_colours(theme.colours, classes)):
        own = inputs[targets == number]
        _paint_dots(painter, plot.points(own[:, 0], own[:, 1]), QColor(colour))


def _paint_curve(painter: QPainter, box: QRectF, shape: CurveResponse, setup: BoundExperiment, theme: Theme) -> None:
    dataset = setup.dataset
    low, high = (-0.05, 1.05) if dataset.class_names else dataset.target_ranges[0]
    room = MARGIN * (high - low)
    plot = Plot(box, Axis(*dataset.input_ranges[0]), Axis(low - room, high + room))
    chosen = dataset.train[spread(len(dataset.train), MOST_POINTS)]
    targets: Array = np.asarray(dataset.targets)[chosen].astype(np.float64)
    if not dataset.class_names:
        targets = dataset.to_target_units(targets.reshape(len(chosen), -1))[:, 0]
    _paint_dots(painter, plot.points(dataset.inputs[chosen, 0], targets), QColor(theme.colours.muted))
    for column in range(shape.y.shape[1]):
        values = shape.y[:, column]
        known = np.isfinite(values)
        if known.any():
            draw_curve(painter, plot.polygon(shape.x[known], values[known]), theme.colours.text)


def _paint_confusion(painter: QPainter, box: QRectF, shape: ClassResponse, theme: Theme) -> None:
    totals = np.maximum(1, shape.confusion.sum(axis=1, keepdims=True))
    shares, classes = shape.confusion / totals, len(shape.confusion)
    wide, high = box.width() / classes, box.height() / classes
    for row in range(classes):
        for column in range(classes):
            share = float(shares[row, column])
            if share > 0.0:
                # Right answers lie on the diagonal; a wrong one is marked even where it is rare.
                full = theme.colours.active if row == column else theme.colours.test
                cell = QRectF(box.left() + column * wide, box.top() + row * high, wide, high)
                painter.fillRect(cell, mix(theme.colours.raised, full, max(0.2, share)))


def _paint_dots(painter: QPainter, places: Array, colour: QColor) -> None:
    painter.setPen(QPen(colour, 2 * DOT))
    painter.drawPoints([QPointF(x, y) for x, y in places.tolist()])


def _range_of(values: Array) -> tuple[float, float]:
    low, high = float(values.min(initial=0.0)), float(values.max(initial=1.0))
    return low, high if high > low else low + 1.0
