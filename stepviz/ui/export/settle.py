"""A widget brought to rest: what waits for its time is shown at once, and nothing is still finding its place."""

from __future__ import annotations

from PySide6.QtCore import QCoreApplication, QEvent, QTimer
from PySide6.QtWidgets import QWidget

from stepviz.ui.export.render import image

# What waits may wait for something else, and a scale that was painted may find that its numbers need more room. Two
# rounds do as a rule; what has not settled after so many never will.
ROUNDS = 12


def come_to_rest(widget: QWidget) -> None:
    """Let everything in a widget that waits for its time show at once: a picture has a time of its own."""
    for _ in range(ROUNDS):
        waiting = [timer for timer in widget.findChildren(QTimer) if timer.isSingleShot() and timer.isActive()]
        for timer in waiting:
            timer.stop()
            timer.timeout.emit()
        QCoreApplication.sendPostedEvents(None, QEvent.Type.LayoutRequest)
        if not waiting:
            return


def settle(widget: QWidget) -> bool:
    """Paint a widget, onto nothing, until it comes out as the last time; return whether it does."""
    before = None
    for _ in range(ROUNDS):
        come_to_rest(widget)
        now = image(widget)
        if before is not None and now == before:
            return True
        before = now
    return False
