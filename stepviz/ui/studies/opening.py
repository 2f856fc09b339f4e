"""Opening the window of studies beside the lab: the lab's run rests while a study runs."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from stepviz.ui.core.run_pauser import RunPauser
from stepviz.ui.core.screen_room import fit
from stepviz.ui.studies.window import StudiesWindow

if TYPE_CHECKING:
    from stepviz.ui.window.main_window import MainWindow


class Studies(QObject):
    """Keeps the one window of studies of a main window, made when it is first asked for."""

    def __init__(self, main: MainWindow, rest: RunPauser) -> None:
        super().__init__(main)
        self._main, self._rest = main, rest
        self.window: StudiesWindow | None = None
        main.closing.connect(self.close)

    def open(self) -> None:
        """Show the window of studies."""
        if self.window is None:
            self.window = StudiesWindow(self._main.lab, self._main.theme, self._main)
            self.window.started.connect(lambda: self._rest.begin(self))
            self.window.ended.connect(lambda: self._rest.end(self))
            fit(self.window, self._main.width(), self._main.height())
        self.window.open()

    def close(self) -> None:
        """Close the window for good: what it keeps for the time of the program goes."""
        if self.window is not None:
            self._rest.stay()
            self.window.close()
            self.window.forget()
