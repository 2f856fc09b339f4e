"""A drawing while it is worked on: points are added, erased and moved, a curve is bent."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace
from numpy.random import Generator

from stepviz.engine.common.arrays import Array
from stepviz.engine.data.drawn import round_to_axis
from stepviz.engine.settings.drawing import MOST_POINTS, Drawing, DrawnColumn, Point

# A curve that is dragged gets so many points over its whole axis.
CURVE_POINTS = 200

Place = tuple[float, float]


class Sketch:
    """The points of a drawing in a plane: its two inputs, or the input and the target of a curve.

    All places and reaches (the half axes of a brush) are pairs in the person's units; places beyond the axes are taken
    to their ends. Points that stay are the same objects as before: many drawings share them.
    """

    def __init__(self, drawing: Drawing) -> None:
        self._kind = drawing
        self.points: list[Point] = list(drawing.points)
        self._values: Array | None = None

    @property
    def is_curve(self) -> bool:
        """Return whether the points are those of a curve."""
        return self._kind.inputs == 1

    @property
    def is_full(self) -> bool:
        """Return whether there is no room for another point."""
        return len(self.points) >= MOST_POINTS

    def drawing(self) -> Drawing:
        """Return the drawing as it is now; without points it cannot be trained on."""
        return replace(self._kind, points=tuple(self.points))

    def add(self, place: Place, value: float = 0.0) -> bool:
        """Add a point of a class, or of a target ``value`` in a plane; False where there is no room."""
        if self.is_full:
            return False
        self.points.append(self._point(place, value))
        self._values = None
        return True

    def spray(self, place: Place, reach: Place, value: float, count: int, generator: Generator) -> bool:
        """Add ``count`` points spread evenly over the brush; False where there is no room for all."""
        distance, angle = np.sqrt(generator.random(count)), 2 * np.pi * generator.random(count)
        places = np.asarray(place) + np.asarray(reach) * np.stack(
            [distance * np.cos(angle), distance * np.sin(angle)], axis=-1
        )
        return all(self.add((float(x), float(y)), value) for x, y in places if self._is_inside(x, y))

    def erase(self, place: Place, reach: Place) -> bool:
        """Remove the points under the brush; return whether there were any."""
        near = self._distances(place, reach) <= 1.0
        if not near.any():
            return False
        self.points = [point for point, gone in zip(self.points, near.tolist(), strict=True) if not gone]
        self._values = None
        return True

    def nearest(self, place: Place, reach: Place) -> int | None:
        """Return the number of the point nearest to ``place``, None where there is none within reach."""
        distances = self._distances(place, reach)
        if not len(distances) or distances.min() > 1.0:
            return None
        return int(distances.argmin())

    def move(self, number: int, place: Place) -> None:
        """Put a point elsewhere; its class or its value stays."""
        self.points[number] = self._point(place, self.points[number][-1])
        self._values = None

    def bend(self, start: Place, end: Place) -> bool:
        """Lay the curve along the line from ``start`` to ``end``: what was over that stretch goes.

        Returns False where there was no room for all points.
        """
        start, end = self._on_axes(start), self._on_axes(end)
        (low, first), (high, last) = sorted([start, end])
        axis = self._kind.columns[0]
        spacing = (axis.high - axis.low) / CURVE_POINTS
        x = axis.low + spacing * np.arange(np.ceil((low - axis.low) / spacing), (high - axis.low) / spacing)
        if not len(x):
            x = np.array([end[0]])
        # Half a step more: or a drag to and fro would leave its ends behind.
        gone = np.abs(self._array()[:, 0] - (low + high) / 2) <= (high - low) / 2 + spacing / 2
        self.points = [point for point, out in zip(self.points, gone.tolist(), strict=True) if not out]
        self._values = None
        heights = np.interp(x, [low, high], [first, last]) if high > low else np.full(len(x), end[1])
        return all(self.add((float(each), float(height))) for each, height in zip(x, heights, strict=True))

    def clear(self) -> None:
        """Remove all points."""
        self.points = []
        self._values = None

    def _point(self, place: Place, value: float) -> Point:
        return self._on_axes(place) if self.is_curve else (*self._on_axes(place), float(value))

    def _on_axes(self, place: Place) -> Place:
        across, up = self._kind.columns[:2]
        return round_to_axis(place[0], across.low, across.high), round_to_axis(place[1], up.low, up.high)

    def _is_inside(self, x: float, y: float) -> bool:
        across, up = self._kind.columns[:2]
        return bool(across.low <= x <= across.high and up.low <= y <= up.high)

    def _array(self) -> Array:
        if self._values is None:
            self._values = np.array(self.points, dtype=np.float64).reshape(-1, self._kind.inputs + 1)[:, :2]
        return self._values

    def _distances(self, place: Place, reach: Place) -> Array:
        distances: Array = np.hypot(*((self._array() - place) / reach).T)
        return distances


def blank(class_names: tuple[str, ...]) -> Drawing:
    """Return something to begin with: a point of each class on a circle, or (without classes) a flat curve."""
    if not class_names:
        flat = tuple((round(x, 2), 0.0) for x in np.linspace(-1.0, 1.0, 21).tolist())
        return Drawing(flat, (DrawnColumn("x"), DrawnColumn("t", -1.25, 1.25)))
    angles = np.pi - 2 * np.pi * np.arange(len(class_names)) / len(class_names)
    points = tuple(
        (round(0.5 * float(np.cos(angle)), 5), round(0.5 * float(np.sin(angle)), 5), float(number))
        for number, angle in enumerate(angles)
    )
    return Drawing(points, class_names=class_names)
