"""The way from the lab to the guide, and back to its instruments and lessons."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QApplication, QWidget

from stepviz.guide.links import Target, resolve, section_of
from stepviz.guide.pages import CONTENTS
from stepviz.lessons.library import find_lesson
from stepviz.ui.core.theme import Theme
from stepviz.ui.docks.dock import PanelDock

if TYPE_CHECKING:
    from stepviz.ui.guide.guide_window import GuideWindow

# From where the links of a lesson start, wherever its folder is.
LESSON = "lessons/lesson/lesson.md"


class Guide:
    """Opens the window of the guide, made when it is first asked for.

    ``docks`` are the instruments by key, ``open_lesson`` shows the lesson of a folder; ``above`` is the main window.
    """

    def __init__(
        self, above: QWidget, theme: Theme, docks: Mapping[str, PanelDock], open_lesson: Callable[[Path], object]
    ) -> None:
        self._above, self._theme, self._docks, self._open_lesson = above, theme, docks, open_lesson
        self.window: GuideWindow | None = None

    def open(self, target: Target | None = None) -> None:
        """Show a page of the guide: the contents where none is named."""
        window = self._made()
        window.go(target or Target("page", CONTENTS))
        window.show()
        window.raise_()
        window.activateWindow()

    def open_instrument(self, key: str) -> None:
        """Show the section about an instrument."""
        self.open(section_of(key))

    def instrument_in_focus(self) -> str | None:
        """Return the key of the instrument that has the keyboard's focus, if one has."""
        widget = QApplication.focusWidget()
        while widget is not None:
            if isinstance(widget, PanelDock):
                return widget.instrument.key
            widget = widget.parentWidget()
        return None

    def follow_from_lesson(self, link: str) -> None:
        """Go where a link in a lesson leads: a page of the guide, an instrument, another lesson, or nowhere."""
        target = resolve(link, LESSON)
        if target is None:
            return
        if target.kind == "page":
            self.open(target)
        else:
            self._made().go(target)

    def show_instrument(self, key: str) -> None:
        """Bring an instrument into view."""
        dock = self._docks[key]
        dock.show()
        dock.raise_()
        self._above.activateWindow()

    def _made(self) -> GuideWindow:
        if self.window is None:
            from stepviz.ui.guide.guide_window import GuideWindow

            self.window = GuideWindow(self._theme, self._above)
            self.window.instrument_wanted.connect(self.show_instrument)
            self.window.lesson_wanted.connect(lambda name: self._open_lesson(find_lesson(name)))
        return self.window

    def close(self) -> None:
        """Close the window, where there is one."""
        if self.window is not None:
            self.window.close()
