"""What lies over an instrument that may not be seen yet: a sentence that says why."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from stepviz.ui.core.theme import Theme, font

MARGIN = 16


class CoverSheet(QWidget):
    """Shows a sentence in the place of an instrument, and takes as much room as that needs: nothing moves."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self._instrument: QWidget | None = None
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        self.words = QLabel()
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.words.setWordWrap(True)
        self.words.setFont(font(12, bold=True))
        self.words.setMinimumSize(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(MARGIN, MARGIN, MARGIN, MARGIN)
        column.addWidget(self.words)
        theme.changed.connect(self.retheme)
        self.retheme()

    def lie_over(self, instrument: QWidget, words: str) -> None:
        """Take the place of an instrument, with these words."""
        self._instrument = instrument
        self.words.setText(words)
        self.setAccessibleName(words)
        self.setMinimumSize(instrument.minimumSizeHint().expandedTo(instrument.minimumSize()))

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return that of the instrument."""
        return QSize(0, 0) if self._instrument is None else self._instrument.minimumSizeHint()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return that of the instrument."""
        return super().sizeHint() if self._instrument is None else self._instrument.sizeHint()

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.setStyleSheet(f"CoverSheet {{ background: {colours.raised}; }} QLabel {{ color: {colours.muted}; }}")
