"""Pictures of an instrument to take away: on the clipboard, as pixels, or as lines that stay sharp at any size."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import (
    QBuffer,
    QEvent,
    QIODevice,
    QMarginsF,
    QObject,
    QPoint,
    QRect,
    QRectF,
    QSize,
    QSizeF,
)
from PySide6.QtGui import QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QPicture, QRegion
from PySide6.QtSvg import QSvgGenerator
from PySide6.QtWidgets import QAbstractItemView, QWidget

from stepviz.engine.common.atomic_files import write_whole
from stepviz.ui.core.guarded import guarded_filter
from stepviz.ui.plotting.export_mode import SHARP, exporting
from stepviz.ui.plotting.picture_controls import without_controls, write_settings
from stepviz.ui.plotting.svg_fixes import DOTS_PER_INCH, portable

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
    content = QBuffer()
    content.open(QBuffer.OpenModeFlag.WriteOnly)
    kind(widget, content, scale)
    write_whole(path, bytes(content.data().data()))


def strokes(widget: QWidget) -> QPicture:
    """Return the widget as the strokes that paint it: to be painted again, at any size, elsewhere."""
    picture = QPicture()
    painter = QPainter(picture)
    _paint_lines(widget, painter)
    painter.end()
    picture.setBoundingRect(QRect(QPoint(), widget.size()))
    return picture


def _png(widget: QWidget, file: QBuffer, scale: float) -> None:
    image(widget, scale).save(file, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt wants text


def _svg(widget: QWidget, file: QBuffer, _scale: float) -> None:
    # SVG Tiny, the other choice, cannot clip: curves would run out of their axes.
    generator = QSvgGenerator(QSvgGenerator.SvgVersion.Svg11)
    written = QBuffer()
    written.open(QIODevice.OpenModeFlag.WriteOnly)
    generator.setOutputDevice(written)
    generator.setResolution(DOTS_PER_INCH)
    generator.setSize(widget.size())
    generator.setViewBox(QRect(QPoint(), widget.size()))
    generator.setTitle(widget.accessibleName())
    painter = QPainter(generator)
    _paint_lines(widget, painter)
    painter.end()
    file.write(portable(bytes(written.data().data()).decode()).encode())


def _pdf(widget: QWidget, file: QBuffer, _scale: float) -> None:
    writer = QPdfWriter(file)
    writer.setResolution(DOTS_PER_INCH)
    writer.setTitle(widget.accessibleName())
    inches = QSizeF(widget.size()) / DOTS_PER_INCH
    page = QPageSize(inches, QPageSize.Unit.Inch, widget.accessibleName(), QPageSize.SizeMatchPolicy.ExactMatch)
    writer.setPageLayout(QPageLayout(page, QPageLayout.Orientation.Portrait, QMarginsF()))
    painter = QPainter(writer)
    # As JPEG, which is the default, an exact zero's colour would be blurred.
    painter.setRenderHint(QPainter.RenderHint.LosslessImageRendering)
    _paint_lines(widget, painter)
    painter.end()


def _paint(widget: QWidget, painter: QPainter) -> None:
    painter.fillRect(QRect(QPoint(), QSize(widget.size())), widget.palette().color(widget.backgroundRole()))
    flags = QWidget.RenderFlag.DrawChildren | QWidget.RenderFlag.DrawWindowBackground
    painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
    with exporting(), without_controls(widget) as controls:
        widget.render(painter, QPoint(), QRegion(), flags)
        write_settings(painter, controls)


def _paint_lines(widget: QWidget, painter: QPainter) -> None:
    tables = [_AsPixels(view.viewport()) for view in widget.findChildren(QAbstractItemView) if view.isVisible()]
    try:
        _paint(widget, painter)
    finally:
        for table in tables:
            table.end()


class _AsPixels(QObject):
    """Lets what scrolls be painted as pixels: only they are cut off at its edge, lines would go on beyond it."""

    def __init__(self, viewport: QWidget) -> None:
        super().__init__()
        self._viewport, self._image = viewport, image(viewport, SHARP)
        viewport.installEventFilter(self)

    def end(self) -> None:
        """Let it be painted as usual."""
        self._viewport.removeEventFilter(self)

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Paint the pixels in the place of the widget."""
        if event.type() != QEvent.Type.Paint:
            return False
        painter = QPainter(self._viewport)
        painter.drawImage(QRectF(self._viewport.rect()), self._image)
        painter.end()
        return True
