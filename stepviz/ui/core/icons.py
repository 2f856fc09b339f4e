"""The icons of the tool bars and title bars: drawn, not loaded, so that they are sharp and follow the theme."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QIcon, QPainter, QPainterPath, QPen, QPixmap, QPolygonF

from stepviz.ui.core.theme import Colours

# Every icon is drawn on a square of this many units; lines are 2 units wide.
GRID = 24
SIZES = (16, 20, 24, 32, 40, 48, 60)


def _triangle(path: QPainterPath, *points: tuple[float, float]) -> None:
    path.addPolygon(QPolygonF([QPointF(x, y) for x, y in points]))
    path.closeSubpath()


def _play(solid: QPainterPath, _lines: QPainterPath) -> None:
    _triangle(solid, (7, 4), (20, 12), (7, 20))


def _pause(solid: QPainterPath, _lines: QPainterPath) -> None:
    solid.addRoundedRect(QRectF(6, 4.5, 4.2, 15), 1, 1)
    solid.addRoundedRect(QRectF(13.8, 4.5, 4.2, 15), 1, 1)


def _step(solid: QPainterPath, _lines: QPainterPath) -> None:
    _triangle(solid, (5, 5), (15, 12), (5, 19))
    solid.addRoundedRect(QRectF(16.2, 5, 3, 14), 1, 1)


def _steps(solid: QPainterPath, _lines: QPainterPath) -> None:
    _triangle(solid, (2.5, 5.5), (10, 12), (2.5, 18.5))
    _triangle(solid, (10, 5.5), (17.5, 12), (10, 18.5))
    solid.addRoundedRect(QRectF(18.4, 5.5, 2.8, 13), 1, 1)


def _back(solid: QPainterPath, _lines: QPainterPath) -> None:
    _triangle(solid, (19, 5), (9, 12), (19, 19))
    solid.addRoundedRect(QRectF(4.8, 5, 3, 14), 1, 1)


def _restart(solid: QPainterPath, lines: QPainterPath) -> None:
    lines.arcMoveTo(QRectF(4.5, 5, 15, 15), 70)
    lines.arcTo(QRectF(4.5, 5, 15, 15), 70, -305)
    _triangle(solid, (7.2, 2.4), (13.4, 5.4), (8.4, 9.8))


def _dice(solid: QPainterPath, lines: QPainterPath) -> None:
    lines.addRoundedRect(QRectF(4, 4, 16, 16), 3.5, 3.5)
    for x, y in ((8.5, 8.5), (15.5, 8.5), (12, 12), (8.5, 15.5), (15.5, 15.5)):
        solid.addEllipse(QPointF(x, y), 1.6, 1.6)


def _enlarge(_solid: QPainterPath, lines: QPainterPath) -> None:
    for x, y, across, down in ((4.5, 4.5, 1, 1), (19.5, 4.5, -1, 1), (4.5, 19.5, 1, -1), (19.5, 19.5, -1, -1)):
        lines.moveTo(x, y + 5 * down)
        lines.lineTo(x, y)
        lines.lineTo(x + 5 * across, y)


def _restore(_solid: QPainterPath, lines: QPainterPath) -> None:
    for x, y, across, down in ((9.5, 9.5, -1, -1), (14.5, 9.5, 1, -1), (9.5, 14.5, -1, 1), (14.5, 14.5, 1, 1)):
        lines.moveTo(x, y + 5 * down)
        lines.lineTo(x, y)
        lines.lineTo(x + 5 * across, y)


def _close(_solid: QPainterPath, lines: QPainterPath) -> None:
    lines.moveTo(6, 6)
    lines.lineTo(18, 18)
    lines.moveTo(18, 6)
    lines.lineTo(6, 18)


def _take(_solid: QPainterPath, lines: QPainterPath) -> None:
    lines.moveTo(12, 4)
    lines.lineTo(12, 14.5)
    lines.moveTo(7.5, 10)
    lines.lineTo(12, 14.5)
    lines.lineTo(16.5, 10)
    lines.moveTo(4.5, 15.5)
    lines.lineTo(4.5, 19.5)
    lines.lineTo(19.5, 19.5)
    lines.lineTo(19.5, 15.5)


def _house(solid: QPainterPath, lines: QPainterPath) -> None:
    for place, (x, y) in enumerate(((3.5, 12), (12, 4), (20.5, 12))):
        lines.lineTo(x, y) if place else lines.moveTo(x, y)
    lines.moveTo(6, 11)
    lines.lineTo(6, 20)
    lines.lineTo(18, 20)
    lines.lineTo(18, 11)
    solid.addRect(QRectF(10, 14, 4, 6))


_DRAWINGS: dict[str, Callable[[QPainterPath, QPainterPath], None]] = {
    "play": _play,
    "pause": _pause,
    "step": _step,
    "steps": _steps,
    "back": _back,
    "restart": _restart,
    "dice": _dice,
    "enlarge": _enlarge,
    "restore": _restore,
    "close": _close,
    "take": _take,
    "house": _house,
}


@lru_cache(maxsize=128)
def icon(name: str, colours: Colours, colour: str = "") -> QIcon:
    """Return the icon ``name`` in ``colour`` (default: that of text), faded where it is disabled."""
    solid, lines = QPainterPath(), QPainterPath()
    _DRAWINGS[name](solid, lines)
    faded = QColor(colours.muted)
    faded.setAlpha(110)
    result = QIcon()
    for mode, ink in ((QIcon.Mode.Normal, QColor(colour or colours.text)), (QIcon.Mode.Disabled, faded)):
        for size in SIZES:
            result.addPixmap(_paint(solid, lines, ink, size), mode)
    return result


def _paint(solid: QPainterPath, lines: QPainterPath, ink: QColor, size: int) -> QPixmap:
    pixmap = QPixmap(size, size)
    pixmap.fill(Qt.GlobalColor.transparent)
    painter = QPainter(pixmap)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    painter.scale(size / GRID, size / GRID)
    painter.fillPath(solid, ink)
    painter.strokePath(lines, QPen(ink, 2, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
    painter.end()
    return pixmap
