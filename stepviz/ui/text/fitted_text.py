"""A text as high as what it says: it never scrolls, what it stands in does."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QKeyEvent, QKeySequence, QWheelEvent
from PySide6.QtWidgets import QSizePolicy, QWidget

from stepviz.ui.core.guarded import guarded
from stepviz.ui.text.formula_text import FormulaBrowser


class FittedText(FormulaBrowser):
    """Shows a text whole; the mouse selects in it, and what scrolls by wheel and keys is what it stands in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        # No stop on the way of Tab: there is nothing to do.
        self.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        self.document().documentLayout().documentSizeChanged.connect(lambda _size: self.updateGeometry())

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the height of the text at its present width."""
        return QSize(0, ceil(self.document().size().height()))

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same: nothing is ever cut."""
        return self.sizeHint()

    @guarded
    def wheelEvent(self, event: QWheelEvent) -> None:  # Qt's name
        """Leave the wheel to what scrolls."""
        event.ignore()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Copy and select all; every other key is for what scrolls."""
        if event.matches(QKeySequence.StandardKey.Copy) or event.matches(QKeySequence.StandardKey.SelectAll):
            super().keyPressEvent(event)
        else:
            event.ignore()
