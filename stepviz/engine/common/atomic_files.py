"""Files as a whole: written whole or not at all, and read only where they have an end."""

from __future__ import annotations

import contextlib
import os
import shutil
import stat
import sys
import tempfile
from pathlib import Path

from stepviz.engine.common.errors import InputError

# Bytes that file systems allow.
LONGEST_NAME = 255


def check_whole(path: Path, largest: int, expected: str) -> None:
    """Raise InputError for what is no file of at most ``largest`` bytes: a pipe or a device might never end.

    OSError where there is none.
    """
    status = path.stat()
    if not stat.S_ISREG(status.st_mode):
        found = "a folder" if stat.S_ISDIR(status.st_mode) else "a device or pipe"
        raise InputError("the file", found, expected, source=path.name)
    if status.st_size > largest:
        raise InputError("the file", f"more than {largest >> 20} MB", expected, source=path.name)


def write_whole(path: Path, content: bytes, *, keep_previous: bool = False) -> None:
    """Write a file: what was there before stays until the new content is on the disc.

    With ``keep_previous`` what was there before is kept beside it, under its name and a tilde. Raises OSError, with
    the name of this file, where that is not possible.
    """
    try:
        _write(path, content, keep_previous)
    except OSError as error:
        # Not the name of the temporary one, which nobody knows.
        raise OSError(error.errno, error.strerror, str(path)) from None


def _write(path: Path, content: bytes, keep_previous: bool) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path))
    try:
        with os.fdopen(handle, "wb") as file:
            _lock(handle)
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        # A private temporary file must not make a shared file private, nor a private one shared.
        os.chmod(name, path.stat().st_mode & 0o777 if path.exists() else 0o644 & ~_umask())
        if keep_previous and path.exists():
            _keep(path)
        os.replace(name, path)
    except BaseException:
        os.unlink(name)
        raise
    clear_abandoned(path.parent, _prefix(path))


def clear_abandoned(folder: Path, prefix: str) -> None:
    """Take away the temporary files of writers that were killed: those in a folder that begin with ``prefix``."""
    with contextlib.suppress(OSError):
        for entry in os.scandir(folder):
            # A name of ours ends with a dot and eight letters that are drawn.
            if entry.name.startswith(prefix) and entry.name[-9:-8] == "." and _abandoned(entry.path):
                os.unlink(entry.path)


def _prefix(path: Path) -> str:
    # The whole name of the temporary file may have no more than 255 bytes either.
    return f".{path.name}." if len(os.fsencode(path.name)) <= LONGEST_NAME - 10 else f".{path.name[:40]}~."


def _lock(handle: int) -> None:
    """Show that the file is being written, for as long as it is open; not every file system can."""
    if sys.platform != "win32":
        import fcntl

        with contextlib.suppress(OSError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


def _abandoned(path: str) -> bool:
    if sys.platform == "win32":
        # A file that is being written cannot be taken away there.
        return True
    import fcntl

    try:
        with open(path, "rb") as file:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def previous(path: Path) -> Path:
    """Return where ``write_whole`` keeps the version before the last."""
    return path.with_name(f"{path.name}~")


def _keep(path: Path) -> None:
    if len(os.fsencode(path.name)) >= LONGEST_NAME:
        # Its name leaves no room for the tilde.
        return
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=_prefix(path))
    os.close(handle)
    try:
        shutil.copy2(path, name)
        os.replace(name, previous(path))
    except BaseException:
        os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
