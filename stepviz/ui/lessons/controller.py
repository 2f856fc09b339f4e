"""A lesson in the window: the player's scenes put in force, the frames handed to it, the keys of a clicker."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import replace
from pathlib import Path
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QAction, QKeySequence

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons import SUFFIXES
from stepviz.lessons.lesson import Lesson
from stepviz.lessons.lesson_file import TABLES, load_card, load_lesson
from stepviz.lessons.library import is_shipped, next_lesson
from stepviz.lessons.pictures import KINDS
from stepviz.lessons.player import Player
from stepviz.runtime.commands import EndWatch, Pause, Play
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded_filter
from stepviz.ui.core.theme import scaled
from stepviz.ui.core.timers import single_shot
from stepviz.ui.docks.dock import Dock
from stepviz.ui.docks.tiling import Plan, plan
from stepviz.ui.lessons.lesson_view import LessonView
from stepviz.ui.lessons.presenter import Presenter
from stepviz.ui.shell import ShellLayout
from stepviz.ui.widgets.folder_watch import FolderWatch

SUMMARY = "Words, a question, and claims that are measured on the run that is shown"
WIDTH, LEAST = 380, 240
# Of the window's width: the rest is for the instruments.
WIDEST = 0.36
COVER = "Covered until an answer is chosen"
STATUS = "Choose an answer in the lesson: then you see what happens"


class LessonShow(QObject):
    """Shows one lesson at a time, in a dock of its own in the place of the experiment editor.

    ``scene_shown`` is emitted when another scene is shown, and when there is no lesson any more;
    ``onward`` carries the lesson that is wanted next, None for the start page.
    """

    scene_shown = Signal()
    onward = Signal(object)

    def __init__(self, shell: ShellLayout, presenter: Presenter) -> None:
        window = shell.main
        super().__init__(window)
        self._shell, self._window, self._presenter, self._lab = shell, window, presenter, shell.lab
        self.player: Player | None = None
        self.view = LessonView(shell.theme)
        self.dock = Dock("lesson", "Lesson", SUMMARY, shell.theme, enlarges=False, parent=window)
        self.dock.setWidget(self.view)
        self.dock.setMinimumWidth(LEAST)
        self.dock.hide()
        # Later: Qt hides a dock for a moment where it sets it afloat, or puts all docks where they were.
        self._ending = single_shot(self, self._end)
        self.dock.visibilityChanged.connect(lambda _visible: self._ending.start(0))
        # In the editor's place, as high as the window.
        window.tabifyDockWidget(shell.editor_dock, self.dock)
        self.view.back.connect(lambda: self.go(-1))
        self.view.forward.connect(lambda: self.go(1))
        self.view.again.connect(lambda: self.go(0))
        self.view.predicted.connect(self._predict)
        self.view.onward.connect(self._leave_for_the_next)
        self._turns = [self._key(self.view.go_on), self._key(self.view.back.emit)]
        presenter.changed.connect(lambda _on_stage: self._share_keys())
        self._path: Path | None = None
        self._next: Path | None = None
        self._complaint = ""
        self._watch = FolderWatch((*SUFFIXES, *TABLES, *KINDS), self)
        self._watch.changed.connect(self._read_anew)
        self._plan: tuple[list[str], Plan] | None = None
        self._settling = single_shot(self, self._arrange)
        window.installEventFilter(self)
        self._entering = False
        # What the person's instruments looked at before the lesson.
        self._looked_at: dict[str, Any] = {}
        self._shown: Frame | None = None
        self._lab.frame_shown.connect(self._follow)
        self._lab.experiment_changed.connect(self._note_change)
        self._opened_at = 0
        self._lab.undo_stack.indexChanged.connect(self._close_where_undone)

    def _key(self, press: Callable[[], object]) -> QAction:
        action = QAction(self.dock)
        action.setShortcutContext(Qt.ShortcutContext.WindowShortcut)
        action.triggered.connect(lambda _checked=False: press())
        self.dock.addAction(action)
        return action

    def _share_keys(self) -> None:
        """Give the keys of a clicker to the lesson: on stage those are the arrows too, and → trains no step."""
        arrows = self.player is not None and self._presenter.on_stage
        for action, keys in zip(self._turns, (("PgDown", "Right"), ("PgUp", "Left")), strict=True):
            action.setShortcuts([QKeySequence(key) for key in (keys if arrows else keys[:1])])
        self._shell.transport.give_up_arrow(arrows)

    def open(self, lesson: Lesson, path: Path) -> None:
        """Begin a lesson with its first scene; ``path`` is where it was read, its folder or its file.

        One that does not come with the program is read anew whenever its author saves it.
        """
        self._path = path
        self._watch.watch(None if is_shipped(lesson.card.folder) else lesson.card.folder)
        if self.player is None:
            self._shell.layout_of_docks.lend()
            self._rest_twins()
        self.player = Player(lesson)
        self._share_keys()
        self._offer(lesson)
        self._plan = None
        self._shell.documents.name_lesson(lesson.card.title)
        self._shell.editor_dock.hide()
        self.dock.show()
        self.dock.raise_()
        self._enter(0, f"Open the lesson {lesson.card.title}")
        self._opened_at = self._lab.undo_stack.index()

    def _offer(self, lesson: Lesson) -> None:
        """Say in the view what comes after the last scene."""
        self._next = next_lesson(lesson.card.folder)
        if self._next is None:
            self.view.offer("Start page ▶", "All lessons, on the start page")
        else:
            self.view.offer("Next lesson ▶", f"The next lesson: {load_card(self._next).title}")

    def _leave_for_the_next(self) -> None:
        self.onward.emit(self._next)

    def _rest_twins(self) -> None:
        # A lesson says itself what is the matter; whoever wants to know more asks the Diagnosis for it.
        before = self._lab.options("twins")
        self._looked_at.setdefault("twins", before)
        self._lab.look_at("twins", replace(before, on=False))

    def _read_anew(self) -> None:
        """Show what was saved, at the same scene; with a mistake in it the version on screen stays."""
        if self.player is None or self._path is None:
            return
        notices = self._shell.notices
        notices.withdraw(self._complaint)
        self._complaint = ""
        try:
            lesson = load_lesson(self._path)
        except (InputError, OSError) as error:
            self._complaint = f"The lesson on screen is the one before the last change. {error}"
            notices.warn(self._complaint)
            return
        self.player = Player(lesson, min(self.player.index, len(lesson.scenes) - 1))
        self._shell.documents.name_lesson(lesson.card.title)
        self._plan = None
        self._enter(self.player.index)

    def go(self, steps: int) -> None:
        """Go so many scenes on, or back, where there are so many; 0 begins this one again."""
        if self.player is not None and 0 <= self.player.index + steps < len(self.player.lesson.scenes):
            self._enter(self.player.index + steps)

    def _enter(self, index: int, text: str = "") -> None:
        """Show a scene; with a ``text`` an undo brings the run back that was before."""
        assert self.player is not None
        player = self.player
        player.go_to(index)
        scene = player.scene
        begin = player.command
        self._entering = True
        if text:
            self._lab.replace_run(scene.experiment, text, lambda leave: replace(begin, leave=leave))
        else:
            self._lab.put(scene.experiment, begin)
        self._entering = False
        self._shell.layout_of_docks.restore()
        self._arrange()
        self._point_at(scene.highlight)
        for name, options in player.options.items():
            self._looked_at.setdefault(name, self._lab.options(name))
            self._lab.look_at(name, options)
        self._shell.transport.lend_speed(scene.speed)
        self._run()
        self.view.show_scene(player)
        self.scene_shown.emit()

    def _cover(self) -> None:
        """Cover what may tell the answer until the class has chosen."""
        player, shell = self.player, self._shell
        waits = player is not None and player.waits_for_prediction
        for name, dock in shell.panel_docks.items():
            dock.cover(COVER if player is not None and player.covers(name) else "")
        shell.status.cover(STATUS if waits else "")
        shell.transport.hold(waits)

    def _point_at(self, names: Collection[str]) -> None:
        for name, dock in self._shell.panel_docks.items():
            dock.bar.point_at(name in names)

    def _arrange(self) -> None:
        """Show the instruments of the scene so that the window need not be wider than the screen."""
        if self.player is None or self._shell.layout_of_docks.enlarged is not None:
            return
        docks, room = self._shell.panel_docks, self._window
        size = room.size()
        if self._presenter.on_stage:
            # The instruments that stood there before may have needed more than the screen has.
            size = size.boundedTo(room.screen().size())
        names = [name for name in self.player.scene.panels if name in docks]
        names = names or [name for name in docks if docks[name].seen]
        width = min(scaled(WIDTH), round(WIDEST * size.width()))
        high = size.height() - self._shell.strip.height() - self._shell.status.height()
        planned = plan(names, (size.width() - width) / scaled(1000) * 1000, high / scaled(1000) * 1000)
        if (names, planned) != self._plan:
            self._plan = names, planned
            self._shell.layout_of_docks.arrange(self.dock, planned, width)
            if room.size() != size and (layout := room.layout()) is not None:
                layout.activate()
                room.resize(size)

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Arrange the instruments anew where the window has got another size."""
        if event.type() == QEvent.Type.Resize and self.player is not None:
            self._settling.start(0)
        return False

    def _run(self) -> None:
        assert self.player is not None
        self._cover()
        # A scene without steps is measured where it begins: nothing would stop it there.
        runs = self.player.may_run and self.player.scene.steps > 0
        self._lab.send(Play() if runs else Pause())

    def _predict(self, choice: int) -> None:
        if self.player is not None:
            if choice < 0:
                self.player.skip_question()
            else:
                self.player.predict(choice)
            self._run()
            self.view.show_progress()

    def _follow(self, frame: Frame) -> None:
        player = self.player
        if player is None:
            return
        ran = player.may_run
        player.follow(frame)
        if ran and not player.may_run:
            self._lab.send(Pause())
            if player.at_end and not player.altered:
                self._shell.remembered.note_lesson(player.lesson.name)
        if frame.whole is not self._shown or not frame.running:
            self._shown = frame.whole
            self.view.show_progress()
        if player.goes_on:
            self.go(1)

    def _note_change(self, _experiment: Experiment) -> None:
        if self.player is not None and not self._entering:
            self.player.alter()

    def _close_where_undone(self, index: int) -> None:
        if self.player is not None and index < self._opened_at:
            self.dock.close()

    def _end(self) -> None:
        # Behind a tab, or while one instrument is enlarged, the lesson goes on.
        ends = self.player is not None and self.dock.isHidden()
        if ends and self._shell.layout_of_docks.enlarged is None:
            self.player = None
            self._cover()
            self._share_keys()
            self._shell.transport.lend_speed(self._shell.remembered.preferences.speed)
            self._lab.send(EndWatch())
            self._shell.documents.name_lesson("")
            self._watch.watch(None)
            self._point_at(())
            for name, options in self._looked_at.items():
                self._lab.look_at(name, options)
            self._looked_at.clear()
            self.scene_shown.emit()
            QTimer.singleShot(0, self._window, self._shell.layout_of_docks.give_back)
            if not self._presenter.on_stage and self._window.isVisible():
                self._shell.editor_dock.show()
