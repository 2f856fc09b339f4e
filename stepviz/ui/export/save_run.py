"""Saving the run as numbers: all of it, as an archive for NumPy or a table, or its history alone."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtWidgets import QWidget

from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError
from stepviz.export.columns import comma_separated
from stepviz.export.readings import history
from stepviz.export.run_table import encode_run
from stepviz.runtime.commands import TakeRun
from stepviz.runtime.run_record import SUFFIX, RunRecord
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.menu_bar import MenuBar
from stepviz.ui.widgets.save_dialog import TABLE, ask_where
from stepviz.ui.widgets.save_or_report import not_written, write_or_say

KINDS = {"NumPy archive": SUFFIX, **TABLE}


class RunSaving(QObject):
    """Asks where to, has the run handed over between two updates, and writes it in a thread of its own.

    ``folder`` returns the one to begin in. ``saved`` carries a sentence that says where the run is, ``failed`` one
    that says why not.
    """

    saved = Signal(str)
    failed = Signal(str)
    _taken = Signal(object, object)

    def __init__(self, lab: Lab, folder: Callable[[], Path], parent: QWidget) -> None:
        super().__init__(parent)
        self._lab, self._folder, self._window = lab, folder, parent
        self._thread: threading.Thread | None = None
        self._taken.connect(self._start)

    def add_entries(self, menus: MenuBar) -> None:
        """Add the entries of the File menu."""
        menus.add("File/export", "Save the r&un…",
                  "Write losses, gradients, stuck units and weights for NumPy or as a table", self.ask)  # fmt: skip
        menus.add("File/export", "Save the &history…",
                  "Write losses, gradients and stuck units over the steps as a table",
                  self.ask_for_history)  # fmt: skip

    def ask(self) -> None:
        """Let the person choose where to write the run to, and as which kind of file."""
        if path := ask_where(self._window, "Save the run", self._folder() / f"run{SUFFIX}", KINDS):
            self.save(path)

    def ask_for_history(self) -> None:
        """Let the person choose where to write the history of the run to, as the window has it."""
        frame = self._lab.frame
        if frame is None:
            return
        path = ask_where(self._window, "Save the history", self._folder() / "history.csv", TABLE)
        if path and write_or_say(path, comma_separated(history(frame)).encode(), self.failed.emit):
            self._lab.told.emit(f"The history is in {path}")

    def save(self, path: Path) -> None:
        """Write the run as it stands to ``path``; ``saved`` or ``failed`` follows."""
        self._lab.send(TakeRun(partial(self._taken.emit, path)))

    def wait(self) -> None:
        """Wait for a file that is being written."""
        if self._thread is not None:
            self._thread.join()

    def _start(self, path: Path, record: RunRecord) -> None:
        self.wait()
        self._thread = threading.Thread(target=self._write, args=(path, record), name="stepviz-save-run")
        self._thread.start()

    def _write(self, path: Path, record: RunRecord) -> None:
        try:
            write_whole(path, encode_run(path, record))
        except (InputError, MemoryError) as error:
            self.failed.emit(f"{path.name}: {error or 'more numbers than there is memory for'}")
        except OSError as error:
            self.failed.emit(not_written(path, error))
        else:
            self.saved.emit(f"The run is in {path}: {len(record.moments):,} moments of weights, and the experiment")
