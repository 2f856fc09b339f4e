"""What the class cannot change: its controls are off and say why, and the settings refuse it by any other way."""

from __future__ import annotations

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QWidget

from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.handout import LOCKS, locked_part
from stepviz.ui.instruments.network_diagram.panel import NetworkDiagramPanel
from stepviz.ui.shell import ShellLayout

_BEFORE = "tool_tip_without_lock"


def why(key: str) -> str:
    """Return why a locked control is off."""
    return f"Locked for this class: {LOCKS[key].partition(':')[0].lower()}. «Leave the class» unlocks it"


class Locks:
    """Locks parts of a window, and unlocks them."""

    def __init__(self, shell: ShellLayout) -> None:
        self._shell = shell
        self.locked: tuple[str, ...] = ()

    def put(self, locked: tuple[str, ...]) -> None:
        """Lock these parts and no others."""
        for key in self.locked:
            self._set(key, False)
        self.locked = locked
        self._shell.lab.guard = self._refuse if locked else None
        self.look()

    def look(self) -> None:
        """Lock again what a change of the settings has switched on."""
        for key in self.locked:
            self._set(key, True)

    def _refuse(self, before: Experiment, after: Experiment) -> str:
        key = locked_part(before, after, self.locked)
        return why(key) if key else ""

    def _set(self, key: str, locked: bool) -> None:
        widgets, actions = self._parts(key)
        for widget in widgets:
            widget.setEnabled(not locked)
            for part in (widget, *widget.findChildren(QWidget)):
                _tell(part, why(key) if locked else None)
        for action in actions:
            action.setEnabled(not locked)
            _tell(action, why(key) if locked else None)

    def _parts(self, key: str) -> tuple[list[QWidget], list[QAction]]:
        shell = self._shell
        editor, docks = shell.editor, shell.panel_docks
        network = docks["network_diagram"].panel
        match key:
            case "activation":
                return [shell.strip], list(shell.strip.activation_actions)
            case "data":
                return [editor.data], []
            case "network":
                return [editor.layers, *([network.shape] if isinstance(network, NetworkDiagramPanel) else [])], []
            case "training":
                return [editor.training, editor.stop, editor.start], []
        toggles = [dock.toggleViewAction() for dock in docks.values()]
        return [dock.bar.hide_button for dock in docks.values()], toggles


def _tell(part: QWidget | QAction, words: str | None) -> None:
    """Give a part another tool tip, or its own one back."""
    before = part.property(_BEFORE)
    if words is not None:
        if before is None:
            part.setProperty(_BEFORE, part.toolTip())
        part.setToolTip(words)
    elif before is not None:
        part.setToolTip(str(before))
        part.setProperty(_BEFORE, None)
