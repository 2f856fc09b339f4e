"""Pictures that were written as SVG, as pixels, with the shipped font."""

from __future__ import annotations

import os
import sys

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from stepviz.ui.theme import FAMILY, load_fonts


def png(svg: str, scale: float = 2.0) -> bytes:
    """Return SVG text as a PNG file, ``scale`` pixels for each of its units. Raises ValueError for no SVG.

    Needs no screen: where no window system can be had, Qt draws off screen.
    """
    application = QGuiApplication.instance() or _off_screen()
    load_fonts()
    # Qt takes a list of families for the name of one.
    renderer = QSvgRenderer(
        QByteArray(svg.replace('font-family="Inter, sans-serif"', f'font-family="{FAMILY}"').encode())
    )
    if not renderer.isValid():
        raise ValueError("not a picture in SVG")
    image = QImage(renderer.defaultSize() * scale, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    file = QBuffer()
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(file, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt wants text
    assert application is not None
    return bytes(file.data().data())


def _off_screen() -> QGuiApplication:
    # Pictures for files do not depend on the desktop they are made on.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(sys.argv[:1])
