"""The loss surface that a recording holds: a map of it, and what it is of in words."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import measured_text, step_text
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font

# From low to high: the ends and three points between of a map that is also one of lightness (viridis).
STOPS = np.array([[68, 1, 84], [59, 82, 139], [33, 145, 140], [94, 201, 98], [253, 231, 37]], np.float64)
LINE = 22


class SurfaceView(QWidget):
    """Paints a square of losses; the weights as they were stand in the middle, marked by a cross."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.words = "A loss surface appears here once watch.surface(inputs, targets) has recorded one"
        self._image: QImage | None = None
        self._pixels = np.empty((0, 0), np.uint32)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setAccessibleName("Loss surface of the recorded model")
        theme.changed.connect(self.update)

    def show_surface(self, step: int, values: Array, normalisation: str) -> None:
        """Show a grid of losses (rows, columns); cells that were not computed stay empty."""
        finite = values[np.isfinite(values)]
        if values.ndim != 2 or not finite.size:
            return
        least, most = float(finite.min()), float(finite.max())
        low = np.log(np.maximum(values - least, 0) + 1e-3 * max(most - least, 1e-30))
        known = np.isfinite(low)
        span = float(low[known].max() - low[known].min()) or 1.0
        place = np.where(known, (low - low[known].min()) / span, 0.0) * (len(STOPS) - 1)
        below = np.minimum(place.astype(np.int64), len(STOPS) - 2)
        part = (place - below)[..., None]
        colours = (STOPS[below] * (1 - part) + STOPS[below + 1] * part).astype(np.uint32)
        packed = 0xFF000000 | colours[..., 0] << 16 | colours[..., 1] << 8 | colours[..., 2]
        self._pixels = np.ascontiguousarray(np.where(known, packed, 0)[::-1].astype(np.uint32))
        rows, columns = self._pixels.shape
        self._image = QImage(self._pixels.data, columns, rows, 4 * columns, QImage.Format.Format_ARGB32)
        norms = f", batch normalisations by {normalisation} averages" if normalisation else ""
        self.words = (
            f"Step {step_text(step)}: loss from {measured_text(least)} to {measured_text(most)} along two random "
            f"directions, filter-normalised{norms}; colours by the logarithm of what is above the least"
        )
        self.setToolTip(self.words)
        self.update()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the map as large as fits, and its words below."""
        painter = QPainter(self)
        painter.setFont(font(9.5))
        high = 2 * LINE
        side = min(self.width() - 16, self.height() - high - 12)
        words = QRectF(8, self.height() - high - 2, self.width() - 16, high)
        if self._image is not None and side > 20:
            box = QRectF((self.width() - side) / 2, 6, side, side)
            painter.drawImage(box, self._image)
            painter.setPen(QColor(self.theme.colours.border))
            painter.drawRect(box)
            painter.setPen(QColor("#ffffff"))
            middle = box.center()
            painter.drawLine(int(middle.x()) - 6, int(middle.y()), int(middle.x()) + 6, int(middle.y()))
            painter.drawLine(int(middle.x()), int(middle.y()) - 6, int(middle.x()), int(middle.y()) + 6)
        else:
            words = QRectF(self.rect())
        painter.setPen(QColor(self.theme.colours.muted))
        painter.drawText(words, int(Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap), self.words)
        painter.end()
