"""A picture of a window as it stands on the screen."""

from __future__ import annotations

from PySide6.QtGui import QGuiApplication, QPixmap
from PySide6.QtWidgets import QWidget


def real_pixels(window: QWidget) -> QPixmap:
    """Return a picture of a top-level widget.

    Where the screen can be asked it is: OpenGL and what is written over it do not come out in a picture that Qt paints
    anew.
    """
    if QGuiApplication.platformName() == "xcb":
        shot = window.screen().grabWindow(window.winId())
        if not shot.isNull():
            return shot
    return window.grab()
