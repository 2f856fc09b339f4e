"""Small pictures of the data sets, drawn from the data themselves."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPen, QPixmap

from stepviz.engine.common.arrays import Array
from stepviz.engine.data.datasets import DATASETS, Dataset, load_data
from stepviz.engine.settings.experiment import DataSettings
from stepviz.ui.core.theme import Colours, font
from stepviz.ui.text.number_format import mix

SAMPLES = 220
NOISE = 0.03
MARGIN = 5.0
# So few points are drawn large.
FEW = 8


def thumbnail(name: str, colours: Colours, side: int, ratio: float) -> QPixmap:
    """Return a square picture of a data set, ``side`` points wide at a device pixel ratio of ``ratio``."""
    picture = QPixmap(round(side * ratio), round(side * ratio))
    picture.setDevicePixelRatio(ratio)
    picture.fill(QColor(colours.surface))
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    source = DATASETS[name]
    if source.generate is None:
        painter.setPen(QColor(colours.text))
        painter.setFont(font(9, bold=True))
        word = "Draw" if name == "drawn" else "CSV…"
        painter.drawText(QRectF(0, 0, side, side), Qt.AlignmentFlag.AlignCenter, word)
    else:
        dataset = load_data(DataSettings(name, samples=SAMPLES, noise=NOISE))
        if dataset.image_shape is not None:
            _paint_images(painter, dataset, colours, side)
        elif source.dimensions == 1:
            _paint_points(painter, np.column_stack([dataset.inputs, dataset.targets]), None, colours, side)
        else:
            _paint_points(painter, dataset.inputs, dataset, colours, side)
    painter.end()
    return picture


def _paint_points(painter: QPainter, points: Array, dataset: Dataset | None, colours: Colours, side: int) -> None:
    low, high = points.min(axis=0), points.max(axis=0)
    places = (points - low) / np.where(high > low, high - low, 1.0) * (side - 2 * MARGIN) + MARGIN
    shades = _shades(dataset, colours, len(points))
    painter.setPen(Qt.PenStyle.NoPen)
    size = 1.4 if len(points) > FEW else 4.0
    for (x, y), shade in zip(places, shades, strict=True):
        painter.setBrush(shade)
        painter.drawEllipse(QPointF(x, side - y), size, size)


def _shades(dataset: Dataset | None, colours: Colours, count: int) -> list[QColor]:
    if dataset is None:
        return [QColor(colours.accent)] * count
    first, second = QColor(colours.first_class), QColor(colours.second_class)
    if dataset.task == "classification":
        return [second if target else first for target in dataset.targets]
    values = np.asarray(dataset.targets, dtype=float)[:, 0]
    shares = (values - values.min()) / max(1e-12, float(np.ptp(values)))
    return [mix(colours.first_class, colours.second_class, float(share)) for share in shares]


def _paint_images(painter: QPainter, dataset: Dataset, colours: Colours, side: int) -> None:
    rows, columns = dataset.image_shape or (1, 1)
    image = dataset.inputs[0].reshape(rows, columns)
    pixel = (side - 2 * MARGIN) / max(rows, columns)
    painter.setPen(QPen(Qt.PenStyle.NoPen))
    for (row, column), value in np.ndenumerate(image / max(1e-12, float(image.max()))):
        shade = mix(colours.surface, colours.text, float(value))
        painter.fillRect(QRectF(MARGIN + column * pixel, MARGIN + row * pixel, pixel, pixel), shade)
