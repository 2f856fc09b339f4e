"""The instruments that can be seen: what is measured for them, and which frames each of them shows."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping

from PySide6.QtCore import QObject, Signal

from stepviz.instruments import ALWAYS_MEASURED
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.commands import Ask
from stepviz.runtime.frame import Frame
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.timers import single_shot
from stepviz.ui.docks.dock import PanelDock
from stepviz.ui.docks.repaint_scheduler import RepaintScheduler


class VisiblePanels(QObject):
    """Asks the worker for what the instruments in view need, and deals out its frames among them.

    ``changed`` is emitted once some have come into view or left it.
    """

    changed = Signal()

    def __init__(self, lab: Lab, docks: Mapping[str, PanelDock], parent: QObject) -> None:
        super().__init__(parent)
        self.turns = RepaintScheduler()
        self._lab, self._docks = lab, docks
        self._covered = False
        self._asked: frozenset[str] = frozenset()
        self._written: Frame | None = None
        # Docks change places one by one; one question for all of them is enough.
        self._timer = single_shot(self, self._look)
        for dock in docks.values():
            dock.visibilityChanged.connect(self.look_soon)

    @property
    def in_view(self) -> tuple[str, ...]:
        """Return the names of the instruments in view, also while the start page lies over them."""
        return tuple(name for name, dock in self._docks.items() if dock.seen)

    def cover(self, covered: bool) -> None:
        """Take note that nothing can be seen of them for now, or that it can again: then all show the last frame."""
        self._covered = covered
        self.look_soon()
        if not covered and self._lab.frame is not None:
            for dock in self._docks.values():
                dock.show_frame(self._lab.frame)

    def look_soon(self) -> None:
        """Find out who is in view once the docks have their places."""
        self._timer.start()

    def show_frame(self, frame: Frame) -> None:
        """Hand a frame to those whose turn it is; an instrument that fails does not take the others with it.

        Numbers have a turn of their own, all instruments at once: what stands side by side is of one step.
        """
        watching, rests = self._watching(), not frame.running
        if frame.whole is not self._written:
            self._written = frame.whole
            for name in watching:
                self._show(self._docks[name].show_numbers, frame.whole)
            if not rests:
                return
        costs = {name: self._docks[name].instrument.cost for name in watching}
        for name in self.turns.take(costs, time.perf_counter(), everyone=rests):
            self._show(self._docks[name].show_picture, frame)

    @staticmethod
    def _show(show: Callable[[Frame], None], frame: Frame) -> None:
        try:
            show(frame)
        except Exception:  # reported as any other error, but the lecture goes on with the other instruments
            sys.excepthook(*sys.exc_info())

    def _watching(self) -> tuple[str, ...]:
        return () if self._covered else self.in_view

    def _look(self) -> None:
        shown = [self._docks[name].instrument for name in self._watching()]
        seen = {probe for instrument in shown for probe in instrument.probes | instrument.while_shown}
        asked = frozenset((seen | ALWAYS_MEASURED) & PROBES.keys())
        if asked != self._asked:
            self._asked = asked
            self._lab.send(Ask(asked))
        self.changed.emit()
