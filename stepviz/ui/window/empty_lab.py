"""What stands in the middle of the window where every instrument was closed: how to get one back."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from stepviz.instruments import INSTRUMENTS, SHOWN_AT_FIRST
from stepviz.ui.core.theme import font
from stepviz.ui.core.timers import single_shot
from stepviz.ui.docks.dock_layout import editor_width
from stepviz.ui.shell import ShellLayout

WORDS = "No instrument is open. The View menu lists all of them."


class EmptyLab(QWidget):
    """The central widget, hidden as long as an instrument stands in the window."""

    def __init__(self, shell: ShellLayout) -> None:
        super().__init__(shell.main)
        self._shell, self._window = shell, shell.main
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
        shell.main.setCentralWidget(self)
        self.hide()
        for name, dock in shell.panel_docks.items():
            dock.visibilityChanged.connect(lambda visible, name=name: self._note(name) if visible else None)
        shell.audience.changed.connect(self.look)

    def _note(self, name: str) -> None:
        self._last = name

    def look(self) -> None:
        """Stand there where no instrument does, also not afloat or behind a tab."""
        empty = all(dock.isHidden() for dock in self._shell.panel_docks.values())
        self.last_button.setText(f"Open «{INSTRUMENTS[self._last].title}»")
        if empty != self.isVisibleTo(self._window):
            self.setVisible(empty)
            # The editor would take most of the room that the instruments left.
            self._holding.start()

    def _hold_editor(self) -> None:
        self._window.resizeDocks([self._shell.editor_dock], [editor_width()], Qt.Orientation.Horizontal)

    def _show_last(self) -> None:
        dock = self._shell.panel_docks[self._last]
        dock.show()
        dock.raise_()

    def _show_all(self) -> None:
        # In a lesson its own arrangement comes back at its end: no dock is put elsewhere.
        if self._shell.layout_of_docks.lent:
            self._shell.show_panels(SHOWN_AT_FIRST)
        else:
            self._shell.reset_layout()
