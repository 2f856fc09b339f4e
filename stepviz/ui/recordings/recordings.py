"""Opening windows of recordings: each has a thread of its own that follows its file."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

from PySide6.QtCore import QObject, Signal

from stepviz.engine.common.errors import InputError, in_words
from stepviz.recordings.follower import SUFFIX, Follower
from stepviz.recordings.source import RecordingSource
from stepviz.runtime.mailbox import Mailbox
from stepviz.ui.core.screen_room import fit
from stepviz.ui.core.theme import Theme
from stepviz.ui.recordings.window import RecordingWindow

SIZE = 1360, 860


def is_recording(path: Path) -> bool:
    """Return whether a file is a recording by its name."""
    return path.suffix.lower() == SUFFIX


class Recordings(QObject):
    """The windows of recordings that are open. ``failed`` carries why one was not opened, ``shown`` its path."""

    failed = Signal(str)
    shown = Signal(object)

    def __init__(self, theme: Theme, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self.theme = theme
        self.windows: list[RecordingWindow] = []

    def open(self, path: Path) -> None:
        """Open a window that follows a file; ``failed`` where it cannot be read or is no recording."""
        try:
            self.show(open_window(path, self.theme))
        except (InputError, OSError) as error:
            self.failed.emit(in_words(error))
            return
        self.shown.emit(path)

    def show(self, window: RecordingWindow) -> None:
        """Take charge of a window and begin to follow its file."""
        window.opened.connect(self.open)
        window.closed.connect(partial(self._forget, window))
        self.windows.append(window)
        fit(window, *SIZE)
        window.start()

    def _forget(self, window: RecordingWindow) -> None:
        if window in self.windows:
            self.windows.remove(window)
            window.deleteLater()

    def close(self) -> None:
        """Close them all."""
        for window in list(self.windows):
            window.close()


def open_window(path: Path | None, theme: Theme) -> RecordingWindow:
    """Return the window of a recording, which ``start`` shows; None: the standard input.

    Raises InputError or OSError where the file cannot be read, or begins as no recording does.
    """
    follower = Follower(sys.stdin.buffer, "the standard input") if path is None else Follower.open(path)
    mailbox = Mailbox()
    try:
        if path is not None:
            # What is no recording is said before there is a window.
            follower.read()
        source = RecordingSource(follower, mailbox, None if path is None else lambda: path.open("rb"))
    except (InputError, OSError):
        follower.close()
        raise
    return RecordingWindow(source, mailbox, path, theme)
