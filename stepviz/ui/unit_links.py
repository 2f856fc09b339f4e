"""A click on a unit, in whatever instrument, opens the inspector on it."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QObject

from stepviz.ui.docks import PanelDock
from stepviz.ui.panel import Panel

INSPECTOR = "unit_inspector"


class UnitLinks(QObject):
    """Connects ``unit_chosen`` (layer and unit from 0) of every panel that has it with the inspector's ``show_unit``.

    Panels are built when they are first seen, so they are looked for whenever a dock comes into view.
    """

    def __init__(self, docks: Mapping[str, PanelDock], parent: QObject) -> None:
        super().__init__(parent)
        self._docks = docks
        self._linked: set[str] = set()
        self._wanted: tuple[int, int] | None = None
        for dock in docks.values():
            dock.visibilityChanged.connect(self._link)

    def open(self, layer: int, unit: int) -> None:
        """Bring the inspector to the front and show a unit in it."""
        self._wanted = (layer, unit)
        dock = self._docks[INSPECTOR]
        dock.show()
        dock.raise_()
        self._show(dock.panel)

    def _link(self) -> None:
        for name, dock in self._docks.items():
            chosen = getattr(dock.panel, "unit_chosen", None)
            if chosen is not None and name not in self._linked:
                self._linked.add(name)
                chosen.connect(self.open)
        self._show(self._docks[INSPECTOR].panel)

    def _show(self, inspector: Panel | None) -> None:
        # A dock behind a tab builds its panel only when it has come to the front.
        show_unit = getattr(inspector, "show_unit", None)
        if show_unit is not None and self._wanted is not None:
            show_unit(*self._wanted)
            self._wanted = None
