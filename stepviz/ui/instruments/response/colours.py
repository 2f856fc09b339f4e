"""The colours of a decision map: faded, so that the examples stand out from it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtGui import QColor, QImage

from stepviz.engine.common.arrays import Array, Ints
from stepviz.ui.core.theme import CLASS_COLOURS, Colours, Theme
from stepviz.ui.text.number_format import mix

STRENGTH = 0.62
LIGHTER_ON_DARK = 0.25
BLANK = np.uint32(0)
_OPAQUE = np.uint32(0xFF000000)


def class_colours(colours: Colours, classes: int) -> tuple[str, ...]:
    """Return a colour for each class; beyond ten they repeat."""
    if classes <= 2:
        return (colours.first_class, colours.second_class)[: max(1, classes)]
    names = (CLASS_COLOURS[number % len(CLASS_COLOURS)] for number in range(classes))
    return tuple(mix(name, "#ffffff", LIGHTER_ON_DARK).name() for name in names) if colours.dark else tuple(names)


def shades(theme: Theme, count: int, *, strength: float = STRENGTH) -> NDArray[np.uint32]:
    """Return colours (count,) 0xffrrggbb, from those of the first class or lowest number to those of the last."""
    return _packed(_faded(theme.map_table()[np.linspace(0, 255, count).astype(int)], theme.colours.surface, strength))


def score_pixels(theme: Theme, places: Array) -> NDArray[np.uint32]:
    """Return a map (rows, columns) for places between 0 and 1 (others are clipped); blank where there is no number."""
    finite = np.isfinite(places)
    codes = (np.clip(np.where(finite, places, 0.0), 0.0, 1.0) * 255).astype(np.int64)
    return np.where(finite, shades(theme, 256)[codes], BLANK)


def class_pixels(theme: Theme, shares: Array, winners: Ints, classes: int) -> NDArray[np.uint32]:
    """Return a map (rows, columns) of the winning class, the paler the smaller its share; blank without a number."""
    finite = np.isfinite(shares)
    table = np.stack([rgb(name) for name in class_colours(theme.colours, classes)])
    middle = rgb(theme.colours.map_middle)
    sure = np.clip((np.where(finite, shares, 0.0) - 1 / classes) / (1 - 1 / classes), 0.0, 1.0)[..., None]
    pixels = _packed(_faded(middle + (table[winners] - middle) * sure, theme.colours.surface, STRENGTH))
    return np.where(finite, pixels, BLANK)


def picture(pixels: NDArray[np.uint32]) -> QImage:
    """Return the picture of a map (rows, columns) whose row 0 is at the bottom."""
    turned = np.ascontiguousarray(pixels[::-1])
    rows, columns = turned.shape
    return QImage(turned.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32_Premultiplied).copy()


def rgb(name: str) -> NDArray[np.float64]:
    """Return red, green, blue (3,) from 0 to 255."""
    colour = QColor(name)
    return np.array([colour.red(), colour.green(), colour.blue()], dtype=np.float64)


def as_colours(pixels: NDArray[np.uint32]) -> Sequence[QColor]:
    """Return packed colours as Qt's."""
    return [QColor.fromRgb(int(pixel)) for pixel in pixels]


def _faded(table: NDArray[np.generic], ground: str, strength: float) -> NDArray[np.float64]:
    under = rgb(ground)
    return under + (table.astype(np.float64) - under) * strength


def _packed(table: NDArray[np.float64]) -> NDArray[np.uint32]:
    red, green, blue = (np.rint(table[..., channel]).astype(np.uint32) for channel in range(3))
    return (_OPAQUE | red << np.uint32(16) | green << np.uint32(8) | blue).astype(np.uint32)
