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
    unfinished = UnfinishedFile(path)
    try:
        unfinished.path.write_bytes(content)
        unfinished.put_in_place(keep_previous=keep_previous)
    except BaseException:
        unfinished.remove()
        raise
    clear_abandoned(path.parent, _prefix(path))


class UnfinishedFile:
    """An empty file in the folder of ``target``: written at ``path``, it takes the place of ``target`` or is removed.

    For a file that others write, or that is written in parts; ``write_whole`` is for one that is in memory.
    ``suffix`` ends the name, for a writer that goes by it.
    """

    def __init__(self, target: Path, suffix: str = "") -> None:
        """Make it. Raises OSError where that is not possible."""
        self.target = target
        # Open and locked until the end: other writers remove what nobody holds.
        self._handle, name = tempfile.mkstemp(dir=target.parent, prefix=_prefix(target), suffix=suffix)
        _lock(self._handle)
        self.path = Path(name)

    def put_in_place(self, *, keep_previous: bool = False) -> None:
        """Replace ``target`` once all of the file is on the disc. Raises OSError; the file is still there then."""
        os.fsync(self._handle)
        exists = self.target.exists()
        # A private temporary file must not make a shared file private, nor a private one shared.
        self.path.chmod(self.target.stat().st_mode & 0o777 if exists else 0o666 & ~_umask())
        if keep_previous and exists:
            _keep(self.target)
        self.take_name(self.target)

    def take_name(self, path: Path) -> None:
        """Give the file the name ``path``, in the same folder, as it is."""
        self._close()
        self.path.replace(path)

    def remove(self) -> None:
        """Leave nothing."""
        self._close()
        self.path.unlink(missing_ok=True)

    def _close(self) -> None:
        if self._handle >= 0:
            os.close(self._handle)
            self._handle = -1


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
    unfinished = UnfinishedFile(path)
    try:
        shutil.copy2(path, unfinished.path)
        unfinished.take_name(previous(path))
    except BaseException:
        unfinished.remove()
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
