"""The axis of steps under the painted time pictures, and the marks of what was changed when."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.common.number_format import step_text
from stepviz.runtime.history import Mark
from stepviz.ui.core.theme import Colours
from stepviz.ui.text.number_format import step_ticks

HEIGHT = 19
LEAST_NAME = 70.0


def resample(steps: Array, columns: int) -> Ints:
    """Return for ``columns`` equal spans of steps the index of the newest record up to the span's end.

    ``steps`` (points,) rise; no record is averaged with another, so an exact zero stays one.
    """
    ends = np.linspace(steps[0], steps[-1], columns + 1)[1:]
    return np.searchsorted(steps, ends, side="right").astype(np.int64) - 1


def paint_step_axis(painter: QPainter, box: QRectF, first: float, last: float, colours: Colours) -> None:
    """Paint ticks and the word «step» into ``box``, in the painter's font; above it ``first`` to ``last`` is drawn."""
    metrics = QFontMetricsF(painter.font())
    count = max(1, int(box.width() / (1.2 * metrics.horizontalAdvance("100,000"))))
    painter.setPen(QPen(QColor(colours.muted), 1))
    painter.drawText(box, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, "step")
    for tick, place in placed_ticks(metrics, box.width(), first, last, count):
        x = box.left() + (tick - first) / max(1.0, last - first) * box.width()
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.top() + 3))
        if place is not None:
            room = QRectF(box.left() + place, box.top(), metrics.horizontalAdvance(step_text(tick)) + 1, box.height())
            painter.drawText(room, Qt.AlignmentFlag.AlignVCenter, step_text(tick))


def placed_ticks(
    metrics: QFontMetricsF, width: float, first: float, last: float, count: int
) -> list[tuple[float, float | None]]:
    """Return about ``count`` ticks on an axis ``width`` wide, and where their numbers begin; None: no room for one.

    More of them where else no step but 0 would have its number: «step» at the end takes the room of the last.
    """
    end = width - metrics.horizontalAdvance("step") - 6
    for more in range(3):
        placed: list[tuple[float, float | None]] = []
        for tick in step_ticks(first, last, count + more):
            wide = metrics.horizontalAdvance(step_text(tick))
            left = min(max((tick - first) / max(1.0, last - first) * width - wide / 2, 0.0), width - wide)
            placed.append((tick, left if left + wide < end else None))
        if any(tick and place is not None for tick, place in placed):
            break
    return placed


def paint_marks(
    painter: QPainter,
    box: QRectF,
    first: float,
    last: float,
    marks: Sequence[Mark],
    colours: Colours,
    names: QRectF | None = None,
) -> None:
    """Paint a line for each mark over ``box``, and into ``names`` above it the names of the newest that fit."""
    metrics = QFontMetricsF(painter.font())
    free = 0.0 if names is None else names.right()
    for mark in reversed(marks):
        if not first <= mark.step <= last:
            continue
        x = box.left() + (mark.step - first) / max(1.0, last - first) * box.width()
        painter.setPen(QPen(QColor(colours.surface), 3))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        painter.setPen(QPen(QColor(colours.mark), 1, Qt.PenStyle.DashLine))
        painter.drawLine(QPointF(x, box.top()), QPointF(x, box.bottom()))
        room = free - x - 6
        if names is not None and room >= min(LEAST_NAME, metrics.horizontalAdvance(mark.text)):
            text = metrics.elidedText(mark.text, Qt.TextElideMode.ElideRight, room)
            painter.setPen(QColor(colours.muted))
            painter.drawText(QPointF(x + 1, names.top() + metrics.ascent()), text)
            free = x - 4
