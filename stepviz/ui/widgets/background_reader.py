"""Reading a file in a thread of its own: the window goes on painting while a large table is read."""

from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from stepviz.engine.common.errors import InputError


class FileReader(QObject):
    """Reads one file at a time. ``read`` carries its path and what it holds, ``failed`` why it cannot be read."""

    read = Signal(object, object)
    failed = Signal(str)

    def __init__(self, parent: QObject) -> None:
        super().__init__(parent)
        self._thread: threading.Thread | None = None

    @property
    def busy(self) -> bool:
        """Return whether a file is being read."""
        return self._thread is not None and self._thread.is_alive()

    def start(self, path: Path, reading: Callable[[], object]) -> None:
        """Read ``path`` by calling ``reading`` in the thread; ``read`` or ``failed`` follows in this one."""
        self._thread = threading.Thread(target=self._run, args=(path, reading), name="stepviz-open")
        self._thread.start()

    def wait(self) -> None:
        """Wait for a file that is being read."""
        if self._thread is not None:
            self._thread.join()

    def _run(self, path: Path, reading: Callable[[], object]) -> None:
        try:
            found = reading()
        except InputError as error:
            self.failed.emit(str(error))
        except OSError as error:
            self.failed.emit(f"{path.name}: {error.strerror or error}")
        except Exception as error:  # an error of ours must reach the person, not end in a thread unseen
            self.failed.emit(f"{path.name}: cannot be opened ({type(error).__name__}: {error})")
        else:
            self.read.emit(path, found)
