"""Presenter notes beside a lesson: made when first asked for, on the other screen while the window is on stage."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject

from stepviz.ui.lessons.notes_window import NotesWindow, other_screen
from stepviz.ui.lessons.presenter import Presenter
from stepviz.ui.shell import ShellLayout

if TYPE_CHECKING:
    from stepviz.lessons.player import Player
    from stepviz.ui.lessons.controller import LessonShow

ONE_SCREEN = (
    "This machine has one screen: the presenter notes are in a window over the lab, which the class sees too. "
    "Shift+F5 closes it"
)


class PresenterNotes(QObject):
    """Opens and fills the window of notes. ``action`` stands in the View menu and shows whether it is open."""

    def __init__(self, shell: ShellLayout, presenter: Presenter) -> None:
        super().__init__(shell.main)
        self._stage, self._theme, self._notices = shell.main, shell.theme, shell.notices
        self._presenter = presenter
        self._lesson: LessonShow | None = None
        tip = "Notes, next scene and time, on the other screen if there is one"
        action = self.action = shell.menus.add("View/presenter", "Presenter &notes", tip, lambda: None, "Shift+F5")
        self.view: NotesWindow | None = None
        self._by_itself = False
        action.setCheckable(True)
        action.toggled.connect(self._show)
        presenter.changed.connect(self._follow_stage)
        shell.closing.connect(self.close)

    def follow(self, lesson: LessonShow) -> None:
        """Show the notes of the scenes of ``lesson`` from now on."""
        self._lesson = lesson
        lesson.scene_shown.connect(self.show_scene)

    @property
    def _player(self) -> Player | None:
        return self._lesson.player if self._lesson is not None else None

    def show_scene(self) -> None:
        """Show the notes of the scene that has begun, or that there is no lesson any more."""
        if self._player is not None and self._presenter.on_stage and other_screen(self._stage) is not None:
            self._open_by_itself()
        if self.view is not None:
            self.view.show_scene(self._player)

    def close(self) -> None:
        """Close the window."""
        self.action.setChecked(False)

    def _follow_stage(self, on_stage: bool) -> None:
        if on_stage:
            self.show_scene()
            if self.view is not None and self._player is not None:
                self.view.watch.start()
        elif self._by_itself:
            self._by_itself = False
            self.close()

    def _open_by_itself(self) -> None:
        if not self.action.isChecked() and not self._by_itself:
            self._by_itself = True
            self.action.setChecked(True)

    def _show(self, wanted: bool) -> None:
        if self.view is None:
            if not wanted:
                return
            self.view = NotesWindow(self._theme, self._stage)
            self.view.moved.connect(self._move)
            self.view.blank.connect(self._blank)
            self.view.closed.connect(self.close)
        if wanted:
            self.view.show_scene(self._player)
            self.view.show_beside(self._stage)
            if other_screen(self._stage) is None:
                self._notices.tell(ONE_SCREEN)
        else:
            self.view.hide()

    def _move(self, steps: int) -> None:
        if self._lesson is None:
            return
        if steps > 0:
            # As in the window on stage: first the rest of a long scene.
            self._lesson.view.go_on()
        else:
            self._lesson.go(steps)

    def _blank(self) -> None:
        if self._presenter.on_stage:
            self._presenter.toggle_blank()
