"""The window of the guide: pages or what a search found at the left, the text at the right."""

from __future__ import annotations

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeySequence, QShortcut
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QPushButton,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from stepviz.guide.links import Target, resolve
from stepviz.guide.pages import CONTENTS, load_guide
from stepviz.guide.search import find
from stepviz.ui.core.screen_room import fit
from stepviz.ui.core.theme import Theme, scaled
from stepviz.ui.guide.guide_text import GuideText

SIZE = QSize(1040, 700)
LIST_WIDTH = 260
MOST_HITS = 60
_PLACE = Qt.ItemDataRole.UserRole

Place = tuple[str, str]


class GuideWindow(QWidget):
    """Shows the guide. ``instrument_wanted`` carries a key, ``lesson_wanted`` the folder's name of a lesson."""

    instrument_wanted = Signal(str)
    lesson_wanted = Signal(str)

    def __init__(self, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.setWindowTitle("Guide")
        self.setObjectName("guide")
        self.search, self.list, self.text = QLineEdit(), QListWidget(), GuideText(theme)
        self.search.setPlaceholderText("Search the guide")
        self.search.setAccessibleName("Search the guide")
        self.search.setClearButtonEnabled(True)
        self.list.setAccessibleName("Pages of the guide")
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.back = self._button("◀ Back", "The page before (Alt+Left)", "Alt+Left", lambda: self._go(-1))
        self.forward = self._button("Forward ▶", "The page after (Alt+Right)", "Alt+Right", lambda: self._go(1))
        self.contents = self._button("Contents", "The first page (Alt+Up)", "Alt+Up", lambda: self.show_page(CONTENTS))
        self._visited: list[Place] = []
        self._at = -1
        self._build()
        self.search.textChanged.connect(lambda _text: self._fill())
        self.search.returnPressed.connect(self._open_first)
        self.list.itemClicked.connect(self._open)
        self.list.itemActivated.connect(self._open)
        self.text.anchorClicked.connect(lambda url: self.follow(url.toString()))
        for key, called in ((QKeySequence.StandardKey.Find, self._to_search), (Qt.Key.Key_Escape, self.close)):
            QShortcut(QKeySequence(key), self).activated.connect(called)
        self._fill()
        fit(self, scaled(SIZE.width()), scaled(SIZE.height()))

    def _button(self, text: str, tip: str, key: str, called: object) -> QPushButton:
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setShortcut(key)
        button.clicked.connect(called)
        return button

    def _build(self) -> None:
        left, right, split = QWidget(), QWidget(), QSplitter()
        column = QVBoxLayout(left)
        column.setContentsMargins(8, 8, 0, 8)
        column.addWidget(self.search)
        column.addWidget(self.list, 1)
        row = QHBoxLayout()
        for button in (self.back, self.forward, self.contents):
            row.addWidget(button)
        row.addStretch(1)
        sheet = QVBoxLayout(right)
        sheet.setContentsMargins(0, 8, 8, 8)
        sheet.addLayout(row)
        sheet.addWidget(self.text, 1)
        for side, share in ((left, 0), (right, 1)):
            split.addWidget(side)
            split.setStretchFactor(split.count() - 1, share)
        split.setChildrenCollapsible(False)
        split.setSizes([scaled(LIST_WIDTH), scaled(SIZE.width() - LIST_WIDTH)])
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(split)

    def follow(self, link: str, base: str = "") -> None:
        """Go where a link of the page ``base`` (of the one that is shown, if none is named) leads."""
        base = base or (self._visited[self._at][0] if self._visited else CONTENTS)
        target = resolve(link, base)
        if target is not None:
            self.go(target)

    def go(self, target: Target) -> None:
        """Show a page, or ask for the instrument or the lesson."""
        if target.kind == "page":
            self.show_page(target.name, target.anchor)
        elif target.kind == "instrument":
            self.instrument_wanted.emit(target.name)
        else:
            self.lesson_wanted.emit(target.name)

    def show_page(self, path: str, anchor: str = "") -> None:
        """Show a page by its path, from a heading on where one is named."""
        if not self._visited or self._visited[self._at] != (path, anchor):
            self._visited = [*self._visited[: self._at + 1], (path, anchor)]
            self._at = len(self._visited) - 1
        self._show()

    def _go(self, pages: int) -> None:
        self._at = min(len(self._visited) - 1, max(0, self._at + pages))
        self._show()

    def _show(self) -> None:
        path, anchor = self._visited[self._at]
        page = load_guide()[path]
        self.text.show_page(page, anchor)
        self.setWindowTitle(f"{page.title} – Guide")
        self.back.setEnabled(self._at > 0)
        self.forward.setEnabled(self._at < len(self._visited) - 1)
        self._mark_page(path)

    def _mark_page(self, path: str) -> None:
        if not self.search.text().strip():
            self.list.setCurrentRow(list(load_guide()).index(path))

    def _fill(self) -> None:
        """List the pages; where something is searched for, what was found."""
        self.list.clear()
        query = self.search.text().strip()
        if not query:
            for page in load_guide().values():
                self._add(page.title, (page.path, ""))
            if self._visited:
                self._mark_page(self._visited[self._at][0])
            return
        hits = find(load_guide().values(), query)[:MOST_HITS]
        for hit in hits:
            title = hit.section.title
            where = "" if title == hit.page.title else f" ({hit.page.title})"
            self._add(f"{title}{where}\n{hit.excerpt}", (hit.page.path, hit.section.anchor))
        if not hits:
            nothing = QListWidgetItem("No page has these words. Try fewer, or only the first letters of one.")
            nothing.setFlags(Qt.ItemFlag.NoItemFlags)
            self.list.addItem(nothing)

    def _add(self, text: str, place: Place) -> None:
        item = QListWidgetItem(text)
        item.setData(_PLACE, place)
        self.list.addItem(item)

    def _open(self, item: QListWidgetItem) -> None:
        place = item.data(_PLACE)
        if place is not None:
            self.show_page(*place)

    def _open_first(self) -> None:
        if self.search.text().strip() and self.list.count():
            self.list.setCurrentRow(0)
            self._open(self.list.item(0))

    def _to_search(self) -> None:
        self.search.setFocus()
        self.search.selectAll()
