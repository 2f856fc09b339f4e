"""Errors of the program itself: into a log file and before the person's eyes, and the run goes on."""

from __future__ import annotations

import faulthandler
import os
import sys
import threading
import time
import traceback
from pathlib import Path
from types import TracebackType
from typing import TextIO

from PySide6.QtCore import QObject, Signal

from stepviz.ui.core.guarded import end_painters

LARGEST_LOG = 1_000_000
# The same error sixty times a second is written and shown once in this many seconds.
QUIET = 5.0


def log_path() -> Path:
    """Return where errors are written to."""
    from platformdirs import user_log_path

    return user_log_path("stepviz", appauthor=False) / "stepviz.log"


class ErrorLog(QObject):
    """Takes the place of the exception hooks while installed. ``happened`` carries one line for the person.

    ``happened`` may be emitted from any thread; Qt brings it to the window's.
    """

    happened = Signal(str)

    def __init__(self, path: Path | None) -> None:
        super().__init__()
        self.path = path
        self._file = _open(path) if path is not None else None
        self._seen: dict[str, float] = {}
        self._before = sys.excepthook, threading.excepthook

    def install(self) -> None:
        """Catch what nobody catches, and crashes of the process, from now on."""
        sys.excepthook = self._take
        threading.excepthook = lambda args: self._take(
            args.exc_type, args.exc_value or args.exc_type(), args.exc_traceback
        )
        if self._file is not None:
            faulthandler.enable(self._file)

    def uninstall(self) -> None:
        """Put the hooks back as they were, and close the file."""
        sys.excepthook, threading.excepthook = self._before
        if self._file is not None:
            faulthandler.disable()
            self._file.close()
            self._file = None

    def write(self, text: str) -> None:
        """Write an entry to the log, if it can be written."""
        try:
            if self._file is not None:
                self._file.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {text.rstrip()}\n")
                self._file.flush()
        except (OSError, ValueError):
            self._file = None

    def _take(self, kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        if issubclass(kind, KeyboardInterrupt):
            self._before[0](kind, error, trace)
            return
        text = "".join(traceback.format_exception(kind, error, trace))
        end_painters(error)
        now = time.monotonic()
        if now - self._seen.get(text, -QUIET) < QUIET:
            return
        self._seen = {seen: at for seen, at in self._seen.items() if now - at < QUIET} | {text: now}
        self.write(text)
        sys.stderr.write(text)
        where = f"; details in {self.path}" if self._file is not None else ""
        self.happened.emit(f"An error of the program, the run goes on: {kind.__name__}: {error}{where}")


def _open(path: Path) -> TextIO | None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.exists() and os.path.getsize(path) > LARGEST_LOG:
            path.unlink()
        return path.open("a", encoding="utf-8", errors="backslashreplace")
    except OSError:
        return None
