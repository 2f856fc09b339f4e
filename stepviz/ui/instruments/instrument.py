"""The base class of all panels."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from stepviz.instruments import Instrument
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme


class Panel(QWidget):
    """An instrument: shows frames, sends commands through the lab, keeps no state of the model.

    ``instrument`` is its entry in the catalogue.

    Pictures move with every frame whose turn it is. Numbers and sentences change in all instruments at once, four
    times a second, and are of one step; what is measured slowly says of which step it is.
    """

    instrument: ClassVar[Instrument]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__()
        self.lab = lab
        self.theme = theme
        self.setObjectName(self.instrument.key)
        self.setAccessibleName(self.instrument.title)
        # One for panels that colour themselves by a style sheet, the other for those that do not.
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        theme.changed.connect(self.retheme)

    def show_frame(self, frame: Frame) -> None:
        """Draw one frame and write the numbers that belong to it; called only while the panel is visible."""
        self.show_picture(frame)
        self.show_numbers(frame.whole)

    def show_picture(self, frame: Frame) -> None:
        """Draw one frame."""

    def show_numbers(self, whole: Frame) -> None:
        """Write the numbers and sentences of a frame whose readings are all of one step."""

    def retheme(self) -> None:
        """Take the colours of ``self.theme.colours``."""
