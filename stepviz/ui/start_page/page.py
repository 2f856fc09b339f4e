"""The start page: what lies over the instruments while the person chooses where to go."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import QEvent, QSize, Qt
from PySide6.QtGui import QColor, QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QApplication,
    QCheckBox,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QVBoxLayout,
    QWidget,
)

from stepviz.lessons.lesson import Card
from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.icons import icon
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.start_page.sheet import EDGE, Sheet
from stepviz.ui.start_page.tile import ARROWS, growth_at

TITLE, SMALL = 16.0, 10.0
PLAIN = (Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.KeypadModifier)
MOVING = frozenset({
    *ARROWS, Qt.Key.Key_Space, Qt.Key.Key_Home, Qt.Key.Key_End, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown,
})  # fmt: skip


class StartPage(QWidget):
    """Shows lessons, files and ways to go on; whoever opened it listens to its buttons and to its sheet's.

    Keys that move about on it are its own while it has the focus; all others do what they do in the lab.
    """

    def __init__(self, cards: Sequence[Card], theme: Theme, over: QWidget) -> None:
        super().__init__(over)
        self.theme = theme
        self.setObjectName("start_page")
        self.setAccessibleName("Start page")
        # What lies behind an opaque widget is not painted.
        self.setAttribute(Qt.WidgetAttribute.WA_OpaquePaintEvent)
        self.title = QLabel("Where to?")
        self.at_start = QCheckBox("Show this page when stepviz opens")
        self.back = QPushButton("Back to the lab")
        self.back.setToolTip("Take this page away; the run goes on (Escape)")
        self.sheet = Sheet(cards, theme)
        self._scroll = QScrollArea()
        self._scroll.setFrameShape(QFrame.Shape.NoFrame)
        self._scroll.setWidgetResizable(True)
        self._scroll.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._scroll.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._scroll.setWidget(self.sheet)
        row = QHBoxLayout()
        row.addWidget(self.title, 1)
        row.addWidget(self.at_start)
        row.addSpacing(16)
        row.addWidget(self.back)
        self._header = row
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addLayout(row)
        column.addWidget(self._scroll, 1)
        self._stops: list[QWidget] = [self.at_start, self.back, *self.sheet.stops]
        theme.changed.connect(self.retheme)
        self.retheme()
        self.hide()

    def retheme(self) -> None:
        """Take the theme's colours, and the room that its type needs."""
        self.back.setIcon(icon("close", self.theme.colours))
        self._size_header()
        self.sheet.lay_out()
        self.update()

    def _size_header(self) -> None:
        growth = growth_at(self.width())
        self.title.setFont(font(TITLE * growth, bold=True))
        for widget in (self.at_start, self.back):
            widget.setFont(font(SMALL * growth))
        self.back.setIconSize(QSize(14, 14) * (growth * scaled(100) / 100))
        edge = round(scaled(EDGE) * growth)
        self._header.setContentsMargins(edge, 8, edge, 4)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Take larger type where there is more room."""
        super().resizeEvent(event)
        self._size_header()

    @guarded
    def paintEvent(self, _event: QPaintEvent) -> None:  # Qt's name
        """Paint the ground."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor(self.theme.colours.window))
        painter.end()

    @guarded_filter
    def event(self, event: QEvent) -> bool:  # Qt's name
        """Keep the keys that move about from the window's shortcuts."""
        pressed = event if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) else None
        if pressed is not None and pressed.modifiers() in PLAIN and pressed.key() in MOVING:
            pressed.accept()
            return True
        return super().event(event)

    def focusNextPrevChild(self, forward: bool) -> bool:  # Qt's name
        """Let Tab go round on this page: nothing behind it can be seen."""
        # Not by Qt's own chain of the focus: to walk it from Python takes other widgets' objects away from them.
        stops = [widget for widget in self._stops if widget.isVisible() and widget.isEnabled()]
        here = QApplication.focusWidget()
        if here not in stops:
            return False
        following = stops[(stops.index(here) + (1 if forward else -1)) % len(stops)]
        following.setFocus(Qt.FocusReason.TabFocusReason if forward else Qt.FocusReason.BacktabFocusReason)
        if self.sheet.isAncestorOf(following):
            self._scroll.ensureWidgetVisible(following, 0, scaled(EDGE))
        return True
