"""Takes the run to PyTorch: a script for the clipboard, or a notebook."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget

from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError, in_words
from stepviz.engine.training.snapshot import TrainerCheckpoint, TrainerState
from stepviz.runtime.commands import TakeSession
from stepviz.runtime.session import Session
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.menu_bar import MenuBar, entry
from stepviz.ui.widgets.save_dialog import ask_where
from stepviz.ui.widgets.save_or_report import not_written

NOTEBOOK = {"Jupyter notebooks": ".ipynb"}
# Returns a moment and the number of updates from there.
Start = Callable[[TrainerCheckpoint], tuple[TrainerState, int]]


class PyTorchExport(QObject):
    """Has the run handed over between two updates, and writes the text in a thread of its own.

    ``done`` carries a sentence that says what was written and what of the run is left out, ``failed`` why not.
    """

    done = Signal(str)
    failed = Signal(str)
    _taken = Signal(object, object, object)
    _copied = Signal(str, str)

    def __init__(self, lab: Lab, folder: Callable[[], Path], parent: QWidget) -> None:
        super().__init__(parent)
        self._lab, self._folder, self._window = lab, folder, parent
        self._thread: threading.Thread | None = None
        self._taken.connect(self._begin)
        self._copied.connect(self._put_on_clipboard)

    def add_entries(self, menus: MenuBar) -> None:
        """Add the entries of the File menu."""
        from stepviz.export.pytorch.starts import from_here, from_start

        self.menu = menus.add_menu("File/pytorch", "Take the run to P&yTorch")
        same = "the same network, weights, batches and updates"
        for begin, words, tip in (
            (from_start, "from the start", "with these settings, from the first weights"),
            (from_here, "from this step", "from the present weights, with the memory of the optimizer"),
        ):
            for text, told, act in (
                (f"Copy as PyTorch, {words}", "Put a script on the clipboard", self.copy),
                (f"Save as notebook, {words}…", "Write a Jupyter notebook", self.ask),
            ):
                self.menu.addAction(entry(self.menu, text, f"{told}: {same}, {tip}", partial(act, begin)))

    def copy(self, start: Start) -> None:
        """Put a script on the clipboard."""
        self._lab.send(TakeSession(partial(self._taken.emit, None, start)))

    def ask(self, start: Start) -> None:
        """Let the person choose where to write a notebook to."""
        if path := ask_where(self._window, "Save as notebook", self._folder() / "run.ipynb", NOTEBOOK):
            self._lab.send(TakeSession(partial(self._taken.emit, path, start)))

    def wait(self) -> None:
        """Wait for what is being written."""
        if self._thread is not None:
            self._thread.join()

    def _begin(self, path: Path | None, start: Start, session: Session) -> None:
        self.wait()
        self._thread = threading.Thread(target=self._write, args=(path, start, session), name="stepviz-to-pytorch")
        self._thread.start()

    def _write(self, path: Path | None, start: Start, session: Session) -> None:
        from stepviz.export.pytorch.left_out import in_a_sentence
        from stepviz.export.pytorch.script import as_notebook, as_script

        try:
            moment, steps = start(session.trainer)
            said = in_a_sentence(moment, steps)
            if path is None:
                self._copied.emit(as_script(moment, steps), said)
            else:
                write_whole(path, as_notebook(moment, steps))
                self.done.emit(f"The notebook is in {path}: {said}")
        except (InputError, MemoryError) as error:
            self.failed.emit(in_words(error) if isinstance(error, InputError) else "More numbers than memory for them")
        except OSError as error:
            self.failed.emit(not_written(path or Path(), error))

    def _put_on_clipboard(self, script: str, said: str) -> None:
        QGuiApplication.clipboard().setText(script)
        self.done.emit(f"Copied a script for PyTorch: {said}")
