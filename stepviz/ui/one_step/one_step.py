"""Opening the dialog beside the lab: the lab's run rests meanwhile, and the network drawing comes to the front."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from stepviz.ui.core.screen_room import FRAME, fit
from stepviz.ui.shell import Shell

if TYPE_CHECKING:
    from stepviz.ui.one_step.dialog import OneStepDialog

# Pixels between the dialog and the corner of the window.
SPACE = 16


class OneStep(QObject):
    """Keeps the one dialog of a main window, made when it is first asked for."""

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.main)
        self._shell, self._main, self._rest = shell, shell.main, shell.pauser
        self.dialog: OneStepDialog | None = None
        tip = "Take the next update in four stages: forward, loss, backward, update"
        shell.menus.add("Lab/one-step", "&One step, explained…", tip, self.open, "Ctrl+E")
        shell.closing.connect(self.close)

    def open(self) -> None:
        """Show the dialog; the lab's run rests until it is closed."""
        dock = self._shell.panel_docks["network_diagram"]
        dock.show()
        dock.raise_()
        if self.dialog is None:
            from stepviz.ui.one_step.dialog import OneStepDialog

            self.dialog = OneStepDialog(self._shell.lab, self._main)
            self.dialog.closed.connect(lambda: self._rest.end(self))
            self.dialog.parameter_shown.connect(self._select)
            self._put_aside(self.dialog)
        if not self.dialog.isVisible():
            self._rest.begin(self)
        self.dialog.begin()

    def _select(self, index: int) -> None:
        """Mark the parameter in the drawing, which asks for its trace."""
        from stepviz.ui.instruments.network_diagram.panel import NetworkDiagramPanel

        panel = self._shell.panel_docks["network_diagram"].panel
        if isinstance(panel, NetworkDiagramPanel) and panel.canvas.selected != index:
            panel.choose_parameter(index)

    def _put_aside(self, dialog: OneStepDialog) -> None:
        """Put the dialog to the right and below: the drawing of the network stands on the left at first."""
        main = self._main
        fit(dialog, max(dialog.width(), main.width() // 3), max(dialog.height(), main.height() // 2))
        corner = main.mapToGlobal(main.rect().bottomRight())
        dialog.move(
            max(0, corner.x() - dialog.width() - SPACE), max(0, corner.y() - dialog.height() - SPACE - FRAME[1])
        )

    def close(self) -> None:
        """Close the dialog: the program ends."""
        if self.dialog is not None:
            self._rest.stay()
            self.dialog.close()
