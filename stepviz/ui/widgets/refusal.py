"""The sentence below a field that says why it did not take what was typed."""

from __future__ import annotations

from PySide6.QtCore import QPoint, QRect, Qt, QTimer
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDockWidget, QLabel, QWidget

from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import font, scaled

LASTS_MS = 8000
WIDEST = 300
MARGIN = 6


class Refusal(QLabel):
    """A sentence over the window, below its field; it goes with the next edit, by itself, or at a click."""

    def __init__(self, field: QWidget) -> None:
        super().__init__(field.window())
        self._field = field
        self.setObjectName("refusal")
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setWordWrap(True)
        self.setAutoFillBackground(True)
        self.setMargin(MARGIN)
        self.setFrameShape(QLabel.Shape.Box)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(LASTS_MS)
        self._timer.timeout.connect(self.end)
        field.destroyed.connect(self.deleteLater)
        self.hide()

    def say(self, text: str) -> None:
        """Show a sentence."""
        field, window = self._field, self._field.window()
        if self.parent() is not window:
            self.setParent(window)
        for other in window.findChildren(Refusal):
            other.end()
        palette = QPalette(window.palette())
        palette.setColor(QPalette.ColorRole.Window, palette.color(QPalette.ColorRole.ToolTipBase))
        palette.setColor(QPalette.ColorRole.WindowText, palette.color(QPalette.ColorRole.BrightText))
        self.setPalette(palette)
        self.setFont(font(10, bold=True))
        self.setText(text)
        self.setAccessibleName(text)
        area = self._area()
        width = min(scaled(WIDEST), area.width() - 2 * MARGIN)
        self.resize(width, self.heightForWidth(width))
        below = field.mapTo(window, QPoint(0, field.height() + 2))
        above = field.mapTo(window, QPoint(0, -self.height() - 2))
        place = below if below.y() + self.height() <= window.height() else above
        left = max(area.left() + MARGIN, min(place.x(), area.right() - width - MARGIN))
        self.move(left, max(0, place.y()))
        self.show()
        self.raise_()
        self._timer.start()

    def _area(self) -> QRect:
        """Return the place of the dock that the field is in, so that no other is covered; without a dock, all."""
        above: QWidget | None = self._field
        while above is not None and not isinstance(above, QDockWidget):
            above = above.parentWidget()
        return self._field.window().rect() if above is None or above.isWindow() else above.geometry()

    def end(self) -> None:
        """Take the sentence away."""
        self._timer.stop()
        self.hide()

    @guarded
    def mousePressEvent(self, _event: object) -> None:  # Qt's name
        """Take it away at a click."""
        self.end()
