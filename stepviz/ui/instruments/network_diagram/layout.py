"""Where everything stands in the drawing of a network: columns of nodes, wide ones folded, and the edges between."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.network.layout import Layout

# A layer of up to this many units is never folded while its nodes can still be told apart.
_NEVER_FOLDED = 10
_LEAST_PITCH, _PITCH = 9.0, 30.0
# A node is at most so large, and on a large panel at most this share of its height: it is shown to a hall.
_LARGEST_NODE, _LARGEST_SHARE = 90.0, 0.12
_LARGEST_BIAS = 5.0
_UNFOLDED_PITCH = 8.0
# Folded columns next to each other must leave the edges few enough to be drawn twenty times a second.
_MOST_FOLDED = 9
_NEAR = 6.0


@dataclass(frozen=True, slots=True)
class Column:
    """The nodes of one layer: ``layer`` -1 for the inputs, else from 0; ``shown`` of its ``total`` units.

    Nodes are squares of ``side`` around (``x``, ``y[unit]``). ``fold`` is the height at which a click folds or unfolds
    the layer, where the count of the units left out stands; None for a layer that needs no folding.
    """

    layer: int
    total: int
    x: float
    y: Array
    side: float
    fold: float | None

    @property
    def shown(self) -> int:
        """Return how many units are drawn."""
        return len(self.y)


@dataclass(frozen=True, slots=True)
class Diagram:
    """All places: ``edges`` (E,) and ``biases`` (U,), beta of normalised layers, are indices into a row of parameters.

    ``ends`` (E, 4) x1, y1, x2, y2 of each edge; ``bias_places`` (U, 2), of radius ``bias_radius``.
    """

    width: float
    height: float
    columns: tuple[Column, ...]
    edges: Ints
    ends: Array
    biases: Ints
    bias_places: Array
    bias_radius: float


@dataclass(frozen=True, slots=True)
class Hit:
    """What is under the pointer: ``index`` of a parameter for an edge or bias, else ``layer`` (and ``unit``)."""

    kind: Literal["edge", "bias", "unit", "fold"]
    index: int = -1
    layer: int = -1
    unit: int = -1


@dataclass(frozen=True, slots=True)
class Margins:
    """What the columns leave free for names: pixels on each side."""

    left: float
    top: float
    right: float
    bottom: float


def arrange(layout: Layout, width: float, height: float, margins: Margins, unfolded: frozenset[int]) -> Diagram:
    """Return the drawing of a network in ``width`` x ``height`` pixels; ``unfolded`` names layers (-1: the inputs)."""
    widths = layout.widths
    across = width - margins.left - margins.right
    down = max(20.0, height - margins.top - margins.bottom)
    pitch_x = across / len(widths)
    columns = [
        _column(
            number - 1,
            total,
            margins.left + pitch_x * (number + 0.5),
            margins.top,
            down,
            pitch_x,
            number - 1 in unfolded,
        )
        for number, total in enumerate(widths)
    ]
    edges, ends = _edges(layout, columns)
    biases, places = _biases(layout, columns)
    smallest = min((column.side for column in columns[1:]), default=0.0)
    radius = min(max(_LARGEST_BIAS, smallest / 18), smallest / 5)
    return Diagram(width, height, tuple(columns), edges, ends, biases, places, radius)


def hit(diagram: Diagram, x: float, y: float) -> Hit | None:
    """Return what is at a point: a bias before its node, a node before an edge."""
    if len(diagram.biases):
        distances = np.hypot(*(diagram.bias_places - (x, y)).T)
        nearest = int(distances.argmin())
        if distances[nearest] <= max(5.0, diagram.bias_radius + 1.0) and diagram.bias_radius >= 2.5:
            return Hit("bias", int(diagram.biases[nearest]))
    # The nearest first: folds of many columns stand closer together than they reach.
    for column in sorted(diagram.columns, key=lambda column: abs(x - column.x)):
        reach = max(column.side / 2, 5.0)
        if column.fold is not None and abs(x - column.x) <= max(reach, 18.0) and abs(y - column.fold) <= 10.0:
            return Hit("fold", layer=column.layer)
        if abs(x - column.x) <= reach and column.shown:
            unit = int(np.abs(column.y - y).argmin())
            if abs(column.y[unit] - y) <= column.side / 2:
                return Hit("unit", layer=column.layer, unit=unit)
    if not len(diagram.edges):
        return None
    away = distances_to(diagram.ends, x, y)
    nearest = int(away.argmin())
    return Hit("edge", int(diagram.edges[nearest])) if away[nearest] <= _NEAR else None


def distances_to(ends: Array, x: float, y: float) -> Array:
    """Return the distance (E,) of a point to each line from (x1, y1) to (x2, y2) in ``ends`` (E, 4)."""
    start, along = ends[:, :2], ends[:, 2:] - ends[:, :2]
    to_point = np.array([x, y]) - start
    place = np.clip((to_point * along).sum(axis=1) / np.maximum((along * along).sum(axis=1), 1e-9), 0.0, 1.0)
    distance: Array = np.hypot(*(to_point - place[:, None] * along).T)
    return distance


def _column(layer: int, total: int, x: float, top: float, down: float, pitch_x: float, unfolded: bool) -> Column:
    plain = total <= _NEVER_FOLDED and down / total >= _LEAST_PITCH
    capacity = total if plain else min(_MOST_FOLDED, max(2, int(down / min(_PITCH, down / 4))))
    foldable = total > capacity
    if unfolded:
        capacity = max(capacity, int(down / _UNFOLDED_PITCH))
    # The last slot of a layer that folds is where its count stands, or the way back.
    shown = min(total, capacity - 1) if foldable else total
    slots = shown + foldable
    largest = max(_LARGEST_NODE, _LARGEST_SHARE * down)
    pitch = min(down / slots, largest * 1.3)
    first = top + (down - pitch * slots) / 2 + pitch / 2
    y = first + pitch * np.arange(shown)
    side = max(4.0, min(pitch - max(2.0, 0.16 * pitch), 0.5 * pitch_x, largest))
    fold = first + pitch * shown + max(0.0, 9.0 - pitch / 2) if foldable else None
    return Column(layer, total, x, y, side, fold)


def _edges(layout: Layout, columns: Sequence[Column]) -> tuple[Ints, Array]:
    indices: list[Ints] = [np.empty(0, dtype=np.int64)]
    ends: list[Array] = [np.empty((0, 4))]
    for layer, shape in enumerate(layout.layers):
        before, after = columns[layer], columns[layer + 1]
        row, unit = np.meshgrid(np.arange(before.shown), np.arange(after.shown), indexing="ij")
        indices.append((layout.offsets[layer] + row * shape.outputs + unit).ravel())
        line = np.empty((before.shown, after.shown, 4))
        line[..., 0], line[..., 2] = before.x + before.side / 2, after.x - after.side / 2
        line[..., 1], line[..., 3] = before.y[:, None], after.y[None, :]
        ends.append(line.reshape(-1, 4))
    return np.concatenate(indices), np.concatenate(ends)


def _biases(layout: Layout, columns: Sequence[Column]) -> tuple[Ints, Array]:
    indices: list[Ints] = [np.empty(0, dtype=np.int64)]
    places: list[Array] = [np.empty((0, 2))]
    for layer, shape in enumerate(layout.layers):
        column = columns[layer + 1]
        indices.append(layout.offsets[layer] + shape.shift_row * shape.outputs + np.arange(column.shown))
        half = column.side / 2
        places.append(np.stack([np.full(column.shown, column.x - half), column.y + half], axis=1))
    return np.concatenate(indices), np.concatenate(places)
