"""A possible answer to a question: a button with a sentence, as high as that, its formulas set in type."""

from __future__ import annotations

from math import ceil

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize
from PySide6.QtGui import QAbstractTextDocumentLayout, QColor, QPainter, QPaintEvent, QPalette, QTextDocument
from PySide6.QtWidgets import QPushButton, QSizePolicy, QStyle, QStyleOptionButton, QStylePainter, QWidget

from stepviz.lessons.formulas import sentence_in_html, sentence_in_words
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme
from stepviz.ui.text.formula_text import FormulaPainter

ASIDE, ABOVE = 10, 5


class ChoiceButton(QPushButton):
    """Shows a sentence; ``mark`` puts a sign before it. Its text, for whoever reads the button, has formulas in words.

    Qt's own button has no lines and would cut a long answer.
    """

    def __init__(self, sentence: str, theme: Theme, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._theme = theme
        self._sentence, self._sign = sentence, ""
        self._document = QTextDocument(self)
        self._document.setDocumentMargin(0)
        self._formulas = FormulaPainter(self._document)
        policy = QSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Minimum)
        policy.setHeightForWidth(True)
        self.setSizePolicy(policy)
        self.setAccessibleName(f"Answer: {sentence_in_words(sentence)}")
        self._fill()

    def mark(self, sign: str) -> None:
        """Put a sign before the sentence, or none."""
        if sign != self._sign:
            self._sign = sign
            self._fill()

    def _fill(self) -> None:
        text, formulas = sentence_in_html(self._sentence)
        self._document.setDefaultFont(self.font())
        self._document.setHtml(self._sign + text)
        self._formulas.fill(formulas)
        # A single & would be a key that presses it.
        self.setText((self._sign + sentence_in_words(self._sentence)).replace("&", "&&"))
        self.updateGeometry()
        self.update()

    @guarded
    def changeEvent(self, event: QEvent) -> None:  # Qt's name
        """Set the sentence anew for another size of type."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.FontChange:
            self._fill()

    def heightForWidth(self, width: int) -> int:  # Qt's name
        """Return the height of the sentence in so many pixels."""
        self._document.setTextWidth(max(1, width - 2 * ASIDE))
        return ceil(self._document.size().height()) + 2 * ABOVE

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the height of one line: how many there are depends on the width."""
        return QSize(0, self.fontMetrics().height() + 2 * ABOVE)

    def minimumSizeHint(self) -> QSize:  # Qt's name
        """Return the same."""
        return self.sizeHint()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the style's button, and the sentence in it."""
        option = QStyleOptionButton()
        self.initStyleOption(option)
        option.text = ""
        painter = QStylePainter(self)
        painter.drawControl(QStyle.ControlElement.CE_PushButton, option)
        painter.end()
        height = self.heightForWidth(self.width()) - 2 * ABOVE
        colours = self._theme.colours
        context = QAbstractTextDocumentLayout.PaintContext()
        context.palette.setColor(QPalette.ColorRole.Text, QColor(colours.text if self.isEnabled() else colours.muted))
        words = QPainter(self)
        words.translate(QPointF(ASIDE, (self.height() - height) / 2))
        words.setClipRect(QRectF(0, 0, self.width() - 2 * ASIDE, height))
        self._document.documentLayout().draw(words, context)
        words.end()
