"""A prepared class in the window: its text beside its instruments, Reset, and the way out."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QObject, Qt, QTimer
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QScrollArea, QVBoxLayout, QWidget

from stepviz.engine.common.errors import InputError
from stepviz.lessons.handout import SUFFIX, Handout, encode, prepared
from stepviz.runtime.commands import Pause, Play
from stepviz.ui.core.theme import font, scaled
from stepviz.ui.core.timers import single_shot
from stepviz.ui.docks.dock import Dock
from stepviz.ui.docks.tiling import plan
from stepviz.ui.handout.locks import Locks
from stepviz.ui.handout.prepare_dialog import PrepareDialog
from stepviz.ui.lessons.lessons import Lessons
from stepviz.ui.shell import ShellLayout
from stepviz.ui.widgets.save_dialog import ask_where
from stepviz.ui.widgets.save_or_report import write_or_say

SUMMARY = "A state that was prepared for a class"
WIDTH, LEAST, WIDEST = 340, 220, 0.34
KINDS = {"Prepared classes": SUFFIX}


class HandoutDock(Dock):
    """Shows title and text, and the buttons «Reset» and «Leave the class»."""

    def __init__(self, shell: ShellLayout) -> None:
        super().__init__("class", "Class", SUMMARY, shell.theme, enlarges=False, parent=shell.main)
        self.heading, self.text = QLabel(), QLabel()
        self.heading.setFont(font(14, bold=True))
        self.text.setFont(font(12))
        for label in (self.heading, self.text):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
            label.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        self.text.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
        self.reset, self.leave = QPushButton("Reset"), QPushButton("Leave the class")
        self.reset.setToolTip("Everything as it was handed out: settings, first weights, instruments")
        self.leave.setToolTip("Back to your own lab; nothing is locked then")
        page = QWidget()
        column = QVBoxLayout(page)
        column.addWidget(self.heading)
        column.addWidget(self.text, 1)
        sheet = QScrollArea()
        sheet.setWidgetResizable(True)
        sheet.setFrameShape(QScrollArea.Shape.NoFrame)
        sheet.setWidget(page)
        sheet.setAccessibleName("Text of the class")
        row = QHBoxLayout()
        row.setContentsMargins(10, 4, 10, 10)
        for button in (self.reset, self.leave):
            row.addWidget(button)
        whole = QWidget()
        below = QVBoxLayout(whole)
        below.setContentsMargins(0, 0, 0, 0)
        below.addWidget(sheet, 1)
        below.addLayout(row)
        self.setWidget(whole)
        self.setMinimumWidth(LEAST)


class HandoutShow(QObject):
    """Opens a prepared class in the window, and makes one of what the window shows.

    ``pause_offers`` is told whether a class is shown: nothing else is offered to try then.
    """

    def __init__(self, shell: ShellLayout, lessons: Lessons, pause_offers: Callable[[bool], object]) -> None:
        super().__init__(shell.main)
        self._lessons, self._pause_offers = lessons, pause_offers
        self._shell, self._window, self._lab = shell, shell.main, shell.lab
        self.handout: Handout | None = None
        self.locks = Locks(shell)
        self.dock = HandoutDock(shell)
        self.dock.hide()
        shell.main.tabifyDockWidget(shell.editor_dock, self.dock)
        self.dialog: PrepareDialog | None = None
        self._opened_at = 0
        self._ending = single_shot(self, self._end)
        self.dock.reset.clicked.connect(lambda _checked=False: self.reset())
        self.dock.leave.clicked.connect(lambda _checked=False: self.dock.close())
        self.dock.visibilityChanged.connect(lambda _visible: self._ending.start())
        shell.documents.handout_opened.connect(self.open)
        shell.documents.title_changed.connect(self._give_way_to_lesson)
        self._lab.undo_stack.indexChanged.connect(self._close_where_undone)
        self._lab.experiment_changed.connect(lambda _experiment: self.locks.look())
        shell.audience.changed.connect(self.locks.look)
        tip = "Hand this state out as one file: a text, what is seen, what is locked"
        self.action = shell.menus.add("File/class", "Prepare for a &class…", tip, self.ask)

    # Making one

    def ask(self) -> None:
        """Let the person say what is handed out, and write it."""
        shell, window = self._shell, self._window
        self.dialog = PrepareDialog(self._lab.experiment, shell.audience.in_view, shell.editor_dock.isVisible(), window)
        self.dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.dialog.accepted.connect(self._save)
        self.dialog.open()

    def _save(self) -> None:
        assert self.dialog is not None
        wanted, self.dialog = self.dialog.handout(), None
        suggestion = self._shell.documents.folder / f"class{SUFFIX}"
        if path := ask_where(self._window, "Save the prepared class", suggestion, KINDS):
            self.write(wanted, path)

    def write(self, handout: Handout, path: Path) -> None:
        """Write a handout, and say so."""
        try:
            content = encode(prepared(handout))
        except (InputError, OSError) as error:
            self._lab.refused.emit(str(error))
            return
        if write_or_say(path, content, self._lab.refused.emit, keep_previous=True):
            self._lab.told.emit(f"The class is in {path}: hand out this one file")

    # Showing one

    def open(self, handout: Handout) -> None:
        """Show a handout from its beginning."""
        shell = self._shell
        self.locks.put(())
        if not shell.layout_of_docks.lent:
            shell.layout_of_docks.lend()
        elif (lesson := self._lessons.show) is not None:
            lesson.dock.close()
        self.handout = handout
        self.dock.heading.setText(handout.title)
        self.dock.text.setText(handout.text)
        self.dock.show()
        self._begin(f"Open the class {handout.title}")
        self._opened_at = self._lab.undo_stack.index()

    def reset(self) -> None:
        """Put everything back as it was handed out."""
        if self.handout is not None:
            self.locks.put(())
            self._begin("Reset the class")

    def _begin(self, text: str) -> None:
        assert self.handout is not None
        handout, shell, window = self.handout, self._shell, self._window
        shell.layout_of_docks.restore()
        self._lab.change(handout.experiment, text, anew=True)
        shell.editor_dock.setVisible(handout.editor)
        size = window.size()
        width = min(scaled(WIDTH), round(WIDEST * size.width()))
        high = size.height() - shell.strip.height() - shell.status.height()
        planned = plan(handout.panels, (size.width() - width) / scaled(1000) * 1000, high / scaled(1000) * 1000)
        shell.layout_of_docks.arrange(self.dock, planned, width)
        self._lab.send(Play() if handout.plays else Pause())
        self.locks.put(handout.locked)
        self._pause_offers(True)

    # The way out

    def _close_where_undone(self, index: int) -> None:
        if self.handout is not None and index < self._opened_at:
            self.dock.close()

    def _give_way_to_lesson(self) -> None:
        if self.handout is not None and self._shell.documents.in_lesson:
            self.dock.close()

    def _end(self) -> None:
        shell, window = self._shell, self._window
        if self.handout is None or not self.dock.isHidden() or shell.layout_of_docks.enlarged is not None:
            return
        self.handout = None
        self.locks.put(())
        self._pause_offers(False)
        if not shell.documents.in_lesson:
            QTimer.singleShot(0, window, shell.layout_of_docks.give_back)
            if window.isVisible():
                shell.editor_dock.show()
