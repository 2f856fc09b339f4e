"""What a feature may use of the main window. The main window builds the features, and no feature knows the others.

A feature (films, races, studies, lessons, start page) gets a Shell when it is built and adds its own entries to the
menus then.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from PySide6.QtCore import SignalInstance
from PySide6.QtWidgets import QMainWindow

from stepviz.ui.bars.activation_strip import ActivationStrip
from stepviz.ui.bars.status_line import StatusLine
from stepviz.ui.bars.transport import Transport
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.menu_bar import MenuBar
from stepviz.ui.core.remembered import Remembered
from stepviz.ui.core.run_pauser import RunPauser
from stepviz.ui.core.theme import Theme
from stepviz.ui.docks.dock import Dock, PanelDock
from stepviz.ui.docks.dock_layout import DockLayout
from stepviz.ui.docks.visible_panels import VisiblePanels
from stepviz.ui.documents.documents import Documents
from stepviz.ui.editor.experiment_editor import ExperimentEditor
from stepviz.ui.widgets.message_bar import Notices


class Shell(Protocol):
    """What every feature gets: the run, the colours, messages, menus, and what is remembered.

    ``main`` is the window itself, as a parent for dialogs. ``pauser`` pauses the run of the lab for another window.
    ``closing`` is emitted before the window closes, ``run_failed`` when an error of the program stopped the run.
    """

    lab: Lab
    theme: Theme
    notices: Notices
    menus: MenuBar
    remembered: Remembered
    pauser: RunPauser
    panel_docks: dict[str, PanelDock]

    @property
    def main(self) -> QMainWindow:
        """Return the window."""

    @property
    def closing(self) -> SignalInstance:
        """Return the signal."""

    @property
    def run_failed(self) -> SignalInstance:
        """Return the signal."""


class ShellLayout(Shell, Protocol):
    """What a feature gets that arranges the whole window: lessons, presenter mode, the start page."""

    transport: Transport
    strip: ActivationStrip
    status: StatusLine
    editor: ExperimentEditor
    editor_dock: Dock
    audience: VisiblePanels
    layout_of_docks: DockLayout
    documents: Documents

    def show_panels(self, names: Sequence[str]) -> None:
        """Show these instruments, and hide the others."""

    def reset_layout(self) -> None:
        """Put all docks where they stand at the first start."""

    @property
    def may_step_back(self) -> bool:
        """Return whether Escape has something to take away: the start page, or the enlarging of an instrument."""
