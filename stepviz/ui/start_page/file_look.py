"""Looks whether files are still there, without letting the window wait for a folder of a network that is gone."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from stepviz.ui.start_page.words import missing_words


class FileLook(QObject):
    """``found`` carries paths, and for each why it cannot be opened (empty: it can)."""

    found = Signal(tuple, tuple)

    def look(self, paths: Sequence[str]) -> None:
        """Look for files in a thread of its own, which may end long after nobody wants to know any more."""
        threading.Thread(target=self._look, args=(tuple(paths),), name="files looked for", daemon=True).start()

    def _look(self, paths: tuple[str, ...]) -> None:
        whys = tuple(missing_words(Path(path)) for path in paths)
        try:
            self.found.emit(paths, whys)
        except RuntimeError:
            # The window was closed meanwhile.
            return
