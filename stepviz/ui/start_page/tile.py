"""What the start page is made of: large buttons with a bold line and lines below it."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QKeyEvent, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QAbstractButton, QWidget

from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.icons import icon
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.text.number_format import mix

ARROWS = (Qt.Key.Key_Left, Qt.Key.Key_Right, Qt.Key.Key_Up, Qt.Key.Key_Down)
TITLE, TEXT = 11.5, 10.0
MARGIN, GAP, IMAGE = 12, 3, 22
# On a wide screen type grows with it, up to so much.
USUAL_WIDTH, MOST_GROWTH = 1900, 1.7
_TALL = 100_000.0


def growth_at(width: float) -> float:
    """Return how many times as large as usual all is drawn on a page of this width, in pixels."""
    return min(MOST_GROWTH, max(1.0, width / scaled(USUAL_WIDTH)))


class Tile(QAbstractButton):
    """A button of the start page: perhaps an icon, a bold line, and lines below it.

    ``image`` is the name of an icon; lines are wrapped, or with ``elides`` cut in their middle, as paths can be.
    """

    def __init__(self, theme: Theme, parent: QWidget, *, image: str = "", elides: bool = False) -> None:
        super().__init__(parent)
        self.theme, self.image, self.elides = theme, image, elides
        self.lines: tuple[str, ...] = ()
        self.growth = 1.0
        self.setAttribute(Qt.WidgetAttribute.WA_Hover)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)

    def show_words(self, title: str, lines: Sequence[str], *, enabled: bool = True) -> None:
        """Show these words; a button that is not enabled is faded."""
        self.setText(title)
        self.lines = tuple(lines)
        self.setEnabled(enabled)
        self.setAccessibleName(title)
        self.setAccessibleDescription(". ".join(lines))
        self.update()

    def lay_out(self, growth: float, width: int) -> int:
        """Take type ``growth`` times as large as usual, and return the height that is needed at this width."""
        self.growth = growth
        room = width - 2 * self._margin - self._beside
        return round(2 * self._margin + max(self._image_side, self._words_height(room)))

    # Sizes in pixels

    @property
    def _margin(self) -> float:
        return scaled(MARGIN) * self.growth

    @property
    def _gap(self) -> float:
        return scaled(GAP) * self.growth

    @property
    def _image_side(self) -> float:
        return scaled(IMAGE) * self.growth if self.image else 0.0

    @property
    def _beside(self) -> float:
        return self._image_side + self._margin if self.image else 0.0

    def _fonts(self) -> tuple[QFont, QFont]:
        return font(TITLE * self.growth, bold=True), font(TEXT * self.growth, tabular=True)

    def _words_height(self, room: float) -> float:
        bold, plain = self._fonts()
        high = text_height(self.text(), bold, room)
        for line in self.lines:
            high += self._gap + (QFontMetricsF(plain).height() if self.elides else text_height(line, plain, room))
        return high

    # Painting

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the button."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self.paint_frame(painter)
        if self.image:
            side = round(self._image_side)
            colours = self.theme.colours
            picture = icon(self.image, colours, colours.accent).pixmap(QSize(side, side), self.devicePixelRatio())
            painter.drawPixmap(round(self._margin), round(self._margin), side, side, picture)
        left = self._margin + self._beside
        self.paint_words(painter, QRectF(left, self._margin, self.width() - left - self._margin, self.height()))
        painter.end()

    def paint_words(self, painter: QPainter, room: QRectF) -> None:
        """Paint title and lines from the top of ``room`` on."""
        colours, (bold, plain) = self.theme.colours, self._fonts()
        top = room.top()
        for number, text in enumerate((self.text(), *self.lines)):
            own = plain if number else bold
            if number:
                top += self._gap
            if number and self.elides:
                text = QFontMetricsF(plain).elidedText(text, Qt.TextElideMode.ElideMiddle, room.width())
            high = text_height(text, own, room.width())
            painter.setFont(own)
            painter.setPen(QColor(colours.muted if number or not self.isEnabled() else colours.text))
            painter.drawText(QRectF(room.left(), top, room.width(), high), _WRAPPED, text)
            top += high

    def paint_frame(self, painter: QPainter) -> None:
        """Paint the ground, whether the button is under the mouse, and whether it has the focus."""
        colours = self.theme.colours
        box = QRectF(self.rect()).adjusted(2, 2, -2, -2)
        chosen = self.isEnabled() and (self.isDown() or self.underMouse())
        fill = mix(colours.raised, colours.accent, 0.10) if chosen else QColor(colours.surface)
        painter.setBrush(fill if self.isEnabled() else QColor(colours.window))
        painter.setPen(QPen(QColor(colours.accent if chosen else colours.border), 1))
        painter.drawRoundedRect(box, 8, 8)
        if self.hasFocus():
            self.paint_focus(painter)

    def paint_focus(self, painter: QPainter) -> None:
        """Paint the frame of what has the focus."""
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(self.theme.colours.accent), max(3.0, scaled(3) * self.growth)))
        painter.drawRoundedRect(QRectF(self.rect()).adjusted(2, 2, -2, -2), 8, 8)

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Press at Enter too, and leave the arrows to the page: it knows where the next button stands."""
        if event.key() in ARROWS:
            event.ignore()
        elif event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
            self.click()
        else:
            super().keyPressEvent(event)


_WRAPPED = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignTop) | int(Qt.TextFlag.TextWordWrap)


def text_height(text: str, of_font: QFont, width: float) -> float:
    """Return the height in pixels of a text that is wrapped at a width."""
    metrics = QFontMetricsF(of_font)
    return metrics.boundingRect(QRectF(0, 0, max(1.0, width), _TALL), _WRAPPED, text).height()
