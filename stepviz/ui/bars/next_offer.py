"""The large button that offers what to try next, and the small one that takes it away for good."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QToolButton, QWidget

from stepviz.ui.core.theme import Theme, font

NO_MORE = "Offer nothing more: View, First steps brings it back"


class NextOffer(QWidget):
    """``taken`` is emitted when the offer is pressed, ``declined`` when no offer is wanted any more."""

    taken = Signal()
    declined = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.button = QPushButton()
        self.button.setFont(font(12, bold=True))
        self.button.setCursor(Qt.CursorShape.PointingHandCursor)
        self.button.clicked.connect(lambda _checked=False: self.taken.emit())
        self.close_button = QToolButton()
        self.close_button.setText("✕")
        self.close_button.setToolTip(NO_MORE)
        self.close_button.setAccessibleName(NO_MORE)
        self.close_button.setAutoRaise(True)
        self.close_button.clicked.connect(lambda _checked=False: self.declined.emit())
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(2)
        row.addWidget(self.button)
        row.addWidget(self.close_button)
        theme.changed.connect(self.retheme)
        self.retheme()

    def show_offer(self, text: str, tip: str) -> None:
        """Offer something; an empty text: nothing."""
        self.button.setText(text)
        self.button.setToolTip(tip)
        self.button.setAccessibleName(f"Try next: {text}")
        self.setVisible(bool(text))

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.button.setStyleSheet(
            f"QPushButton {{ color: {colours.on_accent}; background: {colours.accent}; border-radius: 8px;"
            f" padding: 5px 12px; border: 2px solid {colours.accent}; }}"
            f" QPushButton:focus {{ border-color: {colours.text}; }}"
        )
