"""Instruments without a window: a run advanced in even parts, measured to the end, and painted once nothing moves.

No picture depends on the machine's speed: nothing here waits for a time to pass, only for what has to be there.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from PySide6.QtCore import QCoreApplication, QEvent, QSize, Qt
from PySide6.QtWidgets import QTableView

from stepviz.app import application
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Film
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, Mailbox, Refusal
from stepviz.runtime.worker import Worker
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.export.settle import ROUNDS, come_to_rest, settle
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.panel_class import panel_class

# Seconds without an answer; far more than a part of a run takes.
PATIENCE = 120.0
POLL = 0.05
# Of each instrument, in pixels: as on a projector, so that two in a row can be read on paper.
SIZE = (540, 390)
# A table may be so large before it scrolls in its picture.
LARGEST = QSize(1620, 2340)


class OffscreenSession:
    """A run and those who look at it. Close it, or use it in a ``with``.

    Raises InputError where the experiment cannot be run.
    """

    def __init__(self, experiment: Experiment) -> None:
        application()
        self._mailbox = Mailbox()
        self._worker = Worker(experiment, self._mailbox)
        self._posted = threading.Event()
        self._worker.notify = self._posted.set
        self.lab = Lab(experiment, self._worker.send)
        self._theme = Theme("light")
        self._number = 0
        self._worker.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """End the run."""
        self._worker.stop()

    def advance(self, steps: int, probes: frozenset[str] = frozenset()) -> Frame:
        """Do so many updates, measure ``probes`` to the end and return that frame.

        There are fewer updates where the run diverges or stops early. Raises InputError for a command that was refused
        and where no answer comes, RuntimeError for an error of the program.
        """
        self._number += 1
        self.lab.send(Film(steps, self._number, probes))
        frame = self._answer()
        self.lab.show(frame)
        return frame

    def _answer(self) -> Frame:
        ends = time.monotonic() + PATIENCE
        while time.monotonic() < ends:
            self._posted.wait(POLL)
            self._posted.clear()
            frame, news = self._mailbox.collect()
            self._worker.gate.set()
            for item in news:
                if isinstance(item, Refusal):
                    raise InputError("the run", item.message, "settings that can be run")
                if isinstance(item, Failure):
                    raise RuntimeError(item.details)
            if frame is not None and frame.film == self._number:
                return frame
        raise InputError("the run", "no answer", f"one within {PATIENCE:g} s")

    @contextmanager
    def instruments(self, names: Sequence[str]) -> Iterator[list[Panel]]:
        """Give the instruments of these names, with all that they show of the present moment painted and at rest."""
        panels = [panel_class(name)(self.lab, self._theme) for name in names]
        try:
            for panel in panels:
                panel.setAttribute(Qt.WidgetAttribute.WA_DontShowOnScreen)
                panel.setFixedSize(*SIZE)
                panel.show()
            self._measure(panels)
            for panel in panels:
                _unroll(panel)
                if not settle(panel):
                    raise RuntimeError(f"{panel.instrument.title}: never painted twice the same")
            yield panels
        finally:
            for panel in panels:
                panel.close()
                panel.deleteLater()
            QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)

    def _measure(self, panels: Iterable[Panel]) -> None:
        """Show the panels the present moment, until none of them asks for another measurement of it."""
        probes = frozenset().union(*(panel.instrument.probes for panel in panels))
        wishes: list[str] = []
        self.lab.options_changed.connect(note := lambda probe, _options: wishes.append(probe))
        try:
            for _ in range(ROUNDS):
                wishes.clear()
                frame = self.advance(0, probes)
                for panel in panels:
                    panel.show_frame(frame)
                if not wishes:
                    return
        finally:
            self.lab.options_changed.disconnect(note)
        raise RuntimeError(f"{', '.join(wishes)}: never measured as an instrument wants it")


def _unroll(panel: Panel) -> None:
    """Make a panel as large as its tables need: nobody can scroll in a picture. Larger, its type may grow as well."""
    for _ in range(ROUNDS):
        come_to_rest(panel)
        missing = [_missing(table) for table in panel.findChildren(QTableView) if table.isVisible()]
        more = QSize(max((w for w, _ in missing), default=0), max((h for _, h in missing), default=0))
        if more.isNull():
            return
        panel.setFixedSize((panel.size() + more).boundedTo(LARGEST))


def _missing(table: QTableView) -> tuple[int, int]:
    """Return how much wider and higher a table has to be for all its words to be seen."""
    columns = range(table.model().columnCount())
    widths = [max(table.columnWidth(column), table.sizeHintForColumn(column)) for column in columns]
    needed, seen = QSize(sum(widths), table.verticalHeader().length()), table.viewport().size()
    return max(0, needed.width() - seen.width()), max(0, needed.height() - seen.height())
