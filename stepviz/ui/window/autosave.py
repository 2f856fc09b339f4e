"""A file to fall back on after a crash: the session, written every so often, taken away when the window closes."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from PySide6.QtCore import QObject, QTimer

from stepviz.runtime.commands import SaveSession
from stepviz.runtime.session_file import SUFFIX
from stepviz.ui.core.lab import Lab

PERIOD_MS = 60_000
_NAME = "recovery-"


def recovery_folder() -> Path:
    """Return where the files are kept."""
    from platformdirs import user_state_path

    return user_state_path("stepviz", appauthor=False)


class Recovery(QObject):
    """Asks the worker to write the session of this process, once a minute while something happens."""

    def __init__(self, lab: Lab, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.path = folder / f"{_NAME}{os.getpid()}{SUFFIX}"
        self._written_at: tuple[int, int] = (0, 0)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self.write)
        self._timer.start()

    def write(self) -> None:
        """Have the session written, unless nothing has happened since the last time."""
        frame = self._lab.frame
        if frame is not None and frame.diverged is None and (frame.generation, frame.step) != self._written_at:
            self._written_at = (frame.generation, frame.step)
            self._lab.send(SaveSession(self.path, quietly=True))

    def end(self) -> None:
        """Take the file away: the window closes as it should. Nothing may be written after this."""
        self._timer.stop()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)


def left_behind(folder: Path) -> Path | None:
    """Return the newest session that a process which is no more has left in ``folder``, if any."""
    found: list[tuple[float, Path]] = []
    with contextlib.suppress(OSError):
        for path in folder.glob(f"{_NAME}*{SUFFIX}"):
            number = path.name.removeprefix(_NAME).removesuffix(SUFFIX)
            if number.isdecimal() and not _alive(int(number)):
                found.append((path.stat().st_mtime, path))
    return max(found)[1] if found else None


def _alive(process: int) -> bool:
    if process == os.getpid():
        return True
    if os.name == "nt":
        return _alive_on_windows(process)
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    except (OSError, OverflowError):
        # It belongs to somebody else.
        return True
    return True


def _alive_on_windows(process: int) -> bool:
    import ctypes

    query_limited_information, still_active = 0x1000, 259
    kernel = ctypes.windll.kernel32  # type: ignore[attr-defined]  # there is none on other systems
    handle = kernel.OpenProcess(query_limited_information, False, process)
    if not handle:
        return False
    code = ctypes.c_ulong()
    kernel.GetExitCodeProcess(handle, ctypes.byref(code))
    kernel.CloseHandle(handle)
    return code.value == still_active
