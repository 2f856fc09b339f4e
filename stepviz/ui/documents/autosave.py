"""Sessions that the program writes by itself: one to fall back on after a crash, and the run as it was left."""

from __future__ import annotations

import contextlib
import os
import secrets
import time
from pathlib import Path

from PySide6.QtCore import QLockFile, QObject, QTimer

from stepviz.engine.common.atomic_files import clear_abandoned, write_whole
from stepviz.engine.common.errors import InputError, in_words
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import SaveSession
from stepviz.runtime.session import Session
from stepviz.runtime.session_file import SUFFIX, encode_session, load_session
from stepviz.ui.core.lab import Lab

PERIOD_MS = 15_000
# A file larger than this is written once in so many periods.
LARGE, SELDOM = 2**24, 8
# What nobody went on from for so long is not wanted.
OLD = 14 * 24 * 3600.0
LAST = f"last-run{SUFFIX}"
_NAME = "recovery-"
_UNREADABLE = "unreadable-"


def recovery_folder() -> Path:
    """Return where the files are kept."""
    from platformdirs import user_state_path

    return user_state_path("stepviz", appauthor=False)


class Recovery(QObject):
    """Asks the worker to write the session of this process every so often while something happens.

    A lock that the system holds for as long as the process lives, and no longer, says that the file is in use: the
    number of a process may be that of another one after a restart, or in a container.
    """

    def __init__(self, lab: Lab, folder: Path, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._lab = lab
        self.path = folder / f"{_NAME}{os.getpid()}-{secrets.token_hex(4)}{SUFFIX}"
        self._written: int | None = None
        self._periods = 0
        with contextlib.suppress(OSError):
            folder.mkdir(parents=True, exist_ok=True)
        self._lock = QLockFile(str(_lock_of(self.path)))
        self._lock.setStaleLockTime(0)
        self._lock.tryLock(0)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._tick)
        self._timer.start()

    def _tick(self) -> None:
        self._periods += 1
        with contextlib.suppress(OSError):
            if self.path.stat().st_size > LARGE and self._periods % SELDOM:
                return
        self.write()

    def write(self) -> None:
        """Have the session written, unless nothing has happened since the last time."""
        frame = self._lab.frame
        if frame is not None and frame.number != self._written:
            self._written = frame.number
            self._lab.send(SaveSession(self.path, quietly=True))

    def end(self) -> None:
        """Take the file away: the window closes as it should. Nothing may be written after this."""
        self._timer.stop()
        with contextlib.suppress(OSError):
            self.path.unlink(missing_ok=True)
        self._lock.unlock()


def left_behind(folder: Path) -> Path | None:
    """Return the newest session that a process which is no more has left in ``folder``, if any.

    What else such processes left there is cleared away: parts of files, and sessions that nobody wanted for long.
    """
    clear_abandoned(folder, f".{_NAME}")
    clear_abandoned(folder, f".{LAST}.")
    found: list[tuple[float, Path]] = []
    with contextlib.suppress(OSError):
        for path in [*folder.glob(f"{_NAME}*{SUFFIX}")]:
            if not _in_use(path) and _may_be_session(path):
                found.append((path.stat().st_mtime, path))
        for path in [*folder.glob(f"{_NAME}*.lock")]:
            if not path.with_suffix("").exists():
                QLockFile(str(path)).removeStaleLockFile()
        found.extend((0.0, path) for path in folder.glob(f"{_UNREADABLE}*") if _is_old(path.stat().st_mtime))
        for when, path in found:
            if _is_old(when):
                path.unlink(missing_ok=True)
    kept = [each for each in found if not _is_old(each[0])]
    return max(kept)[1] if kept else None


def set_aside(path: Path) -> None:
    """Do not offer a recovery again that cannot be read; the file is kept for a while."""
    with contextlib.suppress(OSError):
        path.rename(path.with_name(f"{_UNREADABLE}{path.name}"))


def _may_be_session(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(2) == b"PK"


def _is_old(when: float) -> bool:
    return when < time.time() - OLD


def _lock_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.lock")


def _in_use(path: Path) -> bool:
    lock = _lock_of(path)
    return lock.exists() and not QLockFile(str(lock)).removeStaleLockFile()


# The run as it was left


def read_last_run(folder: Path, experiment: Experiment | None, complaints: list[str]) -> Session | None:
    """Return the run that was in the lab when it was closed; None without one, and a complaint where it is lost.

    ``experiment``: the settings that are remembered, None where they are too long for that. Those of another run say
    that this one is not the last.
    """
    path = folder / LAST
    try:
        session = load_session(path)
    except FileNotFoundError:
        return None
    except (InputError, OSError) as error:
        complaints.append(f"The last run cannot be used. {in_words(error)}")
        return None
    return session if experiment in (None, session.moment.setup.experiment) else None


def write_last_run(folder: Path, session: Session) -> None:
    """Write the run as it is left. Raises OSError where that is not possible; then none is there any more."""
    path = folder / LAST
    try:
        write_whole(path, encode_session(session))
    except OSError:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)
        raise
