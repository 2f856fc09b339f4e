"""Opening the race window beside the lab: the lab's run rests while there is a race."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from stepviz.ui.core.run_pauser import RunPauser
from stepviz.ui.core.screen_room import fit
from stepviz.ui.race.window import RaceWindow

if TYPE_CHECKING:
    from stepviz.ui.window.main_window import MainWindow


class Races(QObject):
    """Keeps the one race window of a main window, made when it is first asked for."""

    def __init__(self, main: MainWindow, rest: RunPauser) -> None:
        super().__init__(main)
        self._lab, self._theme, self._main, self._rest = main.lab, main.theme, main, rest
        self.window: RaceWindow | None = None
        main.closing.connect(self.close)

    def open(self) -> None:
        """Show the race window; the lab's run pauses until it is closed."""
        if self.window is None:
            self.window = RaceWindow(self._lab, self._theme, self._main)
            self.window.closed.connect(lambda: self._rest.end(self))
            fit(self.window, self._main.width(), self._main.height())
        if not self.window.isVisible():
            self._rest.begin(self)
        self.window.open()

    def close(self) -> None:
        """Close the race window."""
        if self.window is not None:
            self._rest.stay()
            self.window.close()
