"""What is scrolled on the start page: the ways to go on in a column, and the gallery of lessons beside it."""

from __future__ import annotations

from collections.abc import Container, Sequence
from pathlib import Path

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QKeyEvent, QPalette, QResizeEvent
from PySide6.QtWidgets import QAbstractButton, QApplication, QLabel, QPushButton, QScrollArea, QWidget

from stepviz.lessons.lesson import Card
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.preferences import MOST_RECENT
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.start_page.file_look import FileLook
from stepviz.ui.start_page.lesson_card import LessonCard
from stepviz.ui.start_page.neighbours import neighbour
from stepviz.ui.start_page.tile import ARROWS, Tile, growth_at
from stepviz.ui.start_page.words import folder_words

HEADING, REMARK = 13.0, 10.0
EDGE, GAP, BETWEEN = 20, 10, 24
# Of the width: the column's share, and its least and largest width.
SHARE, LEAST, LARGEST = 0.25, 200, 340
MOST_COLUMNS, NARROWEST_CARD = 5, 205
NEW_TIP = "The default experiment, from the beginning; Undo takes it back"


class Sheet(QWidget):
    """Places its buttons by hand: their heights follow from widths, and all of a row are equally high.

    ``chosen`` carries the folder of a lesson, ``file_chosen`` the path of a recent file. ``stops``
    are its buttons in the order of Tab.
    """

    chosen = Signal(object)
    file_chosen = Signal(str)

    def __init__(self, cards: Sequence[Card], theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.go_on, self.recent, self.lessons = (QLabel(text, self) for text in ("Lab", "Recent files", "Lessons"))
        self.remark = QLabel(_remark(cards), self)
        self.remark.setWordWrap(True)
        self.no_files = QLabel("No file was opened yet.", self)
        for label in (self.remark, self.no_files):
            label.setForegroundRole(QPalette.ColorRole.PlaceholderText)
        self.continued = Tile(theme, self, image="play")
        self.recovered = Tile(theme, self, image="restart")
        self.free = Tile(theme, self, image="dice")
        self.free.show_words("Free lab", [NEW_TIP])
        self.open = QPushButton("Open…", self)
        self.open.setToolTip("Open an experiment, a session or a table of your own")
        self.files = [Tile(theme, self, elides=True) for _ in range(MOST_RECENT)]
        self._paths: tuple[str, ...] = ()
        self._file_look = FileLook(self)
        self._file_look.found.connect(self._show_found)
        for place, tile in enumerate(self.files):
            tile.clicked.connect(lambda _checked=False, place=place: self.file_chosen.emit(self._paths[place]))
        self.cards = [LessonCard(card, number, theme, self) for number, card in enumerate(cards, 1)]
        for shown in self.cards:
            shown.clicked.connect(lambda _checked=False, folder=shown.card.folder: self.chosen.emit(folder))
        self.recovered.hide()
        self.stops: list[QAbstractButton] = [
            self.continued, self.recovered, self.free, self.open, *self.files, *self.cards,
        ]  # fmt: skip

    def show_files(self, paths: Sequence[str]) -> None:
        """List the recent files; those that are not there are faded, and say so, as soon as that is known."""
        self._paths = tuple(paths[:MOST_RECENT])
        for place, tile in enumerate(self.files):
            tile.setVisible(place < len(self._paths))
        for tile, path in zip(self.files, self._paths, strict=False):
            tile.show_words(Path(path).name, [folder_words(Path(path))])
            tile.setToolTip(path)
        self._file_look.look(self._paths)
        self.no_files.setVisible(not paths)
        self.lay_out()

    def _show_found(self, paths: tuple[str, ...], whys: tuple[str, ...]) -> None:
        if paths != self._paths or not any(whys):
            return
        for tile, path, why in zip(self.files, paths, whys, strict=False):
            if why:
                tile.show_words(Path(path).name, [folder_words(Path(path)), why], enabled=False)
        self.lay_out()

    def show_lessons(self, done: Container[str]) -> None:
        """Mark the lessons whose folders' names are among ``done``."""
        for shown in self.cards:
            shown.show_done(shown.card.name in done)

    def lay_out(self) -> None:
        """Place everything for the present width, and be as high as that takes."""
        growth = growth_at(self.width())
        edge, gap = (round(scaled(length) * growth) for length in (EDGE, GAP))
        room = self.width() - 2 * edge
        side = round(min(max(SHARE * room, scaled(LEAST) * growth), scaled(LARGEST) * growth))
        for label, points, bold in (
            (self.go_on, HEADING, True), (self.recent, HEADING, True), (self.lessons, HEADING, True),
            (self.remark, REMARK, False), (self.no_files, REMARK, False),
        ):  # fmt: skip
            label.setFont(font(points * growth, bold=bold))
        self.open.setFont(font(REMARK * growth))
        left = self._place_column(growth, edge, side, gap)
        start = edge + side + round(scaled(BETWEEN) * growth)
        right = self._place_gallery(growth, start, self.width() - edge - start, gap)
        self.setFixedHeight(max(left, right) + edge)

    def _place_column(self, growth: float, left: int, width: int, gap: int) -> int:
        top = _put(self.go_on, left, gap // 2, width) + gap
        for tile in (self.continued, self.recovered, self.free):
            if not tile.isHidden():
                top = _put(tile, left, top, width, tile.lay_out(growth, width)) + gap
        top += gap
        button = self.open.sizeHint()
        low = _put(self.recent, left, top, width - button.width() - gap, button.height())
        self.open.setGeometry(left + width - button.width(), top, button.width(), button.height())
        top = low + gap
        if not self.no_files.isHidden():
            top = _put(self.no_files, left, top, width) + gap
        for tile in self.files:
            if not tile.isHidden():
                top = _put(tile, left, top, width, tile.lay_out(growth, width)) + gap // 2
        return top

    def _place_gallery(self, growth: float, left: int, width: int, gap: int) -> int:
        top = _put(self.lessons, left, gap // 2, self.lessons.sizeHint().width())
        beside = self.lessons.geometry().right() + gap
        high = max(self.remark.heightForWidth(left + width - beside), self.lessons.height())
        top = max(top, _put(self.remark, beside, gap // 2, left + width - beside, high)) + gap
        least = scaled(NARROWEST_CARD) * growth
        columns = max(1, min(MOST_COLUMNS, int((width + gap) / (least + gap))))
        each = (width - (columns - 1) * gap) // columns
        for first in range(0, len(self.cards), columns):
            row = self.cards[first : first + columns]
            high = max(card.lay_out(growth, each) for card in row)
            for place, card in enumerate(row):
                card.setGeometry(left + place * (each + gap), top, each, high)
            top += high + gap
        return top

    # Qt's events

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Place everything anew for another width."""
        super().resizeEvent(event)
        if event.size().width() != event.oldSize().width():
            self.lay_out()

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Go to the next button in the direction of an arrow, and to the first or the last one."""
        key, here = Qt.Key(event.key()), QApplication.focusWidget()
        tiles = [tile for tile in self.findChildren(Tile) if tile.isVisible() and tile.isEnabled()]
        if not isinstance(here, Tile) or here not in tiles:
            super().keyPressEvent(event)
        elif key in ARROWS:
            following = neighbour([tile.geometry() for tile in tiles], tiles.index(here), key)
            if following is not None:
                self.go_to(tiles[following])
        elif key in (Qt.Key.Key_Home, Qt.Key.Key_End):
            self.go_to(tiles[0 if key == Qt.Key.Key_Home else -1])
        else:
            super().keyPressEvent(event)

    def go_to(self, tile: Tile) -> None:
        """Give a button the focus, and bring it into view."""
        tile.setFocus(Qt.FocusReason.TabFocusReason)
        viewport = self.parentWidget()
        around = viewport.parentWidget() if viewport is not None else None
        if isinstance(around, QScrollArea):
            around.ensureWidgetVisible(tile, 0, scaled(EDGE))


def _put(widget: QWidget, left: int, top: int, width: int, height: int = 0) -> int:
    """Place a widget, as high as it wants to be unless told, and return where it ends."""
    height = height or widget.sizeHint().height()
    widget.setGeometry(QRect(left, top, width, height))
    return top + height


def _remark(cards: Sequence[Card]) -> str:
    minutes = sum(card.minutes for card in cards)
    return f"{len(cards)} lessons, {minutes:g} minutes. Every statement is measured on the run that is shown."
