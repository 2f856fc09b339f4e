"""Lessons in the menus and on the start page; what shows one is imported when the first is opened."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from stepviz.engine.common.errors import InputError, in_words
from stepviz.ui.core.menu_bar import entry
from stepviz.ui.lessons.presenter import Presenter
from stepviz.ui.lessons.presenter_notes import PresenterNotes
from stepviz.ui.shell import ShellLayout

if TYPE_CHECKING:
    from stepviz.ui.lessons.controller import LessonShow


class Lessons:
    """Opens lessons. ``show`` shows the one that is open, and is None until the first is; ``menu`` lists them.

    ``follow`` goes where a link in a lesson leads.
    """

    def __init__(self, shell: ShellLayout, presenter: Presenter, follow: Callable[[str], object]) -> None:
        self._shell, self._presenter, self._follow = shell, presenter, follow
        self.show: LessonShow | None = None
        self.notes = PresenterNotes(shell, presenter)
        self.menu = shell.menus.add_menu("Lab/lessons", "&Lessons")
        self.menu.aboutToShow.connect(self._list)

    def _list(self) -> None:
        from stepviz.lessons.lesson_file import load_card
        from stepviz.lessons.library import shipped_lessons

        self.menu.clear()
        for number, folder in enumerate(shipped_lessons(), 1):
            card = load_card(folder)
            title = f"{number}. {card.title} ({card.minutes:g} min)".replace("&", "&&")
            self.menu.addAction(entry(self.menu, title, card.summary, partial(self.open, folder)))

    def _go_on(self, path: Path | None) -> None:
        if path is None:
            self._shell.transport.home_wanted.emit()
        else:
            self.open(path)

    def open(self, path: Path) -> None:
        """Show a lesson, read from its folder or file; what is wrong with it is said."""
        from stepviz.lessons.lesson_file import load_lesson
        from stepviz.ui.lessons.controller import LessonShow

        try:
            lesson = load_lesson(path)
        except (InputError, OSError) as error:
            self._shell.notices.warn(in_words(error))
            return
        if self.show is None:
            self.show = LessonShow(self._shell, self._presenter)
            self.show.view.link_clicked.connect(self._follow)
            self.show.onward.connect(self._go_on)
            self.notes.follow(self.show)
        self.show.open(lesson, path)
