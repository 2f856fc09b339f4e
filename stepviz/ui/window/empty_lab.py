"""What stands in the middle of the window where every instrument was closed: how to get one back."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from stepviz.instruments import INSTRUMENTS, SHOWN_AT_FIRST
from stepviz.ui.core.theme import font
from stepviz.ui.core.timers import single_shot
from stepviz.ui.docks.dock_layout import editor_width

if TYPE_CHECKING:
    from stepviz.ui.window.main_window import MainWindow

WORDS = "No instrument is open. The View menu lists all of them."


class EmptyLab(QWidget):
    """The central widget, hidden as long as an instrument stands in the window."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self._last = SHOWN_AT_FIRST[0]
        self._holding = single_shot(self, self._hold_editor)
        self.setAccessibleName("Empty lab")
        words = QLabel(WORDS)
        words.setFont(font(12))
        words.setWordWrap(True)
        words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.last_button = QPushButton()
        self.last_button.clicked.connect(lambda _checked=False: self._show_last())
        self.all_button = QPushButton("Open all as at the first start")
        self.all_button.clicked.connect(lambda _checked=False: self._show_all())
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(words)
        for button in (self.last_button, self.all_button):
            button.setMinimumHeight(34)
            column.addWidget(button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        window.setCentralWidget(self)
        self.hide()
        for name, dock in window.panel_docks.items():
            dock.visibilityChanged.connect(lambda visible, name=name: self._note(name) if visible else None)
        window.audience.changed.connect(self.look)

    def _note(self, name: str) -> None:
        self._last = name

    def look(self) -> None:
        """Stand there where no instrument does, also not afloat or behind a tab."""
        empty = all(dock.isHidden() for dock in self._window.panel_docks.values())
        self.last_button.setText(f"Open «{INSTRUMENTS[self._last].title}»")
        if empty != self.isVisibleTo(self._window):
            self.setVisible(empty)
            # The editor would take most of the room that the instruments left.
            self._holding.start()

    def _hold_editor(self) -> None:
        self._window.resizeDocks([self._window.editor_dock], [editor_width()], Qt.Orientation.Horizontal)

    def _show_last(self) -> None:
        dock = self._window.panel_docks[self._last]
        dock.show()
        dock.raise_()

    def _show_all(self) -> None:
        # In a lesson its own arrangement comes back at its end: no dock is put elsewhere.
        if self._window.layout_of_docks.lent:
            self._window.show_panels(SHOWN_AT_FIRST)
        else:
            self._window.reset_layout()
