"""How large windows and type are on a screen, so that all of it can be seen, the title bar included."""

from __future__ import annotations

import math

from PySide6.QtCore import QRect, QSize
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

TYPE_SCALES = (0.8, 0.9, 1.0, 1.1, 1.25, 1.4, 1.7, 2.0)
# The screen that the window was drawn for, at type of scale 1.
DRAWN_FOR = (1366, 768)
# What a window manager puts around a window: the sides, and the title bar with the lower edge. Its true size is known
# only once the window stands; 27 to 40 pixels are usual for a title bar.
FRAME = (8, 42)
# On a large screen some of the desktop stays in view.
LARGE, SHARE = 2000, 0.9


def free_room(window: QWidget) -> QRect:
    """Return what windows may cover of the screen that a window, or the one it belongs to, is on."""
    above = window.parentWidget()
    place = (window if above is None else above.window()).geometry().center()
    # Not ``window.screen()``: PySide takes what that returns for the window's own, and lets it go with the window.
    screen = QGuiApplication.screenAt(place) or QGuiApplication.primaryScreen()
    return screen.availableGeometry()


def room(window: QWidget) -> QSize:
    """Return the largest size of a window whose frame still fits the screen that it is on."""
    free = free_room(window)
    return QSize(free.width() - FRAME[0], free.height() - FRAME[1])


def fit(window: QWidget, width: int, height: int) -> None:
    """Give a window a size, or as much of it as there is room for."""
    window.resize(QSize(width, height).boundedTo(room(window)))


def first_type(free: QSize) -> float:
    """Return the scale of type for a screen at the first start.

    Of what a screen has more than the one that the window was drawn for, half goes into the type and half into room:
    the scale is the square root of how much larger the screen is.
    """
    fitting = math.sqrt(min(free.width() / DRAWN_FOR[0], free.height() / DRAWN_FOR[1]))
    return min(TYPE_SCALES, key=lambda scale: abs(scale - fitting))


def fit_first(window: QWidget) -> None:
    """Give the main window its place and size at the first start: all of a small screen, most of a large one."""
    free, most = free_room(window), room(window)
    size = most if free.width() <= LARGE else QSize(round(SHARE * free.width()), round(SHARE * free.height()))
    window.resize(size)
    corner = (most - size) / 2
    window.move(free.x() + corner.width(), free.y() + corner.height())
