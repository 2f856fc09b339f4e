"""The file that is open: opening, saving, the recent ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from textwrap import shorten
from typing import TYPE_CHECKING

from msgspec.structs import replace
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog, QWidget

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import CsvColumns
from stepviz.engine.data.csv_source import same_numbers, with_content
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.setup.edits import with_data
from stepviz.engine.setup.experiment_file import encode, load
from stepviz.engine.setup.open_file import EXPERIMENT_SUFFIXES, SUFFIX, is_experiment, read_table, read_table_in_use
from stepviz.lessons.handout import SUFFIX as CLASS_SUFFIX
from stepviz.lessons.handout import Handout, load_handout
from stepviz.runtime.commands import Resume, SaveSession
from stepviz.runtime.course import Course
from stepviz.runtime.session import Session
from stepviz.runtime.session_file import SUFFIX as SESSION_SUFFIX
from stepviz.runtime.session_file import load_session
from stepviz.ui.core.lab import Lab
from stepviz.ui.documents.autosave import set_aside
from stepviz.ui.widgets.background_reader import FileReader
from stepviz.ui.widgets.save_dialog import ask_where
from stepviz.ui.widgets.save_or_report import write_or_say

if TYPE_CHECKING:
    from stepviz.ui.table_wizard.table_wizard import TableWizard

# What a file can hold.
Content = Experiment | Session | Handout | tuple[CsvColumns, DataSettings]

RECORDING_SUFFIX = ".stepviz-run"
_KINDS = (*EXPERIMENT_SUFFIXES, SESSION_SUFFIX, CLASS_SUFFIX, RECORDING_SUFFIX)
_PATTERNS = " ".join(f"*{suffix}" for suffix in _KINDS)
OPEN_FILTERS = f"Experiments, sessions, recordings and tables ({_PATTERNS} *.csv *.tsv *.txt);;All files (*)"
CSV_FILTERS = "Tables (*.csv *.tsv *.txt);;All files (*)"
SHOWN_OF_A_COPY = 90
SESSIONS = {"Sessions": SESSION_SUFFIX}
EXPERIMENTS = {"Experiments": SUFFIX}


class Documents(QObject):
    """Opens and saves experiments; a CSV becomes the data of the experiment in force, as the person chooses from it.

    ``wizard`` is the dialog that asks, while it is open.

    ``path`` is the experiment file that «Save» writes to, or None. ``opened`` carries the path that was opened or
    saved, ``failed`` the reason why not, ``handout_opened`` a prepared class; after ``title_changed`` ask for
    ``title`` and ``modified``.
    """

    opened = Signal(str)
    failed = Signal(str)
    title_changed = Signal()
    panels_wanted = Signal(object)
    handout_opened = Signal(object)
    recording_wanted = Signal(object)

    def __init__(self, lab: Lab, parent: QWidget) -> None:
        super().__init__(parent)
        self._lab, self._window = lab, parent
        self.path: Path | None = None
        # What is shown and is no file to save the experiment to: a session's file, and before it a lesson.
        self._session = ""
        self._lesson = ""
        self._recovering: Path | None = None
        self.wizard: TableWizard | None = None
        self._reader = FileReader(self)
        self._reader.read.connect(self._take)
        self._reader.failed.connect(self._set_recovery_aside)
        self._reader.failed.connect(self.failed)
        self._saved = lab.experiment
        lab.experiment_changed.connect(self._retitle)

    @property
    def title(self) -> str:
        """Return the name of what is open, with the place of Qt's mark for changes that are not saved."""
        data = self._lab.experiment.data
        table = Path(data.path).name if data.name == "csv" else ""
        name = self._lesson or self._session or (self.path.name if self.path else table) or "untitled"
        # Doubled it is no mark of Qt's, should a name hold one.
        return f"{name.replace('[*]', '[*][*]')}[*] – stepviz"

    @property
    def in_lesson(self) -> bool:
        """Return whether a lesson is shown."""
        return bool(self._lesson)

    def name_lesson(self, title: str) -> None:
        """Take note of the lesson that is shown; empty: none any more."""
        self._lesson = title
        self.title_changed.emit()

    def name_session(self, path: Path) -> None:
        """Take note of the file from which the session was read, or to which it was written."""
        self._session, self._saved = path.name, self._lab.experiment
        self.title_changed.emit()

    def _name(self, path: Path | None) -> None:
        self.path, self._session = path, ""
        self._saved = self._lab.experiment

    @property
    def modified(self) -> bool:
        """Return whether there are settings that the open file does not have."""
        return self._lab.experiment != self._saved

    def _retitle(self) -> None:
        self.title_changed.emit()

    # Opening

    def open(self, path: str | Path) -> None:
        """Read a file and put what it holds in force; ``opened`` or ``failed`` follows."""
        path = Path(path)
        if path.suffix.lower() == RECORDING_SUFFIX:
            self.recording_wanted.emit(path)
        elif self._reader.busy:
            self.failed.emit(f"{path.name}: another file is still being read")
        else:
            self._reader.start(path, partial(_read, path, self._lab.experiment.data))

    def choose_columns(self) -> None:
        """Let the person choose anew from the CSV in use."""
        if self._lab.experiment.data.name != "csv":
            self.failed.emit("The data are no CSV file")
        elif not self._reader.busy:
            data = self._lab.experiment.data
            self._reader.start(Path(data.path), partial(read_table_in_use, data))

    def _take(self, path: Path, found: Content) -> None:
        if isinstance(found, tuple):
            self._ask_what_to_learn(path, *found)
        elif isinstance(found, Session):
            if path == self._recovering:
                self._recovering = None
                self.resume(found, "Go on after a crash")
                path.unlink(missing_ok=True)
            else:
                self.go_on(found, path)
        elif isinstance(found, Handout):
            self.handout_opened.emit(found)
            self.opened.emit(str(path.absolute()))
        elif self._lab.change(found, f"Open {path.name}", anew=True):
            self._name(path.absolute())
            self.opened.emit(str(path.absolute()))
            self.title_changed.emit()

    def _ask_what_to_learn(self, path: Path, columns: CsvColumns, settings: DataSettings) -> None:
        from stepviz.ui.table_wizard.table_wizard import TableWizard

        if self.wizard is not None:
            self.wizard.reject()
        wizard = self.wizard = TableWizard(columns, settings, self._window)
        wizard.accepted.connect(lambda: self._learn(path, wizard))
        wizard.finished.connect(self._forget_wizard)
        wizard.open()

    def _forget_wizard(self) -> None:
        if self.wizard is not None:
            self.wizard.deleteLater()
            self.wizard = None

    def _learn(self, path: Path, wizard: TableWizard) -> None:
        before = self._lab.experiment
        opened = before.data.name != "csv" or Path(before.data.path).name != path.name
        try:
            experiment = with_data(before, wizard.settings, wizard.dataset)
        except InputError as error:
            self.failed.emit(str(error))
            return
        anew = not same_numbers(before.data, wizard.settings)
        if self._lab.change(experiment, f"Open {path.name}" if opened else "Choose columns", anew=anew):
            if wizard.choice.has_file:
                self.opened.emit(str(path.absolute()))
            self.title_changed.emit()

    def recover(self, path: Path) -> None:
        """Go on from what a crash left behind; the file is not needed after that."""
        self._recovering = path
        self.open(path)

    def _set_recovery_aside(self) -> None:
        if self._recovering is not None:
            set_aside(self._recovering)
            self._recovering = None

    def resume(self, session: Session, text: str) -> None:
        """Go on from a session, and show the instruments that were in view."""
        self._lab.replace_run(session.moment.setup.experiment, text, lambda leave: Resume(session, leave))
        if session.panels:
            self.panels_wanted.emit(session.panels)
        self.title_changed.emit()

    def go_on(self, session: Session, path: Path) -> None:
        """Go on from a session that was read from ``path``."""
        self.resume(session, f"Open {path.name}")
        self.name_session(path)
        self.opened.emit(str(path.absolute()))

    def adopt_session(self, session: Session, path: Path) -> None:
        """Take note that the run was read from the session at ``path`` before the window was there."""
        if session.panels:
            self.panels_wanted.emit(session.panels)
        self.name_session(path)
        self.opened.emit(str(path.absolute()))

    def adopt(self, path: Path) -> None:
        """Take note that the experiment in force was read from ``path`` before the window was there."""
        if self._lab.experiment.data.path != str(path.absolute()):
            self._name(path.absolute())
        self.opened.emit(str(path.absolute()))
        self.title_changed.emit()

    def wait(self) -> None:
        """Wait for a file that is being read."""
        self._reader.wait()

    def ask_to_open(self) -> None:
        """Let the person choose a file to open."""
        self._choose("Open an experiment or a table", OPEN_FILTERS)

    def ask_for_csv(self) -> None:
        """Let the person choose a CSV."""
        self._choose("Open a table (CSV)", CSV_FILTERS)

    def _choose(self, title: str, filters: str) -> None:
        name, _ = QFileDialog.getOpenFileName(self._window, title, str(self.folder), filters)
        if name:
            self.open(name)

    # Saving

    def start_anew(self) -> None:
        """Put the default settings in force; undoable with the run."""
        self._lab.change(Experiment(), "New experiment", anew=True)
        self._name(None)
        self.title_changed.emit()

    def save(self) -> None:
        """Write to the open file; ask for one where none is open."""
        if self.path is None:
            self.save_as()
        else:
            self.write(self.path)

    def save_as(self) -> None:
        """Let the person choose where to write to."""
        suggestion = self.path or self.folder / f"experiment{SUFFIX}"
        if path := ask_where(self._window, "Save the experiment", suggestion, EXPERIMENTS, EXPERIMENT_SUFFIXES):
            self.write(path)

    def write(self, path: Path) -> None:
        """Write the experiment to ``path``; ``opened`` or ``failed`` follows."""
        if not write_or_say(path, encode(self._lab.experiment), self.failed.emit, keep_previous=True):
            return
        self._name(path.absolute())
        self.opened.emit(str(self.path))
        self._lab.told.emit(f"The experiment is in {path}")
        self.title_changed.emit()

    def save_session(self, panels: Sequence[str]) -> None:
        """Let the person choose where to write the session to: settings, weights and history."""
        if path := ask_where(self._window, "Save the session", self.folder / f"session{SESSION_SUFFIX}", SESSIONS):
            self._lab.send(SaveSession(path, tuple(panels)))

    def put_data_inside(self) -> None:
        """Make the CSV in use a part of the experiment, with all its columns; undoable."""
        experiment = self._lab.experiment
        if experiment.data.name != "csv" or experiment.data.content:
            inside = "inside the experiment already" if experiment.data.content else "no CSV file"
            self.failed.emit(f"The data are {inside}")
            return
        try:
            data = with_content(experiment.data)
        except InputError as error:
            self.failed.emit(str(error))
            return
        self._lab.change(replace(experiment, data=data), "Put the CSV inside the experiment")

    def copy_as(self, text: Callable[[Course, int], str]) -> None:
        """Put the run as text on the clipboard: settings, steps done so far, and what was changed on the way."""
        frame = self._lab.frame.whole if self._lab.frame is not None else None
        course = None if frame is None else frame.course
        copied = text(course or Course(self._lab.experiment), max(1, frame.step if frame is not None else 0))
        QGuiApplication.clipboard().setText(copied)
        self._lab.told.emit(f"Copied: {shorten(copied, SHOWN_OF_A_COPY, placeholder=' …')}")

    @property
    def folder(self) -> Path:
        """Return where files are looked for and written to: beside the open one."""
        return self.path.parent if self.path else Path.home()


def _read(path: Path, data: DataSettings) -> Content:
    if path.suffix.lower() == SESSION_SUFFIX:
        return load_session(path)
    if path.suffix.lower() == CLASS_SUFFIX:
        return load_handout(path)
    return load(path) if is_experiment(path) else read_table(data, path)
