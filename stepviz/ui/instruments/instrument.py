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
        """Draw one frame; called only while the panel is visible."""
        raise NotImplementedError(self.instrument.key)

    def retheme(self) -> None:
        """Take the colours of ``self.theme.colours``."""
