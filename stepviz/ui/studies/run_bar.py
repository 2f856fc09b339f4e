"""Run and cancel, how far the study is, and what is wrong."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QHBoxLayout, QLabel, QProgressBar, QPushButton, QSizePolicy, QVBoxLayout, QWidget

from stepviz.studies.running import Standing
from stepviz.ui.core.icons import icon
from stepviz.ui.core.theme import Theme, font, scaled

PARTS = 1000


class RunBar(QWidget):
    """The buttons, a bar, and one line of words below them."""

    def __init__(self, theme: Theme, run: Callable[[], object], cancel: Callable[[], object]) -> None:
        super().__init__()
        self.theme = theme
        self.run, self.cancel = QPushButton("Run"), QPushButton("Cancel")
        self.bar, self.words = QProgressBar(), QLabel()
        self._wrong = False
        self.run.setToolTip("Compute it, or what is not finished of it (Ctrl+Return)")
        self.run.setShortcut("Ctrl+Return")
        self.cancel.setToolTip("End it; what is finished is kept (Escape)")
        self.cancel.setShortcut("Escape")
        self.run.clicked.connect(lambda _checked=False: run())
        self.cancel.clicked.connect(lambda _checked=False: cancel())
        self.bar.setRange(0, PARTS)
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName("Progress of the study")
        self.words.setWordWrap(True)
        self.words.setTextFormat(Qt.TextFormat.PlainText)
        self.words.setAccessibleName("How far the study is")
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.run)
        row.addWidget(self.cancel)
        row.addWidget(self.bar, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addLayout(row)
        column.addWidget(self.words)
        theme.changed.connect(self.retheme)
        self.show_state(running=False)
        self.retheme()

    def show_state(self, *, running: bool) -> None:
        """Offer what can be done."""
        self.run.setEnabled(not running)
        self.cancel.setEnabled(running)

    def show_standing(self, standing: Standing | None) -> None:
        """Show how far a study is; None: nothing of it is known."""
        progress = standing.progress if standing is not None else None
        self.bar.setValue(PARTS * progress.done // progress.total if progress is not None else 0)

    def say(self, text: str, *, wrong: bool = False) -> None:
        """Show a line of words, in the colour of what needs attention where something is ``wrong``."""
        self.words.setText(text)
        self.words.setToolTip(text)
        if wrong != self._wrong:
            self._wrong = wrong
            self.retheme()

    def retheme(self) -> None:
        """Take the theme's colours, and the size of its type."""
        colours = self.theme.colours
        self.run.setIcon(icon("play", colours))
        self.run.setFont(font(10, bold=True))
        self.run.setMinimumWidth(QFontMetrics(self.run.font()).horizontalAdvance("Run") + 64)
        self.bar.setFixedHeight(scaled(12))
        self.words.setFont(font(10, bold=self._wrong, tabular=True))
        self.words.setStyleSheet(f"color: {colours.zero};" if self._wrong else "")
