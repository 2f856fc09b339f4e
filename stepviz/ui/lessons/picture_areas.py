"""Pictures of areas: decision maps, loss surfaces, the gradient of each layer, the state of each unit."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPainterPath, QPen

from stepviz.engine.common.arrays import Array
from stepviz.engine.data.dataset import Dataset
from stepviz.lessons.picture_subjects import Answers, UnitStates
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.probes.loss_surface import LossSurface
from stepviz.probes.response import CurveResponse, MapResponse
from stepviz.ui.core.theme import Colours, Theme
from stepviz.ui.instruments.loss_surface.image import colour_axis, isolines, surface_image
from stepviz.ui.instruments.response.colours import class_colours, class_pixels, picture, score_pixels
from stepviz.ui.lessons.picture_lines import paint_curve
from stepviz.ui.lessons.picture_place import Place, inside
from stepviz.ui.plotting.flow_measures import MEASURES

MOST_POINTS = 90
# A picture has to be small: on a map of that many shades nothing is missed.
SHADES = 12


def paint_answers(answers: Answers, painter: QPainter, box: QRectF, theme: Theme) -> None:
    """Paint the map before and after the run, with some examples; over one input the curve after it."""
    shape, dataset = answers.end.shape, answers.setup.dataset
    if isinstance(shape, CurveResponse):
        points = np.column_stack([dataset.inputs[:, 0], _numbers(dataset)])[:MOST_POINTS]
        paint_curve(shape.x, shape.y[:, 0], points, painter, box, theme.colours)
        return
    half = box.width() / 2
    for place, response in enumerate((answers.start, answers.end)):
        if isinstance(response.shape, MapResponse):
            side = QRectF(box.left() + place * half, box.top(), half, box.height())
            _paint_map(response.shape, dataset, painter, side, theme)
    painter.setPen(QPen(QColor(theme.colours.surface), 8))
    painter.drawLine(QPointF(box.center().x(), box.top()), QPointF(box.center().x(), box.bottom()))


def _numbers(dataset: Dataset) -> Array:
    """Return the first target of each example (k,): its class, or its number in the person's units."""
    targets = np.asarray(dataset.targets, dtype=np.float64).reshape(len(dataset.targets), -1)
    return targets[:, 0] if dataset.task == "classification" else dataset.to_target_units(targets)[:, 0]


def _paint_map(shape: MapResponse, dataset: Dataset, painter: QPainter, box: QRectF, theme: Theme) -> None:
    colours, count = theme.colours, len(dataset.class_names)
    scores, numbers = shape.scores.astype(np.float64), _numbers(dataset)
    if shape.classes is None:
        low, high = dataset.target_ranges[0]
        scores, numbers = (scores - low) / (high - low), (numbers - low) / (high - low) * 255
        inks = [QColor(*shade) for shade in theme.map_table()]
    else:
        inks = [QColor(name) for name in class_colours(colours, count)]
    scores = np.rint(np.clip(scores, 0.0, 1.0) * SHADES) / SHADES
    several = shape.classes if count > 2 else None
    pixels = score_pixels(theme, scores) if several is None else class_pixels(theme, scores, several, count)
    painter.drawImage(box, _enlarged(picture(pixels)))
    left, right, low, high = shape.extent
    place = Place(box, (left, right), (low, high))
    painter.setPen(QPen(QColor(colours.surface), 2))
    for (x, y), number in zip(dataset.inputs[:MOST_POINTS], numbers[:MOST_POINTS], strict=True):
        painter.setBrush(inks[round(min(max(number, 0.0), len(inks) - 1.0))])
        painter.drawEllipse(place.at(x, y), 6, 6)


def _enlarged(image: QImage) -> QImage:
    # By whole pixels: what jumps is not to look smooth.
    kind = Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.FastTransformation
    return image.scaled(image.size() * 5, *kind)


def paint_surface(surface: LossSurface, painter: QPainter, box: QRectF, theme: Theme) -> None:
    """Paint the surface with its isolines, the way that the run has taken, and where it is."""
    axis = colour_axis(surface.loss, True)
    rounded = axis.value(0.0), axis.value(1.0)
    places = np.rint(axis.places(np.clip(surface.loss, *rounded)) * 2 * SHADES) / (2 * SHADES)
    levels = np.vectorize(axis.value)(places)
    painter.drawImage(box, _enlarged(surface_image(levels, axis)))
    rows, columns = surface.loss.shape
    # A cell is counted at its middle.
    at = Place(box, (-0.5, columns - 0.5), (-0.5, rows - 0.5)).at
    for segments, colour in zip(isolines(surface.loss, axis), ("#ffffff", "#000000"), strict=True):
        faint = QColor(colour)
        faint.setAlpha(90)
        painter.setPen(QPen(faint, 1.5))
        for (x1, y1), (x2, y2) in segments:
            painter.drawLine(at(x1, y1), at(x2, y2))
    path = QPainterPath()
    for place, (alpha, beta) in enumerate(surface.path):
        where = at(_cell(surface.alpha, alpha), _cell(surface.beta, beta))
        path.lineTo(where) if place else path.moveTo(where)
    here = at(_cell(surface.alpha, surface.here[0]), _cell(surface.beta, surface.here[1]))
    if not path.isEmpty():
        path.lineTo(here)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for colour, width in (("#000000", 10), ("#ffffff", 6)):
        painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
        painter.drawPath(path)
    painter.setBrush(QColor("#ffffff"))
    painter.setPen(QPen(QColor("#000000"), 3))
    painter.drawEllipse(here, 12, 12)


def _cell(grid: Array, value: float) -> float:
    return float((value - grid[0]) / (grid[-1] - grid[0]) * (len(grid) - 1))


def paint_flow(flow: GradientFlow, painter: QPainter, box: QRectF, colours: Colours) -> None:
    """Paint a bar per layer, the first on top, as long as its gradient on the instrument's logarithmic scale."""
    measure, room = MEASURES[0], inside(box)
    each = room.height() / len(flow.rms)
    painter.setPen(Qt.PenStyle.NoPen)
    for layer, (rms, share) in enumerate(zip(flow.rms, measure.place(flow.rms), strict=True)):
        place = QRectF(room.left(), room.top() + layer * each, room.width(), each * 0.72)
        painter.setBrush(QColor(colours.grid))
        painter.drawRoundedRect(place, 5, 5)
        if rms == 0:
            painter.setBrush(QColor(colours.zero))
            painter.drawRoundedRect(place, 5, 5)
        else:
            painter.setBrush(QColor(colours.accent))
            painter.drawRoundedRect(QRectF(place.left(), place.top(), share * place.width(), place.height()), 5, 5)


def paint_units(units: UnitStates, painter: QPainter, box: QRectF, colours: Colours) -> None:
    """Paint a row per unit over the time of the run; without a run a cell per unit, a column per layer."""
    room = inside(box)
    moments, count = units.states.shape
    painter.setPen(Qt.PenStyle.NoPen)
    if moments == 1:
        columns = int(units.layers[-1]) + 1
        rows = max(1, int(np.bincount(units.layers).max()))
        across, down = room.width() / columns, room.height() / rows
        unit_of = [np.count_nonzero(units.layers[:place] == layer) for place, layer in enumerate(units.layers)]
        for state, layer, unit in zip(units.states[0], units.layers, unit_of, strict=True):
            painter.setBrush(QColor(colours.state(int(state))))
            cell = QRectF(room.left() + layer * across, room.top() + unit * down, across * 0.8, down * 0.86)
            painter.drawRoundedRect(cell, 5, 5)
        return
    each, wide = room.height() / count, room.width() / moments
    for row in range(count):
        top = room.top() + row * each
        for first, after in _stretches(units.states[:, row]):
            painter.setBrush(QColor(colours.state(int(units.states[first, row]))))
            painter.drawRect(QRectF(room.left() + first * wide, top, (after - first) * wide, each * 0.8))


def _stretches(states: NDArray[np.uint8]) -> list[tuple[int, int]]:
    edges = [0, *(np.flatnonzero(np.diff(states)) + 1).tolist(), len(states)]
    return list(pairwise(edges))
