"""A folder whose files are edited elsewhere, watched for changes."""

from __future__ import annotations

import os
from itertools import islice
from pathlib import Path

from PySide6.QtCore import QFileSystemWatcher, QObject, Signal

from stepviz.ui.core.timers import single_shot

# An editor may write a file in parts, or put a new one in its place: one change is what comes within this time.
SETTLE_MS = 150
# A lesson may stand in a folder full of other things.
MOST_FILES = 200


class FolderWatch(QObject):
    """Emits ``changed`` when a file of one of the kinds in a folder has another content, once the change is whole."""

    changed = Signal()

    def __init__(self, suffixes: tuple[str, ...], parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._suffixes = suffixes
        self._folder: Path | None = None
        self._known: dict[str, tuple[int, int]] = {}
        self._watcher = QFileSystemWatcher(self)
        self._settling = single_shot(self, self._look, SETTLE_MS)
        # The folder tells of files that come, go and are replaced, a file of what is written into it.
        self._watcher.fileChanged.connect(lambda _path: self._settling.start())
        self._watcher.directoryChanged.connect(lambda _path: self._settling.start())

    def watch(self, folder: Path | None) -> None:
        """Watch a folder, and no longer the one before; None: no folder any more."""
        for watched in self._watcher.files() + self._watcher.directories():
            self._watcher.removePath(watched)
        self._settling.stop()
        self._folder = folder
        self._known = self._files()
        if folder is not None:
            self._watcher.addPath(str(folder))
            self._watch_files()

    def _watch_files(self) -> None:
        # One that was replaced is no longer watched.
        missing = set(self._known) - set(self._watcher.files())
        if missing:
            self._watcher.addPaths(sorted(missing))

    def _files(self) -> dict[str, tuple[int, int]]:
        """Return time and size of each file."""
        found: dict[str, tuple[int, int]] = {}
        if self._folder is None:
            return found
        try:
            with os.scandir(self._folder) as entries:
                for entry in islice(entries, MOST_FILES):
                    if entry.name.lower().endswith(self._suffixes) and entry.is_file():
                        state = entry.stat()
                        found[entry.path] = state.st_mtime_ns, state.st_size
        except OSError:
            # In the middle of a change, or gone for good: what was read before stays.
            return self._known
        return found

    def _look(self) -> None:
        files = self._files()
        changed, self._known = files != self._known, files
        self._watch_files()
        if changed:
            self.changed.emit()
