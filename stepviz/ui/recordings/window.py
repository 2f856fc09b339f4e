"""The window of a recording: the instruments that a foreign training has a meaning for, and its time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QAction, QCloseEvent, QDragEnterEvent, QDropEvent, QKeySequence
from PySide6.QtWidgets import (
    QFileDialog,
    QHBoxLayout,
    QLabel,
    QMainWindow,
    QPlainTextEdit,
    QSizePolicy,
    QSplitter,
    QTabWidget,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.common.number_format import measured_text, step_text
from stepviz.engine.settings.experiment import Experiment
from stepviz.recordings.recorded_subject import RecordedSubject
from stepviz.runtime.commands import Pause, Play
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Failure, Mailbox
from stepviz.runtime.run_source import RunSource
from stepviz.ui.bars.time_slider import TimeSlider
from stepviz.ui.core.frame_clock import FrameClock
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.panel_class import panel_class
from stepviz.ui.recordings.surface_view import SurfaceView

SHOWN = ("loss", "gradient_flow", "stuck_units", "unit_ledger", "diagnosis")


class RecordingWindow(QMainWindow):
    """Shows the frames of a source that is no lab. ``opened`` carries another recording that a person chose."""

    opened = Signal(object)
    closed = Signal()

    def __init__(self, source: RunSource, mailbox: Mailbox, path: Path | None, theme: Theme) -> None:
        super().__init__()
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose, False)
        self.setAcceptDrops(True)
        self.theme, self.path = theme, path
        self._source = source
        # Its settings are those of no run: nothing that is shown here asks for them.
        self.lab = Lab(Experiment(), source.send)
        self.clock = FrameClock(self.lab, mailbox, source.gate, source.wanted)
        source.notify = self.clock.wake
        self.clock.news_came.connect(self._take_news)
        self.panels: dict[str, Panel] = {key: panel_class(key)(self.lab, theme) for key in SHOWN}
        self.about, self.state, self.complaint = QLabel(), QLabel(), QLabel()
        self.slider = TimeSlider(self.lab)
        self.follow = QToolButton()
        self.notes = QPlainTextEdit()
        self.surface = SurfaceView(theme)
        self._surface_of: tuple[int, int] = (-1, -1)
        self.tabs = {name: QTabWidget() for name in ("units", "words")}
        self._frame: Frame | None = None
        self._build()
        self._build_menu()
        self.lab.frame_shown.connect(self._show)
        theme.changed.connect(self._retheme)
        self._retheme()
        name = "standard input" if path is None else path.name
        self.setWindowTitle(f"{name} – stepviz recording")

    # What it is made of

    def _build(self) -> None:
        self.follow.setText("Follow")
        self.follow.setCheckable(True)
        self.follow.setChecked(True)
        self.follow.setToolTip("Show the newest step as the recording grows (Space)")
        self.follow.setShortcut(QKeySequence("Space"))
        self.follow.toggled.connect(lambda on: self.lab.send(Play() if on else Pause()))
        self.slider.valueChanged.connect(self._look_back)
        self.notes.setReadOnly(True)
        self.notes.setAccessibleName("Notes of the recording")
        for label in (self.about, self.state, self.complaint):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.complaint.setWordWrap(True)
        self.complaint.hide()
        self.about.setAccessibleName("What was trained")
        self.state.setAccessibleName("Where the recording is")
        self.state.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        bar = QHBoxLayout()
        bar.addWidget(self.follow)
        bar.addWidget(self.slider, 1)
        texts = QHBoxLayout()
        texts.addWidget(self.about, 3)
        texts.addWidget(self.state, 2)
        self.tabs["units"].addTab(self.panels["stuck_units"], "Units")
        self.tabs["units"].addTab(self.panels["unit_ledger"], "Unit ledger")
        self.tabs["words"].addTab(self.panels["diagnosis"], "Diagnosis")
        self.tabs["words"].addTab(self.notes, "Notes")
        self.tabs["words"].addTab(self.surface, "Loss surface")
        for tabs in self.tabs.values():
            tabs.setDocumentMode(True)
            tabs.currentChanged.connect(lambda _index: self._feed())
        whole = QVBoxLayout()
        whole.setContentsMargins(8, 6, 8, 6)
        whole.setSpacing(6)
        whole.addLayout(texts)
        whole.addLayout(bar)
        whole.addWidget(self.complaint)
        whole.addWidget(self._areas(), 1)
        middle = QWidget()
        middle.setLayout(whole)
        self.setCentralWidget(middle)

    def _areas(self) -> QSplitter:
        left, right = QSplitter(Qt.Orientation.Vertical), QSplitter(Qt.Orientation.Vertical)
        left.addWidget(self.panels["loss"])
        left.addWidget(self.panels["gradient_flow"])
        right.addWidget(self.tabs["units"])
        right.addWidget(self.tabs["words"])
        halves = QSplitter(Qt.Orientation.Horizontal)
        halves.addWidget(left)
        halves.addWidget(right)
        for splitter, sizes in ((left, [45, 55]), (right, [60, 40]), (halves, [50, 50])):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(7)
            splitter.setSizes([20 * size for size in sizes])
        return halves

    def _build_menu(self) -> None:
        menu = self.menuBar().addMenu("&File")
        for text, keys, does in (
            ("&Open recording…", QKeySequence(QKeySequence.StandardKey.Open), self.ask_to_open),
            ("Save a &picture…", QKeySequence("Ctrl+E"), self.ask_for_picture),
            ("&Close", QKeySequence(QKeySequence.StandardKey.Close), self.close),
        ):
            action = QAction(text, self)
            action.setShortcut(keys)
            action.triggered.connect(lambda _checked=False, does=does: does())
            menu.addAction(action)

    # Frames

    def start(self) -> None:
        """Show the window and begin to follow."""
        self.show()
        self._source.start()
        self.clock.start()

    def _show(self, frame: Frame) -> None:
        self._frame = frame
        self._feed()
        self.slider.show_frame(frame)
        subject = frame.recorded
        if isinstance(subject, RecordedSubject):
            self._show_texts(frame, subject)

    def _feed(self) -> None:
        if self._frame is not None:
            for panel in self.panels.values():
                if panel.isVisible():
                    panel.show_frame(self._frame)

    def _show_texts(self, frame: Frame, subject: RecordedSubject) -> None:
        head = subject.head
        parts = [head.model, f"{len(head.layers):,} layers", f"{head.units:,} units", head.optimizer, head.framework]
        self.about.setText(", ".join(part for part in parts if part))
        self.about.setToolTip(self.about.text())
        past = f"step {step_text(frame.step)} of {step_text(frame.last_step)}"
        state = [past, "the recording has ended" if subject.ended else "growing"]
        if subject.share == subject.share:
            state.append(f"watching took {measured_text(100 * subject.share, 2)} %")
        self.state.setText(", ".join(state))
        surface = subject.surface
        if surface is not None and (surface.step, surface.values.size) != self._surface_of:
            self._surface_of = surface.step, surface.values.size
            self.surface.show_surface(surface.step, surface.values, surface.normalisation)
        notes = "\n\n".join([*(f"Step {mark.step:,}: {mark.text}" for mark in frame.history.marks), *subject.notes])
        if notes != self.notes.toPlainText():
            self.notes.setPlainText(notes)

    def _look_back(self) -> None:
        if self.follow.isChecked():
            blocked = self.follow.blockSignals(True)
            self.follow.setChecked(False)
            self.follow.blockSignals(blocked)

    def _take_news(self, news: object) -> None:
        if isinstance(news, Failure):
            self.complain(news.message)

    def complain(self, message: str) -> None:
        """Say what went wrong above the panels."""
        self.complaint.setText(message)
        self.complaint.show()

    # What a person does

    def ask_to_open(self) -> None:
        """Ask for another recording."""
        folder = str(self.path.parent) if self.path is not None else ""
        name, _ = QFileDialog.getOpenFileName(self, "Open recording", folder, "Recordings (*.stepviz-run)")
        if name:
            self.opened.emit(Path(name))

    def ask_for_picture(self) -> None:
        """Ask for a file, and write what the window shows into it."""
        name, _ = QFileDialog.getSaveFileName(self, "Save a picture", "recording.png", "Pictures (*.png)")
        if name and not self.grab().save(name):
            self.complain(f"{name} was not written")

    @guarded
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # Qt's name
        """Take one local file."""
        urls = event.mimeData().urls()
        if len(urls) == 1 and urls[0].isLocalFile():
            event.acceptProposedAction()

    @guarded
    def dropEvent(self, event: QDropEvent) -> None:  # Qt's name
        """Open the file in a window of its own."""
        event.acceptProposedAction()
        self.opened.emit(Path(event.mimeData().urls()[0].toLocalFile()))

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Stop the clock, then the source, and wait for it."""
        self.clock.stop()
        self._source.stop()
        self.closed.emit()
        event.accept()

    def _retheme(self) -> None:
        colours = self.theme.colours
        self.about.setStyleSheet(f"color: {colours.text}; font-weight: bold")
        self.state.setStyleSheet(f"color: {colours.muted}")
        self.complaint.setStyleSheet(f"color: {colours.test}")
