"""Where a map of a loss surface stands in its widget, and where the scale of its colours and its readouts do."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QRectF, QSize
from PySide6.QtGui import QFont, QFontMetricsF

from stepviz.probes.loss_surface import LossSurface
from stepviz.ui.instruments.loss_surface.image import colour_axis
from stepviz.ui.instruments.loss_surface.readouts import GAP, USUAL, rows_of_short_words
from stepviz.ui.plotting.axes import TICK, Axis, Plot, bar_room, lay_out

# The least column of readouts, in type of USUAL points.
NARROW = 74.0
# Of the height, what stands below the map: what is left out then is said under the mouse.
MOST_OF_WORDS = 0.4
ROOM_FOR_NAMES = 180


@dataclass(frozen=True, slots=True)
class View:
    """Which part of the plane is looked at: ``centre ± span`` along both directions."""

    centre: tuple[float, float] = (0.0, 0.0)
    span: float = 1.0


@dataclass(frozen=True, slots=True)
class SurfaceLayout:
    """The map, square so that the plane is not distorted; the scale of its colours; the box of the readouts."""

    plot: Plot
    colours: Axis
    readouts: QRectF


def lay_out_surface(
    size: QSize, font: QFont, view: View, surface: LossSurface | None, readouts: int, *, logarithmic: bool
) -> SurfaceLayout:
    """Return where all stands in a widget: so many readouts beside the map, or below it where that makes it larger."""
    metrics, growth = QFontMetricsF(font), font.pointSizeF() / USUAL
    (alpha, beta), span = view.centre, view.span
    named = surface is not None and size.height() >= ROOM_FOR_NAMES
    first, second = surface.names if surface is not None and named else ("", "")
    across, up = Axis(alpha - span, alpha + span, first), Axis(beta - span, beta + span, second)
    colours = colour_axis(surface.loss, logarithmic) if surface is not None else Axis(0.0, 1.0)
    area = QRectF(1, 0, size.width() - 2, size.height() - 2)
    scale = bar_room(colours, area.height(), metrics) + 4
    rows = rows_of_short_words(readouts, area.width(), growth)
    lines = min(rows * (metrics.height() + GAP), MOST_OF_WORDS * area.height())
    beside = lay_out(area.adjusted(0, 0, -scale - NARROW * growth, 0), across, up, metrics, square=True)
    below = lay_out(area.adjusted(0, 0, -scale, -lines - 4), across, up, metrics, square=True)
    if below.box.width() > beside.box.width():
        top = below.box.bottom() + 2 * metrics.height() + TICK + 8
        return SurfaceLayout(below, colours, QRectF(area.left(), top, area.width(), area.bottom() - top))
    left = beside.box.right() + scale + 8
    room = QRectF(left, beside.box.top(), area.right() - left, area.height() - beside.box.top())
    return SurfaceLayout(beside, colours, room)
