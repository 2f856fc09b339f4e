"""The words in the drawing of a network: names of layers, inputs and outputs, and the box under the pointer."""

from __future__ import annotations

import math
from collections.abc import Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.findings.words import inside
from stepviz.ui.core.theme import Colours, font, scaled
from stepviz.ui.instruments.network_diagram.layout import Diagram, Margins
from stepviz.ui.text.number_format import text_points

_SIZE, _LINE = 9.0, 16
# What two words beside each other keep between them.
_GAP = 6.0


def type_for(width: float, height: float) -> float:
    """Return the size of type, in points, in a drawing of this size."""
    return text_points(_SIZE, round(width), round(height))


def _line(points: float) -> float:
    return float(scaled(_LINE)) * points / _SIZE


def margins_for(setup: BoundExperiment, width: float, height: float, *, noted: bool) -> Margins:
    """Return how much room the names take: none at the sides of a narrow drawing, none above a low one.

    ``noted``: whether a remark may stand at the foot.
    """
    points = type_for(width, height)
    metrics = QFontMetricsF(font(points))
    sides = [8.0, 8.0]
    if width >= 430:
        for place, names in enumerate((setup.dataset.feature_names, _output_names(setup))):
            longest = max((metrics.horizontalAdvance(name) for name in names[:12]), default=0.0)
            sides[place] = min(longest + 14.0, 0.14 * width)
    heads = (height >= 140) + (height >= 220)
    return Margins(sides[0], 8.0 + heads * _line(points), sides[1], 10.0 + _line(points) if noted else 8.0)


def paint_labels(
    painter: QPainter, setup: BoundExperiment, diagram: Diagram, margins: Margins, colours: Colours
) -> None:
    """Paint the names over the columns and beside the inputs and outputs, where there is room for them."""
    points = type_for(diagram.width, diagram.height)
    metrics, line_height = QFontMetricsF(font(points)), _line(points)
    painter.setFont(font(points))
    pitch = (diagram.width - margins.left - margins.right) / len(diagram.columns)
    heads = int(margins.top / line_height)
    if heads:
        rows = _heads(setup, metrics, pitch - _GAP)
        for line, (texts, colour) in enumerate(zip(rows[:heads], (colours.text, colours.muted), strict=False)):
            painter.setPen(QColor(colour))
            for column, text in zip(diagram.columns, texts, strict=True):
                half = max(pitch, metrics.horizontalAdvance(text) + 2.0) / 2
                box = QRectF(column.x - half, 4.0 + line * line_height, 2 * half, line_height)
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.setPen(QColor(colours.muted))
    for column, names, left in (
        (diagram.columns[0], setup.dataset.feature_names, True),
        (diagram.columns[-1], _output_names(setup), False),
    ):
        room = (margins.left if left else margins.right) - 8.0
        if room < 16.0 or column.side < 11.0:
            continue
        for y, name in zip(column.y.tolist(), names, strict=False):
            short = metrics.elidedText(name, Qt.TextElideMode.ElideRight, room + (pitch - column.side) / 2 - 10.0)
            wide = metrics.horizontalAdvance(short) + 2.0
            x = column.x - column.side / 2 - 7.0 - wide if left else column.x + column.side / 2 + 7.0
            painter.drawText(QRectF(x, y - line_height / 2, wide, line_height), Qt.AlignmentFlag.AlignVCenter, short)


def paint_note(painter: QPainter, text: str, diagram: Diagram, colours: Colours) -> None:
    """Paint a remark in the lower right corner."""
    points = type_for(diagram.width, diagram.height)
    painter.setFont(font(points))
    painter.setPen(QColor(colours.muted))
    box = QRectF(8.0, diagram.height - 4.0 - _line(points), diagram.width - 16.0, _line(points))
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)


def paint_box(painter: QPainter, lines: Sequence[str], at: QPointF, area: QRectF, colours: Colours) -> None:
    """Paint lines in a box beside a point, kept inside the area; the first line is the heading."""
    points = type_for(area.width(), area.height())
    fonts = [font(points, bold=True), *[font(points, tabular=True)] * (len(lines) - 1)]
    wide = max(QFontMetricsF(face).horizontalAdvance(line) for face, line in zip(fonts, lines, strict=True)) + 16.0
    line_height = _line(points)
    high = line_height * len(lines) + 10.0
    x = min(at.x() + 14.0, area.right() - wide - 2.0)
    y = at.y() + 14.0 if at.y() + 14.0 + high <= area.bottom() else at.y() - high - 8.0
    box = QRectF(max(area.left() + 2.0, x), max(area.top() + 2.0, y), wide, high)
    painter.setPen(QPen(QColor(colours.border), 1.0))
    painter.setBrush(QColor(colours.raised))
    painter.drawRoundedRect(box, 5.0, 5.0)
    painter.setPen(QColor(colours.text))
    for number, (face, line) in enumerate(zip(fonts, lines, strict=True)):
        painter.setFont(face)
        row = QRectF(box.left() + 8.0, box.top() + 5.0 + number * line_height, wide, line_height)
        painter.drawText(row, Qt.AlignmentFlag.AlignVCenter, line)


def _heads(setup: BoundExperiment, metrics: QFontMetricsF, room: float) -> tuple[list[str], list[str]]:
    """Return what stands over each column: which layer it is, and what its units compute.

    Of a deep network only the numbers fit, of a very deep one every second or third of them.
    """
    functions = setup.network.functions
    numbers = [str(number) for number in range(1, len(functions))]
    names = ["inputs", *(f"layer {number}" for number in numbers), "output"]
    if max(map(metrics.horizontalAdvance, names)) > room:
        names = _thinned(["in", *numbers, "out"], metrics, room + _GAP)
    below = [""]
    for function in functions:
        rule = "" if function.has_true_derivative else f", {function.rule.label}"
        norm = "" if function.normalization.axis is None else f", {inside(function.normalization.label)}"
        below.append(function.activation.label + norm + rule)
    if max(map(metrics.horizontalAdvance, [function.activation.label for function in functions])) > room:
        below = [""] * len(below)
    return names, [metrics.elidedText(text, Qt.TextElideMode.ElideRight, room) for text in below]


def _thinned(names: list[str], metrics: QFontMetricsF, pitch: float) -> list[str]:
    """Return the names that can stand ``pitch`` pixels apart, empty where one would touch its neighbour."""
    wide = [metrics.horizontalAdvance(name) for name in names]
    every = math.ceil((max(wide[1:-1], default=0.0) + _GAP) / pitch)
    last = len(names) - 1

    def apart(place: int, end: int) -> bool:
        return abs(place - end) * pitch >= (wide[place] + wide[end]) / 2 + _GAP / 2

    return [
        name if place in (0, last) or (place % every == 0 and apart(place, 0) and apart(place, last)) else ""
        for place, name in enumerate(names)
    ]


def _output_names(setup: BoundExperiment) -> tuple[str, ...]:
    dataset, outputs = setup.dataset, setup.network.layout.layers[-1].outputs
    names = dataset.class_names if dataset.task == "classification" else dataset.target_names
    # One output that tells two classes apart is neither of them.
    return names if len(names) == outputs else ("y",) * outputs
