"""Pictures of the program's drawings in the sizes that desktops ask for."""

from __future__ import annotations

import struct
from pathlib import Path

from installers.workplace import Workplace

SIZES = (16, 24, 32, 48, 64, 128, 256)
DRAW = """
import sys
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication, QImage, QPainter
from PySide6.QtSvg import QSvgRenderer
drawing, picture, size = sys.argv[1], sys.argv[2], int(sys.argv[3])
application = QGuiApplication([])
image = QImage(size, size, QImage.Format.Format_ARGB32)
image.fill(Qt.GlobalColor.transparent)
painter = QPainter(image)
QSvgRenderer(drawing).render(painter)
painter.end()
sys.exit(0 if image.save(picture) else f"{picture} cannot be written")
"""


def drawings(place: Workplace) -> dict[str, Path]:
    """Return the program's own drawing and those of its kinds of files, by the name a theme gives them."""
    files = {path.stem: path for path in sorted((place.packaging / "linux" / "icons").glob("*.svg"))}
    return {"stepviz": place.source / "resources" / "icons" / "stepviz.svg"} | files


def png(place: Workplace, drawing: Path, picture: Path, size: int) -> None:
    """Draw one size of an SVG."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    place.python("-c", DRAW, drawing, picture, str(size), QT_QPA_PLATFORM="offscreen")


def ico(place: Workplace, drawing: Path, picture: Path) -> None:
    """Write all sizes into one icon file of Windows: a directory of PNG pictures."""
    pictures = []
    for size in SIZES:
        png(place, drawing, picture.with_suffix(".png"), size)
        pictures.append((size, picture.with_suffix(".png").read_bytes()))
    picture.with_suffix(".png").unlink()
    header, offset = struct.pack("<HHH", 0, 1, len(pictures)), 6 + 16 * len(pictures)
    for size, content in pictures:
        # 256 is written as 0.
        header += struct.pack("<BBBBHHII", size % 256, size % 256, 0, 0, 1, 32, len(content), offset)
        offset += len(content)
    picture.write_bytes(header + b"".join(content for _, content in pictures))
