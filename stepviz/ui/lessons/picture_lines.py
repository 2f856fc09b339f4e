"""Pictures of lines: an activation with its derivative, a loss that falls or does not, a cut through a loss surface."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPainterPath, QPen

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.arrays import Array
from stepviz.engine.settings.experiment import ActivationChoice
from stepviz.lessons.picture_subjects import LossCurve
from stepviz.probes.slice import Slice
from stepviz.ui.core.theme import Colours
from stepviz.ui.lessons.picture_place import Place, inside
from stepviz.ui.plotting.activation_curves import evaluate, sample, split_zeros

THICK, THIN = 7.0, 4.0
REACH = 3.0
# Of the picture's height; a derivative that goes higher is cut.
LOW, HIGH = -0.6, 2.6


def paint_activation(choice: ActivationChoice, painter: QPainter, box: QRectF, colours: Colours) -> None:
    """Paint f thick and f' thin, in the colour of zero where it is exactly 0 and dashed where it jumps."""
    entry = ACTIVATIONS[choice.name]
    values = resolve(choice.parameters, entry.parameters, entry.key)
    kinks = entry.kinks(values)
    place = Place(inside(box), (-REACH, REACH), (LOW, HIGH))
    _axes(painter, place, colours)
    value = sample(entry.value, values, -REACH, REACH, kinks)
    _stroke(painter, place.path(value.z, value.y), colours.accent, THICK)
    zeros, others = split_zeros(sample(entry.derivative, values, -REACH, REACH, kinks))
    for part, colour in ((others, colours.test), (zeros, colours.zero)):
        _stroke(painter, place.path(part.z, part.y), colour, THIN)
    painter.setPen(QPen(QColor(colours.test), THIN, Qt.PenStyle.DotLine, Qt.PenCapStyle.RoundCap))
    for kink in kinks:
        sides = np.array([np.nextafter(kink, -np.inf), np.nextafter(kink, np.inf)])
        below, above = evaluate(entry.derivative, values, sides).tolist()
        painter.drawLine(place.at(kink, below), place.at(kink, above))


def paint_loss(curve: LossCurve, painter: QPainter, box: QRectF, colours: Colours) -> None:
    """Paint the training loss from 0 up, over the steps."""
    last = float(curve.steps[-1]) or 1.0
    place = Place(inside(box), (0.0, last), (0.0, 1.1 * float(np.nanmax(curve.loss)) or 1.0))
    _axes(painter, place, colours)
    _stroke(painter, place.path(curve.steps, curve.loss), colours.train, THICK)


def paint_slice(cut: Slice, painter: QPainter, box: QRectF, colours: Colours) -> None:
    """Paint the loss along the line: a tread between two jumps in the colour of zero, where its slope is exactly 0."""
    finite = cut.loss[np.isfinite(cut.loss)]
    low, high = float(finite.min()), float(finite.max())
    room = 0.12 * (high - low) or 1.0
    place = Place(inside(box), (float(cut.alpha[0]), float(cut.alpha[-1])), (low - room, high + room))
    flat = cut.difference == 0
    _stroke(painter, place.path(cut.alpha, cut.loss), colours.accent, THIN)
    treads = QPainterPath()
    for left in np.flatnonzero(flat):
        treads.moveTo(place.at(cut.alpha[left], cut.loss[left]))
        treads.lineTo(place.at(cut.alpha[left + 1], cut.loss[left + 1]))
    _stroke(painter, treads, colours.zero, THICK)
    painter.setPen(QPen(QColor(colours.surface), 3))
    painter.setBrush(QColor(colours.text))
    painter.drawEllipse(place.at(0.0, cut.here), 11, 11)


def paint_curve(x: Array, y: Array, points: Array, painter: QPainter, box: QRectF, colours: Colours) -> None:
    """Paint an answer ``y`` (n,) over one input ``x`` (n,) on the examples ``points`` (k, 2)."""
    tall = np.concatenate([y, points[:, 1]])
    room = 0.1 * float(np.ptp(tall)) or 1.0
    place = Place(inside(box), (float(x[0]), float(x[-1])), (float(tall.min()) - room, float(tall.max()) + room))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(QColor(colours.test))
    for across, up in points:
        painter.drawEllipse(place.at(across, up), 3.2, 3.2)
    _stroke(painter, place.path(x, y), colours.accent, THICK)


def _axes(painter: QPainter, place: Place, colours: Colours) -> None:
    painter.setPen(QPen(QColor(colours.border), 2))
    zero, box = place.at(0.0, 0.0), place.box
    painter.drawLine(QPointF(box.left(), zero.y()), QPointF(box.right(), zero.y()))
    painter.drawLine(QPointF(zero.x(), box.top()), QPointF(zero.x(), box.bottom()))


def _stroke(painter: QPainter, path: QPainterPath, colour: str, width: float) -> None:
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(QColor(colour), width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap,
                        Qt.PenJoinStyle.RoundJoin))  # fmt: skip
    painter.drawPath(path)
