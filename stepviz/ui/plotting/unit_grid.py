"""The grid of units: one cell per hidden unit, rows are layers, painted in one go."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PySide6.QtCore import QLineF, QPoint, QPointF, QRectF, QSize, QSizeF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QImage, QPainter, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.probes.stuck_units import (
    ACTIVE,
    ALL_STATES,
    FLAT,
    NO_SIGNAL,
    NOT_SEEN,
    ROUNDED_AWAY,
    SATURATED,
    STARVED,
    StuckUnits,
)
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Colours, Theme
from stepviz.ui.plotting.export_mode import is_exporting
from stepviz.ui.text.number_format import mix

LARGEST_CELL = 120
# Of the width, for the names of the layers.
LARGEST_NAME = 0.3
# A layer is wrapped only where its cells would become smaller than this in one row.
SMALLEST_UNWRAPPED = 16
# Below this size a cell is a dot of an image: neither level nor sign would be seen, and thousands cost too much.
SMALLEST_PAINTED = 8


@dataclass(frozen=True, slots=True)
class Plan:
    """Where the cells stand: ``size`` of a cell, ``left`` of the first column, cells per row, and each layer's top."""

    size: float
    left: float
    columns: int
    tops: tuple[float, ...]


@lru_cache(maxsize=16)
def plan_grid(widths: tuple[int, ...], width: float, height: float, label: tuple[float, float] = (50, 12)) -> Plan:
    """Return the plan with the largest cells such that all layers fit, long layers wrapped into several rows.

    ``label`` is the width and height of a layer's name; where it has no room, there are no names.
    """
    label_width, label_height = label
    gap = 6.0 if height > 26 * len(widths) else 1.0
    room = max(1.0, height - gap * (len(widths) - 1))
    size = float(LARGEST_CELL)
    in_one_row = (width - label_width) / max(widths)
    if in_one_row >= SMALLEST_UNWRAPPED:
        size = min(size, float(int(in_one_row)))
    while size > 0.5:
        labelled = size >= label_height or room / len(widths) >= label_height
        left = label_width if labelled else 0.0
        columns = max(1, int((width - left) / size))
        rows = [-(-units // columns) for units in widths]
        # A layer's name needs its height, however small its cells are.
        least = label_height if labelled else 0.0
        heights = [max(count * size, least) for count in rows]
        if sum(heights) <= room:
            break
        size *= 0.97
        if size > 4:
            size = float(int(size))
    tops = np.cumsum([0.0, *(high + gap for high in heights)])[:-1]
    return Plan(size, left, columns, tuple(tops.tolist()))


class UnitGrid(QWidget):
    """Paints a StuckUnits reading: the colour and a sign say the state, the level the share of examples that pass."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.units: StuckUnits | None = None
        self.names: tuple[str, ...] = ()
        self._plan = Plan(0.0, 0.0, 1, ())
        self._tiles: dict[tuple[int, int], QPixmap] = {}
        self._tiles_for: tuple[float, float, Colours] | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Hidden units by layer")

    def show_units(self, units: StuckUnits, names: tuple[str, ...] = ()) -> None:
        """Show another reading, with the layers' names, or numbered from 1."""
        self.units = units
        self.names = names or tuple(f"layer {number}" for number in range(1, len(units.states) + 1))
        self.update()

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return a size at which a small network is readable."""
        return QSize(160, 60)

    def unit_at(self, place: QPoint) -> tuple[int, int] | None:
        """Return the layer and the unit (both from 0) under a point of the widget; None where there is none."""
        if self.units is None or not self._plan.tops:
            return None
        plan = self._plan
        column = int((place.x() - plan.left) // plan.size)
        if not 0 <= column < plan.columns:
            return None
        layer = max((number for number, top in enumerate(plan.tops) if top <= place.y()), default=None)
        if layer is None:
            return None
        unit = int((place.y() - plan.tops[layer]) // plan.size) * plan.columns + column
        return (layer, unit) if unit < len(self.units.states[layer]) else None

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint all cells."""
        if self.units is None or not self.units.states:
            return
        units, colours = self.units, self.theme.colours
        metrics = QFontMetricsF(self.font())
        longest = max(map(metrics.horizontalAdvance, self.names), default=0)
        name = min(longest + 8, LARGEST_NAME * self.width()), metrics.height()
        self._plan = plan = plan_grid(tuple(map(len, units.states)), self.width(), self.height(), name)
        painter = QPainter(self)
        if plan.left:
            self._paint_names(painter, plan, colours)
        if plan.size < SMALLEST_PAINTED:
            self._paint_dots(painter, plan, units, colours)
        else:
            self._paint_cells(painter, plan, units, colours)
        painter.end()

    def _paint_names(self, painter: QPainter, plan: Plan, colours: Colours) -> None:
        high = QFontMetricsF(self.font()).height()
        painter.setPen(QColor(colours.muted))
        for name, top in zip(self.names, plan.tops, strict=False):
            box = QRectF(0, top, plan.left, max(plan.size - 3, high))
            painter.drawText(box, Qt.AlignmentFlag.AlignVCenter | Qt.AlignmentFlag.AlignLeft, name)

    def _paint_cells(self, painter: QPainter, plan: Plan, units: StuckUnits, colours: Colours) -> None:
        ratio = self.devicePixelRatioF()
        if self._tiles_for != (plan.size, ratio, colours):
            self._tiles, self._tiles_for = {}, (plan.size, ratio, colours)
        side = int(plan.size) - (3 if plan.size >= 20 else 1)
        for top, states, shares in zip(plan.tops, units.states, units.active_share, strict=True):
            # A share that is not 0 must be seen, however small.
            levels = np.where(shares > 0, np.maximum(2, np.rint(shares * side)), 0).astype(int).tolist()
            for unit, key in enumerate(zip(states.tolist(), levels, strict=True)):
                row, column = divmod(unit, plan.columns)
                place = QPointF(plan.left + column * plan.size, top + row * plan.size)
                if is_exporting():
                    painter.save()
                    paint_cell(painter, QRectF(place, QSizeF(side, side)), *key, colours)
                    painter.restore()
                    continue
                tile = self._tiles.get(key)
                if tile is None:
                    tile = self._tiles[key] = _tile(*key, side, ratio, colours)
                painter.drawPixmap(place, tile)

    def _paint_dots(self, painter: QPainter, plan: Plan, units: StuckUnits, colours: Colours) -> None:
        table = np.array([QColor(colours.state(state)).rgba() for state in range(len(ALL_STATES))], dtype=np.uint32)
        for top, states in zip(plan.tops, units.states, strict=True):
            columns = min(plan.columns, len(states))
            rows = -(-len(states) // columns)
            dots = np.zeros(rows * columns, dtype=np.uint32)
            dots[: len(states)] = table[states]
            image = QImage(dots.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32)
            painter.drawImage(QRectF(plan.left, top, columns * plan.size, rows * plan.size), image)


def _tile(state: int, level: int, side: int, ratio: float, colours: Colours) -> QPixmap:
    tile = QPixmap(round(side * ratio), round(side * ratio))
    tile.setDevicePixelRatio(ratio)
    painter = QPainter(tile)
    paint_cell(painter, QRectF(0, 0, side, side), state, level, colours)
    painter.end()
    return tile


def paint_cell(painter: QPainter, cell: QRectF, state: int, level: float, colours: Colours) -> None:
    """Paint one cell: filled up to ``level`` (in pixels) with the state's colour, and the state's sign.

    The signs tell the states apart without colours: flat a cross, starved a slash, saturated a bar on top, no signal a
    bar in the middle, rounded away one below.
    """
    strong, side = QColor(colours.state(state)), cell.width()
    ground = QColor(colours.surface)
    painter.fillRect(cell, mix(colours.surface, strong.name(), 0.85 if state == FLAT else 0.22))
    painter.fillRect(QRectF(cell.left(), cell.bottom() - level, side, level), mix(ground.name(), strong.name(), 0.85))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.setPen(QPen(strong, 1))
    painter.drawRect(cell.adjusted(0.5, 0.5, -0.5, -0.5))
    inset = cell.adjusted(side * 0.26, side * 0.26, -side * 0.26, -side * 0.26)
    signs = {
        ACTIVE: [],
        SATURATED: [QLineF(inset.topLeft(), inset.topRight())],
        FLAT: [QLineF(inset.topLeft(), inset.bottomRight()), QLineF(inset.bottomLeft(), inset.topRight())],
        STARVED: [QLineF(inset.bottomLeft(), inset.topRight())],
        NO_SIGNAL: [QLineF(inset.left(), inset.center().y(), inset.right(), inset.center().y())],
        ROUNDED_AWAY: [QLineF(inset.bottomLeft(), inset.bottomRight())],
        NOT_SEEN: [],
    }
    painter.save()
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    thick = min(6.0, max(1.2, side / 9))
    sign = ground if state == FLAT else QColor(colours.text)
    # A rim in the colour of the ground keeps the sign visible whatever the level behind it.
    rim = [] if state == FLAT else [(ground, thick + 2.5)]
    for colour, width in [*rim, (sign, thick)]:
        painter.setPen(QPen(colour, width))
        painter.drawLines(signs[state])
    painter.restore()
