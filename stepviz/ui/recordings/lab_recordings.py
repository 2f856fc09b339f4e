"""Recordings that are opened from the lab; what shows one is imported when the first is opened."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from stepviz.ui.documents.documents import Documents
from stepviz.ui.shell import Shell

if TYPE_CHECKING:
    from stepviz.ui.recordings.recordings import Recordings


class LabRecordings:
    """Opens the recordings that ``documents`` finds. ``recordings`` holds their windows; None until the first."""

    def __init__(self, shell: Shell, documents: Documents) -> None:
        self._shell = shell
        self.recordings: Recordings | None = None
        documents.recording_wanted.connect(self.open)

    def open(self, path: Path) -> None:
        """Open a window that follows a file; what is wrong with it is said."""
        from stepviz.ui.recordings.recordings import Recordings

        if self.recordings is None:
            shell = self._shell
            self.recordings = Recordings(shell.theme, shell.main)
            self.recordings.failed.connect(shell.notices.warn)
            self.recordings.shown.connect(lambda shown: shell.remembered.note_file(str(shown)))
            shell.closing.connect(self.recordings.close)
        self.recordings.open(path)
