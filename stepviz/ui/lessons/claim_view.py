"""A claim on screen: its sentence, and below it what has been measured."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLabel, QWidget

from stepviz.lessons.lesson import Claim
from stepviz.lessons.verdict import Verdict
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.text.fitted_text import FittedText

SIGNS = {"open": "○", "holds": "✓", "fails": "✗"}
SIZE = 11


class ClaimView(QWidget):
    """Shows one claim. The sentence is set once, so that what the person selects in it stays selected."""

    def __init__(self, claim: Claim, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self.sign, self.found, self.sentence = QLabel(self), QLabel(self), FittedText(self)
        self.sign.setFont(font(SIZE, bold=True))
        self.found.setWordWrap(True)
        # A verdict is text, whatever it quotes.
        self.found.setTextFormat(Qt.TextFormat.PlainText)
        self.found.setFont(font(SIZE))
        self.sentence.setFont(font(SIZE))
        self.sentence.document().setDocumentMargin(0)
        self.sentence.setAccessibleName("Claim")
        self.sentence.show_sentence(claim.text)
        # For whoever writes lessons; the class reads the figures.
        for part in (self.sign, self.found, self.sentence):
            part.setToolTip(f"Measured: {claim.source}")
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(0)
        grid.setColumnStretch(1, 1)
        grid.addWidget(self.sign, 0, 0, Qt.AlignmentFlag.AlignTop)
        grid.addWidget(self.sentence, 0, 1)
        grid.addWidget(self.found, 1, 1)

    def show_verdict(self, verdict: Verdict) -> None:
        """Show how the claim stands."""
        colours = self._theme.colours
        tint = {"open": colours.muted, "holds": colours.active, "fails": colours.zero}[verdict.state]
        self.sign.setText(SIGNS[verdict.state])
        self.sign.setAccessibleName(verdict.state)
        self.found.setText(str(verdict))
        for label in (self.sign, self.found):
            label.setStyleSheet(f"color: {tint}")
