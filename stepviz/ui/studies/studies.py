"""Opening the window of studies beside the lab: the lab's run rests while a study runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from stepviz.ui.core.screen_room import fit
from stepviz.ui.shell import Shell

if TYPE_CHECKING:
    from stepviz.ui.studies.window import StudiesWindow


class Studies(QObject):
    """Keeps the one window of studies of a main window, made when it is first asked for."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.main)
        self._shell, self._main, self._pauser = shell, shell.main, shell.pauser
        self.window: StudiesWindow | None = None
        tip = "Run many trials; a table beside closed forms and papers, and pictures"
        shell.menus.add("Lab/studies", "&Studies…", tip, self.open, "Ctrl+T")
        shell.closing.connect(self.close)

    def open(self) -> None:
        """Show the window of studies."""
        if self.window is None:
            from stepviz.ui.studies.window import StudiesWindow

            self.window = StudiesWindow(self._shell.lab, self._shell.theme, self._main)
            self.window.started.connect(lambda: self._pauser.begin(self))
            self.window.ended.connect(lambda: self._pauser.end(self))
            fit(self.window, self._main.width(), self._main.height())
        self.window.open()

    def close(self) -> None:
        """Close the window for good: what it keeps for the time of the program goes."""
        if self.window is not None:
            self._pauser.stay()
            self.window.close()
            self.window.forget()
