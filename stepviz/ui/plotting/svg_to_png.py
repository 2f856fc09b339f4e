"""Pictures that were written as SVG, as pixels, with the shipped font."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QIODevice
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer

from stepviz.engine.common.atomic_files import write_whole
from stepviz.ui.core.theme import FAMILY, load_fonts


def png(svg: str, scale: float = 2.0) -> bytes:
    """Return SVG text as a PNG file, ``scale`` pixels for each of its units. Raises ValueError for no SVG.

    Needs no screen: where no window system can be had, Qt draws off screen.
    """
    application = QGuiApplication.instance() or _off_screen()
    drawing = renderer(svg)
    image = QImage(drawing.defaultSize() * scale, QImage.Format.Format_RGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    drawing.render(painter)
    painter.end()
    file = QBuffer()
    file.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(file, "PNG")  # type: ignore[call-overload]  # the stub wants bytes, Qt wants text
    assert application is not None
    return bytes(file.data().data())


def renderer(svg: str) -> QSvgRenderer:
    """Return what draws SVG text, with the shipped font. Raises ValueError for no SVG."""
    load_fonts()
    # Qt takes a list of families for the name of one.
    text = svg.replace('font-family="Inter, sans-serif"', f'font-family="{FAMILY}"')
    drawing = QSvgRenderer(QByteArray(text.encode()))
    if not drawing.isValid():
        raise ValueError("not a picture in SVG")
    return drawing


def write_png_files(files: Sequence[Path]) -> list[Path]:
    """Write a PNG beside each SVG among ``files``, and return their paths. Raises OSError where that cannot be."""
    pictures = {file.with_suffix(".png"): file for file in files if file.suffix == ".svg"}
    for target, source in pictures.items():
        write_whole(target, png(source.read_text(encoding="utf-8")))
    return list(pictures)


def _off_screen() -> QGuiApplication:
    # Pictures for files do not depend on the desktop they are made on.
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication(sys.argv[:1])
