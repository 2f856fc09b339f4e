"""The window of studies: the list and a form at the left; what it asks, the run and its results at the right."""

from __future__ import annotations

import sys
import traceback
from dataclasses import replace

from PySide6.QtCore import QSize, Qt, QTimer, QUrl, Signal
from PySide6.QtGui import QCloseEvent, QDesktopServices, QGuiApplication, QResizeEvent
from PySide6.QtWidgets import QLabel, QListWidget, QSizePolicy, QSplitter, QStackedWidget, QVBoxLayout, QWidget

from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.setup.experiment_file import encode
from stepviz.engine.setup.open_file import SUFFIX
from stepviz.studies.order import Order, as_command
from stepviz.studies.run import Outcome, StudyCancelledError
from stepviz.studies.running import RunningStudy
from stepviz.studies.study import Study
from stepviz.studies.study_table import STUDIES
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.plotting.svg_to_png import write_png_files
from stepviz.ui.studies.folder import ResultFolder
from stepviz.ui.studies.form import Form
from stepviz.ui.studies.results import Results
from stepviz.ui.studies.run_bar import RunBar
from stepviz.ui.studies.words import ending_text, standing_text
from stepviz.ui.widgets.save_or_report import not_written

PERIOD_MS = 100
EXPECTED = (InputError, OSError, StudyCancelledError, MemoryError)
LEFT_SHARE, LEAST_LEFT, MOST_LEFT = 0.34, 300, 460


class StudiesWindow(QWidget):
    """Runs one study at a time, and keeps what came out of each. ``started`` and ``ended`` say when one runs."""

    started = Signal()
    ended = Signal()

    def __init__(self, lab: Lab, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.lab, self.theme = lab, theme
        self.setObjectName("studies_window")
        self.setWindowTitle("Studies – stepviz")
        self.running: RunningStudy | None = None
        self.outcomes: dict[str, tuple[Order, Outcome]] = {}
        self.forms: dict[str, Form] = {}
        self.list, self.pages, self.folder = QListWidget(), QStackedWidget(), ResultFolder()
        self.title, self.asks, self.paper = QLabel(), QLabel(), QLabel()
        self.bar = RunBar(theme, self.run, self.cancel)
        self.results = Results(theme)
        self.opening = self.results.add_button("&Open folder", "Show the files in the desktop's own window", self._open)
        self.copying = self.results.add_button(
            "Copy as co&mmand", "Put the «stepviz study» line that writes the same files on the clipboard", self._copy
        )
        self.copy_table = self.results.add_button(
            "Copy &table", "Put the rows that are selected, or all, on the clipboard for a spreadsheet (Ctrl+C)",
            self.results.table.copy,
        )  # fmt: skip
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._tick)
        self._build()
        self.list.currentRowChanged.connect(lambda _row: self._show_study())
        self.list.setCurrentRow(0)
        theme.changed.connect(self.retheme)
        self.retheme()

    def _build(self) -> None:
        self.list.setAccessibleName("Studies")
        self.list.setWordWrap(True)
        self.list.setSpacing(2)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        for study in STUDIES.values():
            self.list.addItem(study.title)
            self.list.item(self.list.count() - 1).setToolTip(f"{study.key}: {study.paper}")
        for label, name in ((self.title, "Study"), (self.asks, "What it asks"), (self.paper, "Source")):
            label.setWordWrap(True)
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setAccessibleName(name)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.left = QSplitter(Qt.Orientation.Vertical)
        lower, right = QWidget(), QWidget()
        under = QVBoxLayout(lower)
        under.setContentsMargins(0, 2, 0, 0)
        under.addWidget(self.pages, 1)
        under.addWidget(self.folder)
        self.left.addWidget(self.list)
        self.left.addWidget(lower)
        column = QVBoxLayout(right)
        column.setContentsMargins(4, 0, 0, 0)
        column.setSpacing(5)
        for widget in (self.title, self.asks, self.paper, self.bar):
            column.addWidget(widget)
        column.addWidget(self.results, 1)
        self.halves = QSplitter(Qt.Orientation.Horizontal)
        self.halves.addWidget(self.left)
        self.halves.addWidget(right)
        self.halves.setStretchFactor(1, 1)
        for splitter in (self.left, self.halves):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(7)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 8, 10, 8)
        whole.addWidget(self.halves)

    # The study that is chosen

    @property
    def study(self) -> Study:
        """Return the study that is chosen."""
        return list(STUDIES.values())[max(0, self.list.currentRow())]

    @property
    def form(self) -> Form:
        """Return its form."""
        return self.forms[self.study.key]

    def choose(self, key: str) -> None:
        """Choose a study."""
        self.list.setCurrentRow(list(STUDIES).index(key))

    def _show_study(self) -> None:
        study = self.study
        if study.key not in self.forms:
            form = self.forms[study.key] = Form(study, self.theme)
            form.edited.connect(self._show_state)
            self.pages.addWidget(form)
        self.pages.setCurrentWidget(self.form)
        self.title.setText(study.title)
        self.asks.setText(study.asks)
        self.paper.setText(f"Source: {study.paper}")
        if study.key in self.outcomes:
            self.results.show_outcome(*self.outcomes[study.key])
        else:
            self.results.clear()
        self._show_state()

    def _show_state(self) -> None:
        self.bar.show_state(running=self.running is not None)
        shown = self.results.order
        self.opening.setEnabled(shown is not None)
        self.copy_table.setEnabled(shown is not None)
        self.results.say_changed(changed=shown is not None and not self.form.orders(shown))

    def order(self) -> Order:
        """Return what the form orders; the lab's present settings are written where no file of settings is named.

        Raises InputError for what is not allowed, OSError where that cannot be written.
        """
        order = self.form.order(self.folder.path(self.study.key))
        setting = self.form.lab_setting
        if setting is None:
            return order
        path = order.output / f"{order.study}-{setting.name}{SUFFIX}"
        write_whole(path, encode(self.lab.experiment))
        return replace(order, values={**order.values, setting.name: (str(path),)})

    # The run

    def run(self) -> None:
        """Run what is ordered; what keeps it from being run is said."""
        if self.running is not None:
            return
        self.form.forgive()
        try:
            order = self.order()
        except (InputError, OSError) as error:
            self._refuse(error)
            return
        # Pictures of files, not of the window: they may be painted in any thread, and take a quarter of a second each.
        self.running = RunningStudy(order, write_png_files)
        self.bar.show_standing(None)
        self._timer.start()
        self.started.emit()
        self._tick()
        self._show_state()

    def cancel(self) -> None:
        """Let the study that runs end at once."""
        if self.running is not None:
            self.running.cancel()

    def _tick(self) -> None:
        running = self.running
        if running is None:
            return
        # In this order: once there is a result, the standing is the last one.
        result, standing = running.result, running.standing
        self.bar.show_standing(standing)
        if result is None:
            self.bar.say(f"{standing_text(running.order, standing, running.seconds)}. The lab's run rests meanwhile.")
            return
        self._end()
        order = running.order
        self.bar.say(ending_text(order, standing, result), wrong=not isinstance(result, Outcome | StudyCancelledError))
        if isinstance(result, Outcome):
            self._take(order, result)
        elif not isinstance(result, EXPECTED):
            sys.stderr.writelines(traceback.format_exception(result))
        if isinstance(result, InputError | OSError):
            self._complain(order.study, result)
        self._show_state()

    def _take(self, order: Order, outcome: Outcome) -> None:
        self.outcomes[order.study] = (order, outcome)
        if self.study.key == order.study:
            self.results.show_outcome(order, outcome)

    def _end(self) -> None:
        self._timer.stop()
        if self.running is not None:
            self.running.stop()
            self.running = None
            self.ended.emit()

    def _refuse(self, error: InputError | OSError) -> None:
        if not self._complain(self.study.key, error):
            words = not_written(error.filename, error) if isinstance(error, OSError) else str(error)
            self.bar.say(words, wrong=True)

    def _complain(self, study: str, error: InputError | OSError) -> bool:
        """Say in the form of a study what is wrong with one of its fields; False where it is not about any."""
        found = self.forms[study].complain(error)
        if found:
            self.bar.say(f"{study}: see the field in the form", wrong=True)
        return found

    # What can be done with the results

    def _open(self) -> None:
        if self.results.order is not None:
            folder = self.results.order.output
            if not QDesktopServices.openUrl(QUrl.fromLocalFile(str(folder))):
                self.bar.say(f"The files are in {folder}")

    def _copy(self) -> None:
        """Put the command that does what the form orders on the clipboard."""
        try:
            order = self.order()
        except (InputError, OSError) as error:
            self._refuse(error)
            return
        QGuiApplication.clipboard().setText(as_command(order, with_output=self.folder.chosen))
        if self.form.lab_setting is not None and not self.folder.chosen:
            self.bar.say("Copied. It reads the lab's settings from the temporary folder: name a folder to keep them")
        elif self.running is None:
            self.bar.say("Copied: the command writes the same files")

    # Opening and closing

    def open(self) -> None:
        """Show the window."""
        self.show()
        self.raise_()
        self.activateWindow()
        self.list.setFocus()

    def retheme(self) -> None:
        """Take the theme's colours, and the size of its type."""
        self.title.setFont(font(13, bold=True))
        self.asks.setFont(font(10.5))
        self.paper.setFont(font(9.5))
        self.paper.setStyleSheet(f"color: {self.theme.colours.muted};")
        if self.isVisible():
            self.share_room()

    def share_room(self) -> None:
        """Give the list the height of its entries, the form the rest; the results have most of the width."""
        width = self.halves.width()
        left = min(max(scaled(LEAST_LEFT), round(LEFT_SHARE * width)), scaled(MOST_LEFT), width // 2)
        self.halves.setSizes([left, width - left])
        rows = sum(self.list.sizeHintForRow(row) + 2 * self.list.spacing() for row in range(self.list.count()))
        rows += 2 * self.list.frameWidth() + 4
        height = self.left.height()
        upper = min(rows, height * 2 // 5)
        self.left.setSizes([upper, height - upper])

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Share the room anew."""
        super().resizeEvent(event)
        self.share_room()
        self.results.share_room()

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size of a small projector."""
        return QSize(1366, 768)

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Cancel the study that runs, wait for the end of its processes, then close."""
        if self.running is not None:
            self.cancel()
            order, standing = self.running.order, self.running.standing
            self._end()
            self.bar.say(ending_text(order, standing, StudyCancelledError()))
            self._show_state()
        event.accept()

    def forget(self) -> None:
        """Remove what is kept for the time of the program."""
        self.folder.forget()
