"""What is remembered from one start to the next, brought up to date as the person works."""

from __future__ import annotations

import msgspec

from stepviz.ui.core.preferences import Preferences, with_lesson, with_recent


class Remembered:
    """Holds ``preferences``, as things stand now."""

    def __init__(self, preferences: Preferences) -> None:
        self.preferences = preferences

    def note(self, **changes: object) -> None:
        """Change some fields of the preferences."""
        self.preferences = msgspec.structs.replace(self.preferences, **changes)

    def note_file(self, path: str) -> None:
        """Put a file that was opened or saved first in the list of recent ones."""
        self.preferences = with_recent(self.preferences, path)

    def note_lesson(self, name: str) -> None:
        """Remember that the lesson in the folder ``name`` was shown to its end."""
        self.preferences = with_lesson(self.preferences, name)
