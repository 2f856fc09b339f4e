"""What a click in one instrument shows in another: one table, LINKS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from PySide6.QtCore import QObject

from stepviz.ui.docks.dock import PanelDock


@dataclass(frozen=True, slots=True)
class Link:
    """A panel's ``signal`` calls ``method`` of the panel ``target`` with what the signal carries.

    With ``opens`` the target is brought to the front; without, it is told only where it has been opened.
    """

    signal: str
    target: str
    method: str
    opens: bool = True


LINKS = (
    # layer and unit, from 0
    Link("unit_chosen", "unit_inspector", "show_unit"),
    # layer and unit, from 0; unit -1 for any
    Link("trace_wanted", "network_diagram", "trace"),
    # the number of a parameter in the row, -1 for none
    Link("parameter_chosen", "slice", "choose_parameter", opens=False),
    Link("parameter_chosen", "loss_surface", "choose_parameter", opens=False),
)


class PanelLinks(QObject):
    """Connects the signals that LINKS names, of every panel that has them.

    Panels are built when they are first seen, so they are looked for whenever a dock comes into view.
    """

    def __init__(self, docks: Mapping[str, PanelDock], parent: QObject) -> None:
        super().__init__(parent)
        self._docks = docks
        self._linked: set[tuple[str, Link]] = set()
        self._waiting: dict[Link, tuple[Any, ...]] = {}
        for dock in docks.values():
            dock.visibilityChanged.connect(self._connect)

    def follow(self, link: Link, *carried: Any) -> None:
        """Show in the target of a link what its signal carried."""
        self._waiting[link] = carried
        dock = self._docks[link.target]
        if link.opens:
            dock.show()
            dock.raise_()
        self._tell(link)

    def _connect(self) -> None:
        for link in LINKS:
            for name, dock in self._docks.items():
                signal = getattr(dock.panel, link.signal, None)
                if signal is not None and (name, link) not in self._linked:
                    self._linked.add((name, link))
                    signal.connect(partial(self.follow, link))
            self._tell(link)

    def _tell(self, link: Link) -> None:
        # A dock behind a tab builds its panel only when it has come to the front.
        panel = self._docks[link.target].panel
        if panel is not None and link in self._waiting:
            getattr(panel, link.method)(*self._waiting.pop(link))
