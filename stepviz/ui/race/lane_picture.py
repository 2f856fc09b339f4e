"""What the pictures of a race have in common: a click chooses the lane under the mouse, and its numbers are said."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QPointF, Qt, Signal
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QSizePolicy, QToolTip, QWidget

from stepviz.runtime.race_frame import RaceFrame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme


class LanePicture(QWidget):
    """Shows some lanes of a race. ``lane_chosen`` carries the number of the lane that was clicked (from 0).

    A picture paints itself, and says by ``lane_at`` and ``describe`` what stands where.
    """

    lane_chosen = Signal(int)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.frame: RaceFrame | None = None
        self.shown: Sequence[int] = ()
        self.chosen: int | None = None
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setMouseTracking(True)

    def show_race(self, frame: RaceFrame, shown: Sequence[int], chosen: int | None) -> None:
        """Show the lanes ``shown`` (numbers from 0) of a frame; ``chosen`` stands out."""
        self.frame, self.shown, self.chosen = frame, tuple(shown), chosen
        self.update()

    def lane_at(self, position: QPointF) -> int | None:
        """Return the lane under a point of the widget, if any."""
        raise NotImplementedError

    def describe(self, position: QPointF) -> str:
        """Return what stands under a point of the widget, in words; empty where there is nothing."""
        raise NotImplementedError

    @guarded
    def mousePressEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Choose the lane under the mouse."""
        lane = self.lane_at(event.position())
        if lane is not None and event.button() == Qt.MouseButton.LeftButton:
            self.lane_chosen.emit(lane)

    @guarded
    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # Qt's name
        """Say what is under the mouse."""
        QToolTip.showText(event.globalPosition().toPoint(), self.describe(event.position()), self)
