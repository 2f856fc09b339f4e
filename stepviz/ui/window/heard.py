"""What happens in the window, told to screen readers, and the pane that shows what they are told."""

from __future__ import annotations

import time

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QListWidget

from stepviz.lessons.player import Player
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.stuck_units import StuckUnits
from stepviz.runtime.frame import Frame
from stepviz.ui.core.announcer import MOST_KEPT, Announcer
from stepviz.ui.core.timers import single_shot
from stepviz.ui.docks.dock import Dock
from stepviz.ui.lessons.lessons import Lessons
from stepviz.ui.shell import ShellLayout

TITLE = "What a screen reader hears"
SUMMARY = "The sentences that are announced while the run goes on, the newest below"
FLAT = "Loss is flat"
# A loss that goes on a little and rests again is told so seldom (s) within a run.
REST_AGAIN = 30.0


class Heard(QObject):
    """Looks at each whole frame for what a person would see happen, and announces it."""

    def __init__(self, shell: ShellLayout, lessons: Lessons) -> None:
        super().__init__(shell.main)
        self._shell, self._lessons, self._lab = shell, lessons, shell.lab
        self.announcer = Announcer(shell.main)
        self.dock = Dock("heard", TITLE, SUMMARY, shell.theme, enlarges=False, parent=shell.main)
        self.list = QListWidget()
        self.list.setAccessibleName(TITLE)
        self.list.setWordWrap(True)
        self.dock.setWidget(self.list)
        shell.main.addDockWidget(Qt.DockWidgetArea.BottomDockWidgetArea, self.dock)
        self.dock.hide()
        self._build_menu()
        self._whole: Frame | None = None
        self._run: tuple[int, bool] = (-1, False)
        self._stuck: int | None = None
        self._at_rest = False
        self._rest_again = 0.0
        self._stopped: object = None
        self._scene: tuple[object, ...] = ()
        self._told_index = self._lab.undo_stack.index()
        # After all others: the lesson has taken the frame by then.
        self._looking = single_shot(self, self._look_at_lesson)
        self.announcer.said.connect(self._write)
        self._lab.frame_shown.connect(self._follow)
        self._lab.undo_stack.indexChanged.connect(self._tell_change)
        # The stack empties itself when it goes, and is no more by the time it says so.
        shell.closing.connect(self._stop)

    def _build_menu(self) -> None:
        menus, tip = self._shell.menus, "Tell screen readers of switches, stuck units, a loss at rest, and answers"
        self.action = menus.add("View/hints", "A&nnounce what happens", tip, lambda: None)
        self.action.setCheckable(True)
        self.action.toggled.connect(self._turn)
        self.action.setChecked(self._shell.remembered.preferences.announce)
        self._turn(self.action.isChecked())
        menus.add_actions("View/hints", [self.dock.toggleViewAction()])

    def _turn(self, on: bool) -> None:
        self.announcer.silence(not on)
        self._shell.remembered.note(announce=on)

    def _write(self, text: str) -> None:
        self.list.addItem(text)
        while self.list.count() > MOST_KEPT:
            self.list.takeItem(0)
        self.list.scrollToBottom()

    def _stop(self) -> None:
        self._shell.closing.disconnect(self._stop)
        self._lab.undo_stack.indexChanged.disconnect(self._tell_change)

    # What happens

    def _tell_change(self, index: int) -> None:
        stack = self._lab.undo_stack
        text = f"Undo: {stack.text(index)}" if index < self._told_index else stack.text(index - 1)
        self._told_index = index
        # What was changed may well bring it to rest elsewhere.
        self._rest_again = 0.0
        if text:
            self.announcer.say("switch", text)

    def _follow(self, frame: Frame) -> None:
        self._looking.start()
        whole = frame.whole
        if whole is self._whole and frame.diverged is None:
            return
        self._whole = whole
        diverged = frame.diverged is not None
        run = (frame.generation, diverged)
        if run != self._run:
            if run[0] != self._run[0]:
                self._stuck, self._at_rest, self._stopped = None, False, whole.stopped
                self._rest_again = 0.0
            self._run = run
            if diverged:
                self.announcer.say("divergence", f"The run diverged at {frame.diverged}, and is paused")
        if whole.stopped is not None and whole.stopped is not self._stopped:
            self.announcer.say("stop", f"{whole.stopped}")
        self._stopped = whole.stopped
        self._tell_units(whole.reading(StuckUnits))
        self._tell_rest(whole.reading(Diagnosis))

    def _tell_units(self, units: StuckUnits | None) -> None:
        if units is None or units.stuck == self._stuck:
            return
        before, self._stuck = self._stuck, units.stuck
        if units.stuck:
            self.announcer.say("units", f"{units.stuck:,} of {units.total:,} hidden units are stuck")
        elif before:
            self.announcer.say("units", "No hidden unit is stuck any more")

    def _tell_rest(self, diagnosis: Diagnosis | None) -> None:
        if diagnosis is None:
            return
        at_rest = diagnosis.sentence.startswith(FLAT)
        now = time.monotonic()
        if at_rest and not self._at_rest and now >= self._rest_again:
            self._rest_again = now + REST_AGAIN
            self.announcer.say("loss", diagnosis.sentence.partition(". ")[0])
        self._at_rest = at_rest

    def _look_at_lesson(self) -> None:
        show = self._lessons.show
        player = show.player if show is not None else None
        if player is None:
            self._scene = ()
            return
        scene = (player.lesson.title, player.index)
        if self._scene[:2] != scene:
            self._scene = (*scene, None)
            count = len(player.lesson.scenes)
            self.announcer.say("scene", f"Scene {player.index + 1} of {count}: {player.scene.title}")
        if player.answer is not None and self._scene[2] != player.answer:
            self._scene = (*scene, player.answer)
            self.announcer.say("answer", answer_words(player))


def answer_words(player: Player) -> str:
    """Return what the measurement answered to the question of a scene, and whether that was expected."""
    question, answer = player.scene.question, player.answer
    assert question is not None
    assert answer is not None
    said = f"The answer is: {question.choices[answer].text}"
    if player.prediction is None:
        return said
    if player.prediction == answer:
        return f"{said}. That is what was expected"
    return f"{said}. Expected was: {question.choices[player.prediction].text}"
