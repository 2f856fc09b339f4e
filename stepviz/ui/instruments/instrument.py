"""What every instrument on screen has in common."""

from __future__ import annotations

from typing import ClassVar

from PySide6.QtCore import Qt
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QWidget

from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme


class Panel(QWidget):
    """An instrument: shows frames, sends commands through the lab, keeps no state of the model.

    ``name`` is the panel's key (that of its probe), ``title`` stands in its title bar, ``summary`` is one line on what
    a person should conclude from it, ``probes`` are the names of the probes it reads. ``cost`` is about how long
    it takes to paint, in milliseconds of a slow machine: by it the instruments are dealt out among the frames.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    summary: ClassVar[str]
    probes: ClassVar[frozenset[str]] = frozenset()
    cost: ClassVar[float] = 1.0

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__()
        self.lab = lab
        self.theme = theme
        self.setObjectName(self.name)
        self.setAccessibleName(self.title)
        # One for panels that colour themselves by a style sheet, the other for those that do not.
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.setAutoFillBackground(True)
        self.setBackgroundRole(QPalette.ColorRole.Base)
        theme.changed.connect(self.retheme)

    def show_frame(self, frame: Frame) -> None:
        """Draw one frame; called only while the panel is visible."""
        raise NotImplementedError(self.name)

    def retheme(self) -> None:
        """Take the colours of ``self.theme.colours``."""
