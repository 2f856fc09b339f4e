"""A timer that fires once, made in one place."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer


def single_shot(parent: QObject, call: Callable[[], object], milliseconds: int = 0) -> QTimer:
    """Return a timer that calls ``call`` once, so long after each ``start``."""
    # Not with keywords: PySide looks their setters up with the letters of the locale, and in Turkish there is no
    # «setInterval».
    timer = QTimer(parent)
    timer.setSingleShot(True)
    timer.setInterval(milliseconds)
    timer.timeout.connect(call)
    return timer
