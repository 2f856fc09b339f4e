"""Films from the question to the file: one at a time; the run pauses meanwhile."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from PySide6.QtWidgets import QDialog, QWidget

from stepviz.engine.common.errors import InputError
from stepviz.runtime.frame import Frame
from stepviz.ui.shell import Shell
from stepviz.ui.widgets.save_dialog import ask_where
from stepviz.ui.widgets.save_or_report import not_written

if TYPE_CHECKING:
    from stepviz.ui.film.plan import FilmPlan
    from stepviz.ui.film.plan_dialog import PlanDialog
    from stepviz.ui.film.progress_dialog import ProgressDialog
    from stepviz.ui.film.recording import Recording


class Films(QObject):
    """Asks what is to be recorded and where to, and shows how far it is. ``recording`` is the film under way.

    What makes films is imported when the first one is asked for.
    """

    def __init__(self, shell: Shell) -> None:
        super().__init__(shell.main)
        self._shell, self._window = shell, shell.main
        self.recording: Recording | None = None
        self.dialog: PlanDialog | None = None
        self.progress: ProgressDialog | None = None
        tip = "Write a GIF or an MP4 of the run, the same number of steps a picture"
        shell.menus.add("File/record", "Recor&d a film…", tip, self.ask)
        for dock in shell.panel_docks.values():
            dock.take_away.film_wanted.connect(self.ask)
        shell.closing.connect(self._close)
        shell.run_failed.connect(lambda: self._cancel("an error stopped the run"))

    def ask(self, what: str = "") -> None:
        """Let the person plan a film of an instrument, or of the window where none is named."""
        if self.recording is not None or self.dialog is not None:
            return
        from stepviz.ui.film.plan import WINDOW
        from stepviz.ui.film.plan_dialog import PlanDialog

        docks = self._shell.panel_docks
        shown = {name: dock.panel for name, dock in docks.items() if dock.seen and dock.panel is not None}
        frame = self._shell.lab.frame
        choices: dict[str, tuple[str, QWidget]] = {WINDOW: ("The window", self._window)}
        choices |= {name: (panel.instrument.title, panel) for name, panel in shown.items()}
        # A film «from here» begins at the step that the dialog names: the run rests until there is an answer.
        self._shell.pauser.begin(self)
        here = frame.step if frame is not None and not frame.running else None
        self.dialog = PlanDialog(choices, what or WINDOW, here, self._window)
        self.dialog.finished.connect(self._take_answer)
        self._shell.lab.frame_shown.connect(self._name_step)
        self.dialog.open()

    def _name_step(self, frame: Frame) -> None:
        if self.dialog is not None and not frame.running:
            self.dialog.name_step(frame.step)

    def _take_answer(self, answer: int) -> None:
        dialog, self.dialog = self.dialog, None
        # While the file is asked for, a second Return reaches the dialog that is hidden already.
        if dialog is None:
            return
        self._shell.lab.frame_shown.disconnect(self._name_step)
        plan = dialog.plan
        dialog.deleteLater()
        if answer == QDialog.DialogCode.Accepted:
            self._ask_for_file(plan)
        self._shell.pauser.end(self, go_on=self.recording is None)

    def _ask_for_file(self, plan: FilmPlan) -> None:
        suggestion, kind = Path.home() / f"{plan.what}{plan.suffix}", {plan.suffix[1:].upper(): plan.suffix}
        if path := ask_where(self._window, "Save the film", suggestion, kind):
            self.record(plan, path)

    def record(self, plan: FilmPlan, path: Path) -> None:
        """Make a film, where none is being made; what keeps it from being made is said."""
        if self.recording is not None:
            return
        from stepviz.ui.film.plan import WINDOW
        from stepviz.ui.film.progress_dialog import ProgressDialog
        from stepviz.ui.film.recording import Recording

        widget = self._window if plan.what == WINDOW else self._shell.panel_docks[plan.what].panel
        assert widget is not None
        # They would change the size of what is filmed when they come and go.
        self._shell.notices.hold()
        try:
            self.recording = Recording(self._shell.lab, widget, plan, path, self)
        except (InputError, OSError) as error:
            words = not_written(path, error) if isinstance(error, OSError) else error
            self._shell.notices.release()
            self._shell.notices.warn(str(words))
            return
        self.progress = ProgressDialog(path.name, self._window)
        self.progress.rejected.connect(self._cancel)
        self.recording.progressed.connect(self.progress.show_progress)
        self.recording.ended.connect(self._end)
        self.progress.open()

    def _cancel(self, why: str = "") -> None:
        if self.recording is not None:
            self.recording.cancel(why)

    def _end(self, made: bool, words: str) -> None:
        assert self.progress is not None
        assert self.recording is not None
        self.progress.deleteLater()
        self.progress.hide()
        self.recording.deleteLater()
        self.progress = self.recording = None
        self._shell.notices.release()
        (self._shell.notices.tell if made else self._shell.notices.warn)(words)

    def _close(self) -> None:
        if self.dialog is not None:
            self.dialog.reject()
        if self.recording is not None:
            self.recording.cancel()
            self.recording.wait()
            if self.progress is not None:
                self.progress.hide()
