"""Opening the race window beside the lab: the lab's run rests while there is a race."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from stepviz.ui.core.screen_room import fit
from stepviz.ui.shell import Shell

if TYPE_CHECKING:
    from stepviz.ui.race.window import RaceWindow


class Races(QObject):
    """Keeps the one race window of a main window, made when it is first asked for."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.main)
        self._shell, self._main, self._pauser = shell, shell.main, shell.pauser
        self.window: RaceWindow | None = None
        tip = "Train 2 to 12 lanes from the same start; the lab's run rests meanwhile"
        shell.menus.add("Lab/race", "&Race…", tip, self.open, "Ctrl+R")
        shell.closing.connect(self.close)

    def open(self) -> None:
        """Show the race window; the lab's run pauses until it is closed."""
        if self.window is None:
            from stepviz.ui.race.window import RaceWindow

            self.window = RaceWindow(self._shell.lab, self._shell.theme, self._main)
            self.window.closed.connect(lambda: self._pauser.end(self))
            fit(self.window, self._main.width(), self._main.height())
        if not self.window.isVisible():
            self._pauser.begin(self)
        self.window.open()

    def close(self) -> None:
        """Close the race window."""
        if self.window is not None:
            self._pauser.stay()
            self.window.close()
