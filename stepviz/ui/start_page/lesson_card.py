"""A lesson in the gallery: its picture, its number and title, a sentence, and how long it takes."""

from __future__ import annotations

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen, QPixmap
from PySide6.QtWidgets import QWidget

from stepviz.lessons.lesson import Card
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.start_page.tile import TEXT, Tile
from stepviz.ui.text.number_format import mix

# Width to height of the picture.
SHAPE = 2.0
EDGE = 2


class LessonCard(Tile):
    """One lesson; a click opens it. Without a picture of its own it shows its number, large."""

    def __init__(self, card: Card, number: int, theme: Theme, parent: QWidget) -> None:
        super().__init__(theme, parent)
        self.card, self.number = card, number
        self._pictures: dict[str, QPixmap] = {}
        self.show_words(card.title, [card.summary])
        self.show_done(False)

    def show_done(self, done: bool) -> None:
        """Show whether the lesson was shown to its end before."""
        card, seen = self.card, ", shown to its end" if done else ""
        self._foot = f"Lesson {self.number}  ✓" if done else f"Lesson {self.number}"
        self.setAccessibleName(f"Lesson {self.number}: {card.title}, {card.minutes:g} minutes{seen}")
        self.setToolTip("You have been through it" if done else "")
        self.update()

    def lay_out(self, growth: float, width: int) -> int:
        """Take type ``growth`` times as large as usual, and return the height that is needed at this width."""
        words = super().lay_out(growth, width)
        return round(self._picture_height(width) + words + 3 * self._gap + QFontMetricsF(self._small).height())

    @property
    def _small(self) -> QFont:
        return font((TEXT - 0.5) * self.growth, bold=True)

    @staticmethod
    def _picture_height(width: float) -> float:
        return (width - 2 * EDGE) / SHAPE

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the card."""
        painter = QPainter(self)
        painter.setRenderHints(QPainter.RenderHint.Antialiasing | QPainter.RenderHint.SmoothPixmapTransform)
        self.paint_frame(painter)
        high = self._picture_height(self.width())
        self._paint_picture(painter, QRectF(EDGE, EDGE, self.width() - 2 * EDGE, high))
        if self.hasFocus():
            self.paint_focus(painter)
        room = QRectF(self._margin, high + self._margin, self.width() - 2 * self._margin, self.height())
        self.paint_words(painter, room)
        painter.setFont(self._small)
        low = QFontMetricsF(self._small).height()
        foot = QRectF(room.left(), self.height() - self._margin - low, room.width(), low)
        painter.setPen(QColor(self.theme.colours.accent))
        painter.drawText(foot, Qt.AlignmentFlag.AlignLeft, self._foot)
        painter.setPen(QColor(self.theme.colours.muted))
        painter.drawText(foot, Qt.AlignmentFlag.AlignRight, f"{self.card.minutes:g} min")
        painter.end()

    def _paint_picture(self, painter: QPainter, place: QRectF) -> None:
        colours = self.theme.colours
        painter.save()
        around = QPainterPath()
        around.addRoundedRect(place.adjusted(0, 0, 0, 12), 8, 8)
        painter.setClipPath(around)
        painter.setClipRect(place, Qt.ClipOperation.IntersectClip)
        picture = self._picture()
        if picture.isNull():
            painter.fillRect(place, mix(colours.surface, colours.accent, 0.12))
            painter.setPen(QColor(colours.accent))
            painter.setFont(font(32 * self.growth, bold=True))
            painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(self.number))
        else:
            painter.drawPixmap(place, picture, _middle(picture))
        painter.restore()
        painter.setPen(QPen(QColor(colours.border), 1))
        painter.drawLine(place.bottomLeft(), place.bottomRight())

    def _picture(self) -> QPixmap:
        """Return the lesson's picture for the theme in force, empty where it has none that can be shown."""
        card = self.card
        name = (card.picture_dark if self.theme.colours.dark else "") or card.picture
        if name and name not in self._pictures:
            self._pictures[name] = QPixmap(str(card.folder / name))
        return self._pictures.get(name, QPixmap())


def _middle(picture: QPixmap) -> QRectF:
    """Return the largest part in the middle of a picture that has the shape of the card's."""
    width = min(float(picture.width()), picture.height() * SHAPE)
    high = width / SHAPE
    return QRectF((picture.width() - width) / 2, (picture.height() - high) / 2, width, high)
