"""Pictures of an instrument to take away: on the clipboard, as pixels, or as lines that stay sharp at any size."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QMarginsF, QPoint, QRect, QSaveFile, QSize, QSizeF
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QWidget

# A widget's pixels are taken as a 96th of an inch, as desktops do.
DOTS_PER_INCH = 96
SUFFIXES = (".png", ".svg", ".pdf")


def image(widget: QWidget, scale: float = 1.0) -> QImage:
    """Return the widget as it is painted, ``scale`` times as large."""
    size = widget.size() * scale
    result = QImage(size, QImage.Format.Format_RGB32)
    result.setDevicePixelRatio(scale)
    result.fill(widget.palette().color(widget.backgroundRole()))
    painter = QPainter(result)
    _paint(widget, painter)
    painter.end()
    return result


def save(widget: QWidget, path: Path, scale: float = 2.0) -> None:
    """Write a picture whose kind the suffix says: PNG (``scale`` times as large), SVG or PDF, whole or not at all.

    Raises OSError where it cannot be written, ValueError for another suffix.
    """
    kinds = {".png": _png, ".svg": _svg, ".pdf": _pdf}
    kind = kinds.get(path.suffix.lower())
    if kind is None:
        raise ValueError(f"a picture named {path.name}; expected one that ends in {', '.join(SUFFIXES)}")
    file = QSaveFile(str(path))
    if not file.open(QSaveFile.OpenModeFlag.WriteOnly):
        raise OSError(file.errorString())
    kind(widget, file, scale)
    if not file.commit():
        raise OSError(file.errorString())


def _png(widget: QWidget, file: QSaveFile, scale: float) -> None:
    image(widget, scale).save(file, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt wants text


def _svg(widget: QWidget, file: QSaveFile, _scale: float) -> None:
    generator = QSvgGenerator()
    generator.setOutputDevice(file)
    generator.setResolution(DOTS_PER_INCH)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    generator.setTitle(widget.accessibleName())
    painter = QPainter(generator)
    _paint(widget, painter)
    painter.end()


def _pdf(widget: QWidget, file: QSaveFile, _scale: float) -> None:
    writer = QPdfWriter(file)
    writer.setResolution(DOTS_PER_INCH)
    writer.setTitle(widget.accessibleName())
    inches = QSizeF(widget.size()) / DOTS_PER_INCH
    page = QPageSize(inches, QPageSize.Unit.Inch, widget.accessibleName(), QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    painter = QPainter(writer)
    _paint(widget, painter)
    painter.end()


def _paint(widget: QWidget, painter: QPainter) -> None:
    painter.fillRect(QRect(QPoint(), QSize(widget.size())), widget.palette().color(widget.backgroundRole()))
    flags = QWidget.RenderFlag.DrawChildren | QWidget.RenderFlag.DrawWindowBackground
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    widget.render(painter, QPoint(), QRegion(), flags)
