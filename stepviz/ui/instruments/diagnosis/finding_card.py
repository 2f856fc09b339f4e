"""A card with one finding: title, sentence, advice, and the button that does what is advised."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtCore import QRectF, Qt, Signal
from PySide6.QtGui import QColor, QFontMetricsF, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QFrame, QLabel, QPushButton, QVBoxLayout

from stepviz.probes.findings.finding import Finding
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.diagnosis.twin_curves import TwinCurves
from stepviz.ui.text.number_format import mix

TITLE_SCALE = 1.2
BUTTON_MARGIN = 24
SMALLEST_BUTTON = 9.0
_TALL = 100_000.0


class FindingCard(QFrame):
    """Shows a finding; ``applied`` carries its remedy, and the words on the button, when that is pressed."""

    applied = Signal(object, str)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.finding: Finding | None = None
        self.title, self.sentence, self.advice = QLabel(), QLabel(), QLabel()
        for label in (self.title, self.sentence, self.advice):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop)
            # A label must never ask for more width than the panel has: the text is wrapped instead.
            label.setMinimumWidth(1)
        self.sentence.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.curves = TwinCurves(theme)
        self.button = QPushButton()
        self.button.clicked.connect(self._apply)
        self._words = ""
        self._points, self._width = 10.0, 300
        self._column = QVBoxLayout(self)
        for widget in (self.title, self.sentence, self.curves, self.advice):
            self._column.addWidget(widget)
        self._column.addWidget(self.button, 0, Qt.AlignmentFlag.AlignLeft)
        self._column.addStretch(1)
        self.retheme()

    def show_finding(self, finding: Finding, words: str, *, enabled: bool) -> None:
        """Show a finding; ``words`` say what its remedy does, which ``enabled`` allows to apply."""
        self.finding = finding
        self.setAccessibleName(f"{finding.title}: {finding.sentence}")
        # A number is not torn from its sign.
        sentence = f"{finding.sentence}.".replace(" %", "\N{NO-BREAK SPACE}%")
        for label, text in ((self.title, finding.title), (self.sentence, sentence)):
            if label.text() != text:
                label.setText(text)
        if self.advice.text() != finding.advice:
            self.advice.setText(finding.advice)
            self.setToolTip(finding.advice)
        self.curves.show_finding(finding)
        self.curves.setVisible(bool(finding.twins))
        self.button.setVisible(finding.remedy is not None)
        self.button.setEnabled(enabled)
        if words != self._words:
            self._words = words
            self.button.setToolTip(f"{words}; Undo takes it back")
            self.button.setAccessibleName(words)
            self._size_button()
        self._set_advice_colour()

    def lay_out(self, points: float, width: int, *, advised: bool) -> None:
        """Take another size of type for a card of this width, with or without the advice."""
        self._points, self._width = points, width
        self.title.setFont(font(points * TITLE_SCALE, bold=True))
        self.sentence.setFont(font(points, tabular=True))
        self.advice.setFont(font(points))
        self.advice.setVisible(advised)
        self.curves.lay_out(points)
        margin = self._margin(points)
        self._column.setContentsMargins(margin + 5, margin, margin, margin)
        self._column.setSpacing(max(2, margin // 2))
        self._size_button()

    def height_at(self, points: float, width: float, *, advised: bool) -> int:
        """Return the height in pixels that the card needs at a size of type and a width."""
        margin = self._margin(points)
        room = width - 2 * margin - 5
        texts = [(self.title.text(), TITLE_SCALE * points, True), (self.sentence.text(), points, False)]
        if advised:
            texts.append((self.advice.text(), points, False))
        high = 2.0 * margin + max(2, margin // 2) * len(texts)
        for text, size, bold in texts:
            metrics = QFontMetricsF(font(size, bold=bold, tabular=not bold))
            high += metrics.boundingRect(QRectF(0, 0, room, _TALL), int(Qt.TextFlag.TextWordWrap), text).height() + 1
        if self.finding is not None and self.finding.twins:
            high += TwinCurves.height_at(points) + max(2, margin // 2)
        if self.finding is not None and self.finding.remedy is not None:
            high += self._button_height(points)
        return int(high) + 1

    @staticmethod
    def _margin(points: float) -> int:
        return int(points * 0.75)

    @staticmethod
    def _button_height(points: float) -> float:
        return QFontMetricsF(font(points)).height() + 12

    def _size_button(self) -> None:
        room = max(40.0, self._width - 2 * self._margin(self._points) - 5 - BUTTON_MARGIN)

        def fits(points: float) -> bool:
            return QFontMetricsF(font(points)).horizontalAdvance(self._words) <= room

        # Tried, not scaled: of hinted type the width does not go by the size.
        own = font(best_points(fits, SMALLEST_BUTTON, max(SMALLEST_BUTTON, self._points)) or SMALLEST_BUTTON)
        text = QFontMetricsF(own).elidedText(self._words, Qt.TextElideMode.ElideRight, room)
        self.button.setFont(own)
        self.button.setText(text)
        self.button.setFixedSize(
            int(QFontMetricsF(own).horizontalAdvance(text)) + BUTTON_MARGIN, int(self._button_height(self._points))
        )

    def _apply(self) -> None:
        if self.finding is not None and self.finding.remedy is not None:
            self.applied.emit(self.finding.remedy, self._words)

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the ground, and the bar that tells an illness from a remark."""
        colours = self.theme.colours
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        ill = self.finding is not None and self.finding.ill
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.setBrush(mix(colours.raised, colours.accent, 0.07) if ill else QColor(colours.raised))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(0.5, 0.5, -0.5, -0.5), 5, 5)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(QColor(colours.accent if ill else colours.border))
        painter.drawRoundedRect(QRectF(0, 0, 5, self.height()), 2, 2)
        painter.end()

    def retheme(self) -> None:
        """Take the theme's colours."""
        self._set_advice_colour()
        self.curves.retheme()
        self.update()

    def _set_advice_colour(self) -> None:
        style = f"color: {self.theme.colours.muted}"
        if self.advice.styleSheet() != style:
            self.advice.setStyleSheet(style)


def best_points(fits: Callable[[float], bool], low: float, high: float) -> float | None:
    """Return the largest size of type in half points between ``low`` and ``high`` that fits; None where none does."""
    first, last = round(2 * low), round(2 * high)
    if not fits(first / 2):
        return None
    while first < last:
        middle = (first + last + 1) // 2
        if fits(middle / 2):
            first = middle
        else:
            last = middle - 1
    return first / 2
