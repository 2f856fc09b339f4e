"""From a measurement to a small PNG for the gallery."""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np
from PySide6.QtCore import QRectF
from PySide6.QtGui import QColor, QImage, QPainter

from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.settings.experiment import ActivationChoice
from stepviz.lessons.picture_subjects import Answers, LossCurve, UnitStates
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.probes.loss_surface import LossSurface
from stepviz.probes.slice import Slice
from stepviz.ui.core.theme import Theme
from stepviz.ui.lessons.picture_areas import paint_answers, paint_flow, paint_surface, paint_units
from stepviz.ui.lessons.picture_lines import paint_activation, paint_loss, paint_slice

# Sharp on a card of a screen of 3840 x 2160.
WIDTH, HEIGHT = 640, 320
# The gallery is read from slow disks too, and the lessons travel by mail.
LARGEST_FILE = 20 * 2**10
COLOURS = (64, 32, 16)


def draw(subject: object, theme: Theme) -> QImage:
    """Return the picture of what one of ``picture_subjects.SUBJECTS`` has measured, in the colours of a theme."""
    image = QImage(WIDTH, HEIGHT, QImage.Format.Format_RGB32)
    image.fill(QColor(theme.colours.surface))
    painter = QPainter(image)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    box, colours = QRectF(0, 0, WIDTH, HEIGHT), theme.colours
    match subject:
        case Answers():
            paint_answers(subject, painter, box, theme)
        case LossSurface():
            paint_surface(subject, painter, box, theme)
        case GradientFlow():
            paint_flow(subject, painter, box, colours)
        case UnitStates():
            paint_units(subject, painter, box, colours)
        case ActivationChoice():
            paint_activation(subject, painter, box, colours)
        case LossCurve():
            paint_loss(subject, painter, box, colours)
        case Slice():
            paint_slice(subject, painter, box, colours)
    painter.end()
    return image


def save(image: QImage, path: Path) -> None:
    """Write a picture as a PNG of few colours, so few that it is small. Raises OSError where that is not possible."""
    from PIL import Image

    # Qt keeps blue, green, red and a fourth byte that says nothing.
    pixels = np.frombuffer(image.constBits(), dtype=np.uint8).reshape(image.height(), image.width(), 4)[..., 2::-1]
    whole = Image.fromarray(np.ascontiguousarray(pixels))
    for colours in COLOURS:
        out = io.BytesIO()
        whole.quantize(colours, dither=Image.Dither.NONE).save(out, "PNG", optimize=True)
        if out.tell() <= LARGEST_FILE:
            break
    write_whole(path, out.getvalue())
