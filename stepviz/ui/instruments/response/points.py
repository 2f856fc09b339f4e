"""Examples as points: training filled, test hollow, in the colour of their class or number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from pyqtgraph.Qt.internals import PrimitiveArray
from PySide6.QtCore import QLineF, QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPen

from stepviz.engine.common.arrays import Array, Bools, Ints
from stepviz.engine.data.dataset import Dataset
from stepviz.probes.response import spread
from stepviz.ui.core.theme import Colours

# More points hide the map, and each other.
MOST_POINTS = 1500
Mark = Literal["train", "test", "wrong"]


@dataclass(frozen=True, slots=True, eq=False)
class Examples:
    """Those examples of a data set that are drawn: indices (k,), and which of them are for the test (k,)."""

    dataset: Dataset
    chosen: Ints
    test: Bools

    @classmethod
    def of(cls, dataset: Dataset) -> Examples:
        """Return all examples, or MOST_POINTS of them spread evenly; of those drawn by hand always all."""
        tests = np.zeros(len(dataset.inputs), dtype=bool)
        tests[dataset.test] = True
        chosen = spread(len(tests), len(tests) if dataset.drawn else MOST_POINTS)
        return cls(dataset, chosen, tests[chosen])

    def extends(self, before: Examples) -> bool:
        """Return whether these are the points of a drawing and ``before`` are the first of them, on the same axes."""
        count, old, new = len(before.chosen), before.dataset, self.dataset
        return (
            old.drawn
            and new.drawn
            and count <= len(self.chosen)
            and (old.input_ranges, old.target_ranges, old.class_names, len(old.test) > 0)
            == (new.input_ranges, new.target_ranges, new.class_names, len(new.test) > 0)
            and np.array_equal(self.test[:count], before.test)
            and np.array_equal(new.inputs[:count], old.inputs)
            and np.array_equal(new.targets[:count], old.targets)
        )

    @property
    def inputs(self) -> Array:
        """Return the inputs (k, d) in the person's units."""
        return self.dataset.inputs[self.chosen]

    @property
    def classes(self) -> Ints:
        """Return the classes (k,) of a classification."""
        return np.asarray(self.dataset.targets[self.chosen], dtype=np.int64)

    @property
    def numbers(self) -> Array:
        """Return the targets (k, outputs) of a regression in the person's units."""
        return self.dataset.to_target_units(np.asarray(self.dataset.targets[self.chosen], dtype=np.float64))

    def note(self) -> str:
        """Return in words how many are drawn; empty if all are."""
        total = len(self.dataset.inputs)
        return f"{len(self.chosen):,} of {total:,} shown" if len(self.chosen) < total else ""


def point_size(width: float, count: int) -> float:
    """Return the diameter of a point in a box of this width: smaller where there are many."""
    return max(4.0, min(width / 42, 11.0) * (1.0 if count <= 500 else 0.7))


def paint_points(
    painter: QPainter, places: Array, codes: NDArray[np.int64], test: Bools, table: Sequence[QColor], size: float,
    colours: Colours, rim: str = "",
) -> None:  # fmt: skip
    """Paint points at ``places`` (k, 2) in the colours ``table[codes]``; those of the test are hollow.

    ``rim`` is the colour round each point, by default that of the ground.
    """
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    ground = QColor(colours.surface)
    for hollow in (False, True):
        _dots(painter, places[test == hollow], QColor(rim) if rim else ground, size + 2.5)
        for code, colour in enumerate(table):
            _dots(painter, places[(codes == code) & (test == hollow)], colour, size)
        if hollow:
            _dots(painter, places[test], ground, size * 0.45)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


def paint_crosses(painter: QPainter, places: Array, size: float, colours: Colours) -> None:
    """Paint a cross over each of ``places`` (k, 2): examples that are answered wrongly."""
    if not len(places):
        return
    reach = size * 0.5
    lines = PrimitiveArray(QLineF, 4)
    lines.resize(2 * len(places))
    ends = lines.ndarray().reshape(-1, 2, 4)
    ends[:, 0] = np.tile(places, 2) + np.array([-reach, -reach, reach, reach])
    ends[:, 1] = np.tile(places, 2) + np.array([-reach, reach, reach, -reach])
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.setPen(QPen(QColor(colours.surface), 3.0))
    painter.drawLines(*lines.drawargs())
    painter.setPen(QPen(QColor(colours.text), 1.5))
    painter.drawLines(*lines.drawargs())
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a legend: a colour and what it stands for, or a mark in the colour of text."""

    text: str
    colour: str = ""
    mark: Mark = "train"


def legend_gap(metrics: QFontMetricsF) -> float:
    """Return what lies between a mark and its word, wider beside large type."""
    return max(6.0, 0.5 * metrics.capHeight())


def legend_rows(entries: Sequence[Entry], metrics: QFontMetricsF, width: float) -> int:
    """Return how many rows a legend takes that flows over this width."""
    return len(_rows(entries, metrics, width))


def paint_legend(painter: QPainter, box: QRectF, entries: Sequence[Entry], colours: Colours) -> None:
    """Paint a legend, flowing from left to right and down, as much of it as fits into the box."""
    metrics = QFontMetricsF(painter.font())
    line, top = metrics.height() + 3, box.top()
    size, gap = metrics.capHeight() + 1, legend_gap(metrics)
    for row in _rows(entries, metrics, box.width()):
        if top + line > box.bottom() + 4:
            return
        left = box.left()
        for entry in row:
            middle = np.array([[left + size / 2 + 1, top + line / 2]])
            _paint_mark(painter, entry, middle, size, colours)
            room = min(metrics.horizontalAdvance(entry.text), box.right() - left - size - gap)
            text = metrics.elidedText(entry.text, Qt.TextElideMode.ElideRight, room + 1)
            painter.setPen(QColor(colours.text))
            painter.drawText(QPointF(left + size + gap, top + line / 2 + metrics.capHeight() / 2), text)
            left += _width(entry, metrics)
        top += line


def _paint_mark(painter: QPainter, entry: Entry, middle: Array, size: float, colours: Colours) -> None:
    if entry.mark == "wrong":
        paint_crosses(painter, middle, size, colours)
        return
    colour, code = QColor(entry.colour or colours.text), np.zeros(1, dtype=np.int64)
    paint_points(painter, middle, code, np.array([entry.mark == "test"]), [colour], size, colours)


def _width(entry: Entry, metrics: QFontMetricsF) -> float:
    gap = legend_gap(metrics)
    return metrics.capHeight() + 1 + gap + metrics.horizontalAdvance(entry.text) + max(14.0, 2 * gap)


def _rows(entries: Sequence[Entry], metrics: QFontMetricsF, width: float) -> list[list[Entry]]:
    rows: list[list[Entry]] = []
    used = 0.0
    for entry in entries:
        wide = _width(entry, metrics)
        if not rows or used + wide > width + 14:
            rows.append([])
            used = 0.0
        rows[-1].append(entry)
        used += wide
    return rows


def _dots(painter: QPainter, places: Array, colour: QColor, size: float) -> None:
    if not len(places):
        return
    dots = PrimitiveArray(QPointF, 2)
    dots.resize(len(places))
    dots.ndarray()[:] = places
    painter.setPen(QPen(colour, size, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap))
    painter.drawPoints(*dots.drawargs())
