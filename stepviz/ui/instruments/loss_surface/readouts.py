"""What stands beside the map of a loss surface: numbers in words, and what the signs on the map mean."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetricsF, QPainter

from stepviz.engine.common.number_format import number_text, share_text
from stepviz.probes.curvature import Curvature
from stepviz.probes.loss_surface import LossSurface, SurfaceOptions
from stepviz.ui.core.theme import Colours
from stepviz.ui.instruments.loss_surface.painter import Sign, paint_sign, shown_wrongly
from stepviz.ui.plotting.axes import digits_between

LEAST_WIDTH_OF_WORDS, LEAST_WIDTH_OF_SHORT_WORDS = 112.0, 106.0
SWATCH, GAP = 12.0, 2.0
# The type, in points, for which these widths are.
USUAL = 9.5


@dataclass(frozen=True, slots=True)
class Readout:
    """A line beside the map; ``short`` where there is no room for ``text``; ``sign``: what of the map it explains."""

    text: str
    short: str
    sign: Sign | None = None


# Surfaces are computed in float32: below this share of the loss its grain is seen, and flats of its making.
ROUNDED = 64 * float(np.finfo(np.float32).eps)
START = Readout("start", "start", "start")


def readouts(
    surface: LossSurface, curvature: Curvature | None = None, *, changed: bool = False, is_now: bool = True
) -> list[Readout]:
    """Return what stands beside the map: how flat it is, what the projection hides, which losses it spans.

    ``changed``: whether settings were changed on the way, which the path shows. ``is_now``: whether the run rests at
    the surface's step; else it is named, for other numbers on screen are of another.
    """
    flat = share_text(surface.flat_share)
    times = f"{number_text(1 / surface.span, 2)}×"
    zoomed = surface.jumps or surface.span != 1.0
    where, briefly = (f" at this zoom ({times})", f" at {times}") if zoomed else ("", "")
    if surface.jumps and surface.flat_share == 0.0 and _moves_output(surface.options):
        # There are no terraces, however near.
        where, briefly = ": the output layer moves too", ""
    lines = [Readout(f"{flat} of the map is exactly flat{where}", f"{flat} flat{briefly}", "flat")]
    finite = surface.loss[np.isfinite(surface.loss)]
    if len(finite):
        ends = float(finite.min()), float(finite.max())
        low, high = (number_text(end, digits_between(*ends)) for end in ends)
        lines.append(Readout(f"Loss from {low} to {high} on this map", f"{low} to {high}"))
        if surface.loss.dtype == np.float32 and 0 < ends[1] - ends[0] < ROUNDED * abs(ends[1]):
            lines.append(Readout("These losses differ by little more than float32 rounds off", "rounding only"))
    lost = surface.loss.size - len(finite)
    if lost:
        share = share_text(lost / surface.loss.size)
        lines.append(Readout(f"Loss not finite on {share} of the map (left blank)", f"{share} not finite"))
    if np.isnan(surface.explained):
        lines.append(Readout("No path yet: it takes 3 points", "no path yet"))
    else:
        share = share_text(surface.explained)
        lines.append(Readout(f"{share} of the path's variance lies in this plane", f"path {share}"))
    if surface.examples < surface.of_examples:
        counts = f"{surface.examples:,} of {surface.of_examples:,}"
        lines.append(Readout(f"Computed over {counts} training examples", f"n = {surface.examples:,}"))
    if curvature is not None:
        lines.append(curvature_words(curvature, None if curvature.step == surface.step else curvature.step))
    if (hidden := projection_words(surface)) is not None:
        lines.append(hidden)
    where = f"step {surface.step:,}"
    lines.append(Readout("now", "now", "now") if is_now else Readout(f"the run at {where}", where, "now"))
    if len(surface.path) > 1:
        lines.append(Readout("start, outside this map", "start outside") if _outside(surface) else START)
    if len(surface.left) > 1:
        lines.append(Readout("later path, left behind", "left behind", "left"))
    if changed:
        lines.append(Readout("settings changed", "change", "change"))
    return lines


def _moves_output(options: SurfaceOptions) -> bool:
    return options.directions in ("gradient", "path") or (options.directions == "random" and options.layers == "all")


def curvature_words(curvature: Curvature, step: int | None = None) -> Readout:
    """Return the largest eigenvalue of the Hessian, or why there is none, and its ``step`` where one is given."""
    if curvature.reason:
        return Readout(f"Largest curvature: {curvature.reason}", "no curvature")
    value, when = number_text(curvature.eigenvalue), "" if step is None else f" at step {step:,}"
    return Readout(
        f"Largest curvature λ = {value} (Hessian){when}", f"λ {value}" + ("" if step is None else f", step {step:,}")
    )


def projection_words(surface: LossSurface) -> Readout | None:
    """Return what the projection makes of the losses on the path: shown at a point of the map, and true of it."""
    finite = np.isfinite(surface.true_loss) & np.isfinite(surface.shown_loss)
    if np.count_nonzero(finite) < 3:
        return None
    off = shown_wrongly(surface) & finite
    if not off.any():
        return Readout("The path's losses are those of the map", "path: as shown")
    # Of a path few of whose losses are right, a mean or median may be right by chance.
    worst = int(np.argmax(np.where(off, np.abs(surface.shown_loss - surface.true_loss), -1.0)))
    shown, true = number_text(float(surface.shown_loss[worst])), number_text(float(surface.true_loss[worst]))
    counts = f"{np.count_nonzero(off)} of {np.count_nonzero(finite)}"
    text = f"Path: at {counts} points the map shows another loss, at worst {shown} instead of {true}"
    return Readout(text, f"{shown}, true {true}", "off")


def _outside(surface: LossSurface) -> bool:
    if len(surface.path) < 2:
        return False
    alpha, beta = surface.path[0]
    inside = surface.alpha[0] <= alpha <= surface.alpha[-1] and surface.beta[0] <= beta <= surface.beta[-1]
    return not inside


def has_room_for_words(box: QRectF, points: float) -> bool:
    """Return whether lines in type of ``points`` can stand in a box in full."""
    return box.width() >= LEAST_WIDTH_OF_WORDS * points / USUAL


def paint_readouts(
    painter: QPainter, box: QRectF, lines: Sequence[Readout], theme: Colours, *, details: bool = True
) -> None:
    """Paint lines into a box in the painter's font: in full with ``details`` where all fit, else in short."""
    scale = painter.font().pointSizeF() / USUAL
    places: list[QRectF] = []
    whole = details and has_room_for_words(box, painter.font().pointSizeF())
    if whole:
        places = _stacked(painter, box, lines, scale, whole=True)
        whole = not places or places[-1].bottom() <= box.bottom()
    if not whole:
        two = box.width() >= 2 * LEAST_WIDTH_OF_SHORT_WORDS * scale
        places = _in_two_columns(painter, box, lines, scale) if two else _stacked(painter, box, lines, scale)
    line_height = QFontMetricsF(painter.font()).height()
    for line, place in zip(lines, places, strict=True):
        if place.bottom() > box.bottom() + 2:
            break
        if line.sign is not None:
            middle = QPointF(place.left() - _sign_room(scale) + SWATCH * scale / 2, place.top() + line_height / 2)
            paint_sign(painter, line.sign, middle, SWATCH * scale / 2, theme)
        painter.setPen(QColor(theme.text))
        text = line.text if whole else line.short
        painter.drawText(place.adjusted(0, 0, 2, 0), int(Qt.TextFlag.TextWordWrap), text)


def rows_of_short_words(count: int, width: float, scale: float) -> int:
    """Return how many rows so many lines take in short, where they stand below the map."""
    return -(-count // 2) if width >= 2 * LEAST_WIDTH_OF_SHORT_WORDS * scale else count


def _stacked(
    painter: QPainter, box: QRectF, lines: Sequence[Readout], scale: float, *, whole: bool = False
) -> list[QRectF]:
    places: list[QRectF] = []
    top = box.top()
    for line in lines:
        room = QRectF(box.left(), top, max(10.0, box.width()), 1e4)
        if line.sign is not None:
            room.setLeft(box.left() + _sign_room(scale))
        places.append(painter.boundingRect(room, int(Qt.TextFlag.TextWordWrap), line.text if whole else line.short))
        top = places[-1].bottom() + (4.0 * scale if whole else GAP)
    return places


def _in_two_columns(painter: QPainter, box: QRectF, lines: Sequence[Readout], scale: float) -> list[QRectF]:
    high = QFontMetricsF(painter.font()).height()
    rows = max(1, min(int((box.height() + 2 + GAP) / (high + GAP)), -(-len(lines) // 2)))
    places = []
    for place, line in enumerate(lines):
        # What finds no room in two columns is left out, from the last on.
        column, row = (place // rows, place % rows) if place < 2 * rows else (0, rows + place)
        left = box.left() + column * box.width() / 2 + (_sign_room(scale) if line.sign is not None else 0.0)
        right = box.left() + (column + 1) * box.width() / 2
        places.append(QRectF(left, box.top() + row * (high + GAP), right - left, high))
    return places


def _sign_room(scale: float) -> float:
    return SWATCH * scale + 6
