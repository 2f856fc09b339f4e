"""Opening the start page over the instruments: the run rests meanwhile, and goes on when the page goes."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QObject, QPoint, Signal
from PySide6.QtGui import QAction

from stepviz.engine.common.errors import InputError
from stepviz.runtime.commands import Pause, Play
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded_filter
from stepviz.ui.lessons.lessons import Lessons
from stepviz.ui.lessons.presenter import Presenter
from stepviz.ui.shell import ShellLayout

if TYPE_CHECKING:
    from stepviz.lessons.lesson import Card
    from stepviz.ui.start_page.page import StartPage

# After the last of them the window may have put docks in front.
_MOVES = (QEvent.Type.Resize, QEvent.Type.Move, QEvent.Type.Show, QEvent.Type.Hide, QEvent.Type.LayoutRequest)


class Start(QObject):
    """Keeps the one start page of a main window, made when it is first asked for.

    ``changed`` carries whether it is shown. ``left_behind`` is a session that a crash has left, None without one.
    """

    changed = Signal(bool)

    def __init__(self, shell: ShellLayout, lessons: Lessons, presenter: Presenter) -> None:
        super().__init__(shell.main)
        self._shell, self._window, self._lab = shell, shell.main, shell.lab
        self._lessons, self._curtain = lessons, presenter.curtain
        self.page: StartPage | None = None
        self.left_behind: Path | None = None
        self._goes_on = False
        shell.menus.add_actions("Lab/start", [shell.transport.home])
        shell.transport.home_wanted.connect(self.toggle)

    @property
    def showing(self) -> bool:
        """Return whether the page lies over the instruments."""
        return self.page is not None and not self.page.isHidden()

    def toggle(self) -> None:
        """Show the page, or take it away."""
        if self.showing:
            self.leave()
        else:
            self.open()

    def open(self) -> None:
        """Show the page; the run rests until it goes."""
        page = self.page = self.page or self._build()
        frame = self._lab.frame
        # Before the first frame the run is about to begin.
        self._goes_on = frame is None or frame.running
        self._lab.send(Pause())
        page.at_start.setChecked(self._shell.remembered.preferences.start_page)
        page.sheet.recovered.setVisible(self.left_behind is not None)
        self._show_run()
        page.show()
        self._place()
        page.sheet.show_lessons(self._shell.remembered.preferences.lessons_done)
        page.sheet.show_files(self._shell.remembered.preferences.recent)
        page.sheet.go_to(page.sheet.continued)
        self.changed.emit(True)

    def leave(self, *, go_on: bool = True) -> None:
        """Take the page away; the run goes on if it did before, unless told otherwise."""
        if not self.showing:
            return
        assert self.page is not None
        self.page.hide()
        self._window.setFocus()
        self.changed.emit(False)
        if go_on and self._goes_on:
            self._lab.send(Play())

    def _build(self) -> StartPage:
        from stepviz.ui.start_page.page import StartPage

        shell = self._shell
        page = StartPage(list(self._cards()), shell.theme, shell.main)
        # While the window is taken down Qt looks for another place for the focus, and must not ask this page then.
        shell.closing.connect(lambda: self.leave(go_on=False))
        page.back.clicked.connect(lambda _checked=False: self.leave())
        page.at_start.toggled.connect(lambda wanted: shell.remembered.note(start_page=wanted))
        sheet = page.sheet
        sheet.continued.clicked.connect(lambda _checked=False: self.leave())
        sheet.recovered.show_words("Go on after the crash", ["The program ended unexpectedly: its run was kept"])
        sheet.recovered.clicked.connect(lambda _checked=False: self._recover())
        sheet.free.clicked.connect(lambda _checked=False: self._begin_anew())
        sheet.open.clicked.connect(lambda _checked=False: shell.documents.ask_to_open())
        sheet.file_chosen.connect(shell.documents.open)
        sheet.chosen.connect(self._lessons.open)
        # Whatever puts something else in the lab is an answer, wherever it was chosen.
        self._lab.experiment_changed.connect(lambda _experiment: self.leave())
        # A session rests where it was left, also where its settings are those in force.
        shell.documents.opened.connect(lambda _path: self.leave(go_on=False))
        shell.transport.actionTriggered.connect(self._drive)
        shell.transport.time.valueChanged.connect(lambda _place: self.leave(go_on=False))
        for dock in (shell.editor_dock, *shell.panel_docks.values()):
            dock.toggleViewAction().triggered.connect(lambda _checked=False: self.leave())
        self._lab.frame_shown.connect(self._follow)
        for watched in (shell.main, shell.transport, shell.status):
            watched.installEventFilter(self)
        return page

    def _cards(self) -> Iterable[Card]:
        from stepviz.lessons.lesson_file import load_card
        from stepviz.lessons.library import shipped_lessons

        for folder in shipped_lessons():
            try:
                yield load_card(folder)
            except (InputError, OSError) as error:
                self._shell.notices.warn(str(error))

    # What is chosen

    def _recover(self) -> None:
        found, self.left_behind = self.left_behind, None
        self.leave()
        if found is not None:
            self._shell.documents.recover(found)

    def _begin_anew(self) -> None:
        shell = self._shell
        self.leave(go_on=False)
        if (lessons := self._lessons.show) is not None:
            lessons.dock.close()
        shell.documents.start_anew()
        shell.transport.set_speed(shell.remembered.preferences.speed)
        self._lab.send(Play())

    def _drive(self, action: QAction) -> None:
        # The run does what was pressed, and that is to be seen.
        if action is not self._shell.transport.home:
            self.leave(go_on=False)

    # What is shown

    def _follow(self, _frame: Frame) -> None:
        if self.showing:
            self._show_run()

    def _show_run(self) -> None:
        from stepviz.ui.start_page.words import run_words

        assert self.page is not None
        lessons = self._lessons.show
        words = run_words(self._lab.experiment, self._lab.frame, lessons.player if lessons is not None else None)
        tile = self.page.sheet.continued
        if words != tile.lines:
            taller = len(words) != len(tile.lines)
            tile.show_words("Continue where you stopped", words)
            if taller and self.showing:
                self.page.sheet.lay_out()

    def _place(self) -> None:
        """Lie over all between the transport (or the menus) and the status line, and below messages alone."""
        assert self.page is not None
        shell, window, bar = self._shell, self._window, self._shell.transport
        over = window.menuBar() if bar.isHidden() else bar
        top = over.geometry().bottom() + 1
        bottom = shell.status.mapTo(window, QPoint(0, 0)).y()
        self.page.setGeometry(0, top, window.width(), bottom - top)
        for widget in (self.page, shell.notices, self._curtain):
            widget.raise_()

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Stay in place when the window or its bars change their size."""
        if event.type() in _MOVES and self.showing:
            self._place()
        return False
