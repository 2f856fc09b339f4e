"""The window of a race: what it is about above, losses and table at the left, a card for each lane at the right."""

from __future__ import annotations

import sys
import time

from PySide6.QtCore import QCoreApplication, QEvent, QObject, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QKeyEvent
from PySide6.QtWidgets import (
    QAbstractButton,
    QAbstractItemView,
    QApplication,
    QComboBox,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QSizePolicy,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import DATASETS
from stepviz.runtime.race_frame import RaceFrame
from stepviz.runtime.race_run import RaceRun
from stepviz.runtime.race_worker import RaceCommand, RaceWorker
from stepviz.ui.core.frame_clock import AFTER_PAINTING
from stepviz.ui.core.guarded import guarded, guarded_filter
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, scaled
from stepviz.ui.core.timers import single_shot
from stepviz.ui.race.chooser import Chooser
from stepviz.ui.race.lane_cards import LaneCards
from stepviz.ui.race.lane_table import LaneTable
from stepviz.ui.race.loss_curves import LossCurves
from stepviz.ui.race.promotion import promote
from stepviz.ui.race.race_bar import RaceBar, keyed
from stepviz.ui.race.race_export import RaceExport

PERIOD_MS = 33
# A race of more seeds than this is lined up once their box rests so long: 256 take a quarter of a second.
SEEDS_AT_ONCE, SETTLE_MS = 32, 250
TEXT_PERIOD = 0.25
MOST_NAMES = 4
_PAINTED = QEvent.Type(QEvent.registerEventType())


class RaceWindow(QWidget):
    """Lines up, drives and shows one race after the other. ``closed`` is emitted when nothing runs any more."""

    closed = Signal()

    def __init__(self, lab: Lab, theme: Theme, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Window)
        self.lab, self.theme = lab, theme
        self.setObjectName("race_window")
        # As in the main window: no method in Python between Qt and what it paints.
        self.installEventFilter(self)
        self.setWindowTitle("Race – stepviz")
        self.frame: RaceFrame | None = None
        self.worker: RaceWorker | None = None
        self._texts_at = 0.0
        self.chooser = Chooser()
        self.curves, self.cards, self.table = LossCurves(theme), LaneCards(theme), LaneTable(theme)
        self.bar = RaceBar(theme, self._send)
        self.promotion = keyed(
            "Take to the lab", "Give the main lab the selected lane: settings, and weights as they are now; undoable",
            "Ctrl+Return", self._promote, self,
        )  # fmt: skip
        self.hiding = keyed("Hide", "Hide the selected lane, or show it again", "H", self._hide, self)
        self.showing = keyed("Show all", "Show all lanes", "Shift+H", self.table.lanes.show_all, self)
        self.notes, self.complaint = QLabel(), QLabel()
        self.take_away = RaceExport(self, lambda: self.frame, self.curves, self.cards)
        self.take_away.said.connect(self.notes.setText)
        self.take_away.failed.connect(self._complain)
        self._build()
        self._connect()
        self._settling = single_shot(self, self.line_up, SETTLE_MS)
        self._timer = QTimer(self)
        self._timer.setInterval(PERIOD_MS)
        self._timer.timeout.connect(self._tick)
        self.retheme()

    def _build(self) -> None:
        self.complaint.setAccessibleName("What is wrong")
        for label in (self.notes, self.complaint):
            label.setTextFormat(Qt.TextFormat.PlainText)
            label.setWordWrap(True)
        under = QHBoxLayout()
        under.setSpacing(6)
        for action in (self.promotion, self.hiding, self.showing):
            push = QPushButton(action.text())
            push.setToolTip(action.toolTip())
            push.setFocusPolicy(Qt.FocusPolicy.TabFocus)
            push.clicked.connect(action.trigger)
            action.enabledChanged.connect(push.setEnabled)
            under.addWidget(push)
        under.addWidget(self.take_away.button)
        under.addWidget(self.notes, 1)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.addWidget(self.table, 1)
        column.addLayout(under)
        self.left = QSplitter(Qt.Orientation.Vertical)
        self.left.addWidget(self.curves)
        self.left.addWidget(lower)
        self.halves = QSplitter(Qt.Orientation.Horizontal)
        self.halves.addWidget(self.left)
        self.halves.addWidget(self.cards)
        for splitter in (self.left, self.halves):
            splitter.setChildrenCollapsible(False)
            splitter.setHandleWidth(7)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(10, 8, 10, 8)
        whole.setSpacing(6)
        whole.addWidget(self.chooser)
        whole.addWidget(self.bar)
        whole.addWidget(self.complaint)
        whole.addWidget(self.halves, 1)
        self.complaint.hide()
        self.notes.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def _connect(self) -> None:
        self.chooser.changed.connect(self._line_up_soon)
        self.table.lane_chosen.connect(lambda _lane: self._show_lanes())
        self.table.lanes.shown_changed.connect(self._show_lanes)
        self.cards.lane_chosen.connect(self.table.choose)
        self.curves.lane_chosen.connect(self.table.choose)
        self.theme.changed.connect(self.retheme)

    # The race

    def _line_up_soon(self) -> None:
        """Line the race up at once; one of many seeds when its box has come to rest, for each takes its time."""
        if self.chooser.seeds.value() > SEEDS_AT_ONCE:
            self._settling.start()
        else:
            self.line_up()

    def line_up(self) -> bool:
        """Put the chosen race at step 0, from the lab's present settings; False (and why) where it cannot be."""
        self._settling.stop()
        base = self.lab.experiment
        self.chooser.suit(self._has_classes())
        try:
            race = self.chooser.race(base)
            run = RaceRun(race, self.chooser.steps.value(), self.chooser.target())
        except (InputError, OSError) as error:
            self._complain(str(error))
            return False
        self._complain("")
        self.setWindowTitle(f"Race on {DATASETS[base.data.name].label} – stepviz")
        self._stop_worker()
        self.worker = RaceWorker(run)
        self.bar.send_speed()
        self.worker.start()
        self.table.choose(None)
        self._timer.start()
        return True

    def open(self) -> None:
        """Show the window with a race at step 0."""
        if self.worker is None:
            self.line_up()
        self.show()
        self.raise_()
        self.activateWindow()
        self.bar.play_button.setFocus()

    def _has_classes(self) -> bool:
        frame, data = self.lab.frame, self.lab.experiment.data
        if frame is not None and frame.experiment.data == data:
            return frame.setup.dataset.task == "classification"
        return DATASETS[data.name].task == "classification"

    def _send(self, command: RaceCommand) -> None:
        if self._settling.isActive():
            self.line_up()
        if self.worker is not None:
            self.worker.send(command)

    def _stop_worker(self) -> None:
        self._settling.stop()
        self._timer.stop()
        if self.worker is not None:
            self.worker.stop()
            self.worker = None
        self.frame = None
        self.bar.take(None)

    def _promote(self) -> None:
        number = self.table.chosen()
        if number is None or self.frame is None:
            return
        lane = self.frame.lanes[number]
        if promote(self.lab, lane, self.frame.step):
            self._complain("")
            self.notes.setText(f"The lab has {lane.label} now; undo there takes it back")
        else:
            self._complain(f"{lane.label} has diverged: its weights are not finite")

    def _hide(self) -> None:
        lane = self.table.chosen()
        if lane is not None:
            self.table.lanes.toggle(lane)

    # What is shown

    def _tick(self) -> None:
        if self.worker is None:
            return
        frame, failure = self.worker.collect()
        if failure is not None:
            self._complain(f"The race was paused by an error of the program: {failure.message}")
            sys.stderr.write(failure.details)
        if frame is None:
            return
        self.worker.gate.clear()
        try:
            self.show_frame(frame)
        finally:
            QCoreApplication.postEvent(self, QEvent(_PAINTED), AFTER_PAINTING)

    @guarded_filter
    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # Qt's name
        """Let the race go on once its frame is painted; leave Space to a button that was reached by keyboard."""
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            by_keyboard = self.testAttribute(Qt.WidgetAttribute.WA_KeyboardFocusChange)
            presses = isinstance(QApplication.focusWidget(), QAbstractButton | QComboBox | QAbstractItemView)
            if presses and by_keyboard and event.key() == Qt.Key.Key_Space:
                event.accept()
                return True
        if event.type() == _PAINTED:
            if self.worker is not None:
                self.worker.gate.set()
            return True
        return False

    def show_frame(self, frame: RaceFrame) -> None:
        """Show a frame; texts follow four times a second while the race runs."""
        before, self.frame = self.frame, frame
        self.bar.take(frame)
        first = before is None or len(before.lanes) != len(frame.lanes)
        started = before is None or before.running != frame.running
        now = time.monotonic()
        if not frame.running or started or first or now - self._texts_at > TEXT_PERIOD:
            self._texts_at = now
            self.table.lanes.show_race(frame)
            self._show_texts(frame)
            if first:
                self.share_room()
            if first or not frame.running:
                self.table.fit()
        self._show_lanes()

    def _show_lanes(self) -> None:
        chosen, shown = self.table.chosen(), self.table.lanes.shown
        self.promotion.setEnabled(chosen is not None)
        self.hiding.setEnabled(chosen is not None)
        self.showing.setEnabled(bool(self.table.lanes.hidden))
        if self.frame is not None:
            shown = [number for number in shown if number < len(self.frame.lanes)]
            self.curves.show_race(self.frame, shown, chosen)
            self.cards.show_race(self.frame, shown, chosen)

    def _show_texts(self, frame: RaceFrame) -> None:
        self.bar.show_texts(frame)
        self.notes.setText(notes_text(frame))
        self.notes.setToolTip(notes_text(frame))

    def _complain(self, text: str) -> None:
        self.complaint.setText(text)
        self.complaint.setVisible(bool(text))

    def retheme(self) -> None:
        """Take the theme's colours."""
        self.complaint.setStyleSheet(f"color: {self.theme.colours.zero}; font-weight: 600;")
        if self.frame is not None:
            self.table.lanes.show_race(self.frame)
            self._show_lanes()
        self.update()

    # Opening and closing

    def share_room(self) -> None:
        """Give the table the height of its rows, the rest to the losses; nearly half of the width to the cards."""
        width, height = self.halves.width(), self.halves.height()
        self.halves.setSizes([width * 53 // 100, width - width * 53 // 100])
        rows = self.table.verticalHeader().defaultSectionSize() * max(2, len(self.table.lanes.rows))
        wanted = rows + self.table.horizontalHeader().sizeHint().height() + scaled(46)
        lower = min(wanted, height * 55 // 100)
        self.left.setSizes([height - lower, lower])

    def sizeHint(self) -> QSize:  # Qt's name
        """Return the size of a small projector."""
        return QSize(1366, 768)

    @guarded
    def closeEvent(self, event: QCloseEvent) -> None:  # Qt's name
        """Stop the race, then close."""
        self._stop_worker()
        event.accept()
        self.closed.emit()


def notes_text(frame: RaceFrame) -> str:
    """Return in words what the lanes have in common, and which ones do not have it."""
    groups: dict[tuple[str, ...], list[str]] = {}
    for lane in frame.lanes:
        groups.setdefault(lane.notes, []).append(lane.label)
    same = groups.pop((), [])
    seeds = "" if frame.race.seeds == 1 else f", {frame.race.seeds} seeds each"
    if len(same) == len(frame.lanes):
        return f"All lanes: the same first weights, the same batches{seeds}"
    parts = []
    for notes, names in groups.items():
        who = ", ".join(names) if len(names) <= MOST_NAMES else f"{len(names)} of {len(frame.lanes)} lanes"
        parts.append(f"* {who}: {'; '.join(notes)}")
    return ". ".join(parts) + seeds
