"""The ledger of hidden units: a table that says of each its state, the cause, since when, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import ClassVar

from PySide6.QtCore import QModelIndex, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QAction, QFontMetricsF, QGuiApplication, QIcon, QKeySequence, QPainter, QPixmap, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QPushButton, QTableView, QVBoxLayout

from stepviz.export.columns import comma_separated
from stepviz.export.readings import ledger_table
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.stuck_units import (
    ACTIVE,
    ALL_STATES,
    FLAT,
    NO_SIGNAL,
    NOT_SEEN,
    ROUNDED_AWAY,
    SATURATED,
    STARVED,
    STATES,
    STUCK,
)
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.unit_ledger.model import (
    FATE,
    HEADERS,
    MOST_ROWS,
    REVIVED,
    SINCE,
    LedgerFilter,
    LedgerModel,
    Row,
    tab_separated,
)
from stepviz.ui.plotting.unit_grid import paint_cell
from stepviz.ui.text.number_format import text_points
from stepviz.ui.widgets.save_dialog import TABLE, ask_where
from stepviz.ui.widgets.save_or_report import write_or_say
from stepviz.ui.widgets.table_style import make_plain
from stepviz.ui.widgets.wheel import ComboBox

MARGIN = 6
CHOICES = (
    ("All states", frozenset[int]()),
    ("Stuck", frozenset(STUCK)),
    ("Flat", frozenset({FLAT})),
    ("Starved", frozenset({STARVED})),
    ("Saturated", frozenset({SATURATED})),
    ("Active", frozenset({ACTIVE})),
    ("No signal", frozenset({NO_SIGNAL})),
    ("Rounded away", frozenset({ROUNDED_AWAY})),
    ("Not seen", frozenset({NOT_SEEN})),
)
# What the widest entries of the columns look like, # for a step; the cause takes the rest.
SAMPLES = ("99", "999", "saturated", "#–#", "died #–#", "99")
FEWEST_DIGITS = 4
ROOM_FOR_COUNT = 420
# Where the cause has no room beside them these go, one after the other; the tip of a row has all.
FIRST_TO_GO, LEAST_CAUSE = (REVIVED, SINCE, FATE), "f'(z) of ReLU"


class UnitLedgerPanel(Panel):
    """One row per hidden unit; ``unit_chosen`` carries the layer and the unit (from 0) that was clicked.

    What to conclude: units born dead point to the start, units that died together to one large step, and units that
    are revived again and again are none to worry about.
    """

    instrument: ClassVar[Instrument] = INSTRUMENTS["unit_ledger"]

    unit_chosen = Signal(int, int)
    trace_wanted = Signal(int, int)

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.model = LedgerModel(self)
        self.filter = LedgerFilter(self.model)
        self.table = QTableView()
        self.text = QLineEdit()
        self.states = ComboBox()
        self.count = QLabel()
        self.export = QPushButton("Export…")
        self.empty = QLabel("One row per hidden unit appears here once the network has a hidden layer")
        self._frame: Frame | None = None
        self._digits, self._side = FEWEST_DIGITS, 0
        self._build_bar()
        self._build_table()
        self.empty.setWordWrap(True)
        self.empty.setAlignment(Qt.AlignmentFlag.AlignCenter)
        bar = QHBoxLayout()
        bar.setSpacing(6)
        for widget, stretch in ((self.text, 1), (self.states, 0), (self.count, 0), (self.export, 0)):
            bar.addWidget(widget, stretch)
        column = QVBoxLayout(self)
        column.setContentsMargins(*(MARGIN,) * 4)
        column.setSpacing(5)
        column.addLayout(bar)
        column.addWidget(self.table, 1)
        column.addWidget(self.empty, 1)
        self.table.hide()
        self.retheme()

    def _build_bar(self) -> None:
        self.text.setPlaceholderText("Filter: layer 2, born dead")
        self.text.setToolTip("Show the units whose entry has all of this; commas between: layer 2, born dead")
        self.text.setAccessibleName("Filter by words")
        self.text.setClearButtonEnabled(True)
        self.text.setMinimumWidth(60)
        self._offer_states(tuple(range(len(STATES))))
        self.states.setToolTip("Show the units in this state only")
        self.states.setAccessibleName("Filter by state")
        self.export.setToolTip("Write the whole ledger to a CSV file")
        self.export.setAccessibleName("Export the ledger as CSV")
        self.text.textChanged.connect(self._ask)
        self.states.currentIndexChanged.connect(self._ask)
        self.export.clicked.connect(self._export)

    def _offer_states(self, states: tuple[int, ...]) -> None:
        offered = [(label, codes) for label, codes in CHOICES if not codes or codes & set(states)]
        if self.states.count() != len(offered):
            self.states.clear()
            for label, codes in offered:
                self.states.addItem(label, codes)

    def _build_table(self) -> None:
        table = self.table
        table.setModel(self.filter)
        make_plain(table, "Ledger of hidden units")
        header = table.horizontalHeader()
        header.setStretchLastSection(True)
        header.setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        table.setSortingEnabled(True)
        table.sortByColumn(0, Qt.SortOrder.AscendingOrder)
        table.clicked.connect(self._clicked)
        table.activated.connect(self._choose)
        copy = QAction("Copy", table)
        copy.setShortcut(QKeySequence.StandardKey.Copy)
        copy.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        copy.setToolTip("Copy the selected rows (all that are shown, where none is selected) with tabs between cells")
        copy.triggered.connect(self.copy)
        table.addAction(copy)
        trace = QAction("Trace its gradient", table)
        trace.setShortcut(QKeySequence("T"))
        trace.setShortcutContext(Qt.ShortcutContext.WidgetWithChildrenShortcut)
        trace.setToolTip("Show the chain of factors that makes the gradient of the unit's largest weight (T)")
        trace.triggered.connect(self._trace)
        table.addAction(trace)
        table.setContextMenuPolicy(Qt.ContextMenuPolicy.ActionsContextMenu)

    # Frames

    def show_numbers(self, whole: Frame) -> None:
        """Show the newest entries."""
        before, self._frame = self._frame, whole
        if before is not None and before.ledger is whole.ledger and before.subject.key is whole.subject.key:
            return
        digits = max(FEWEST_DIGITS, len(str(whole.step)))
        if digits != self._digits:
            self._digits = digits
            self._fit_columns()
        self._offer_states(whole.subject.states)
        self.model.show_ledger(whole.ledger, whole.subject)
        has_units = bool(self.model.rows)
        self.table.setVisible(has_units)
        self.empty.setVisible(not has_units)
        self._show_count()

    def _show_count(self) -> None:
        total, shown = len(self.model.ledger.states), self.filter.rowCount()
        text = f"{shown:,} of {total:,} units" if shown != total else f"{total:,} units"
        if total > MOST_ROWS:
            text += f" (first {MOST_ROWS:,} listed)"
        self.count.setText(text)

    # What the person does

    def _ask(self) -> None:
        self.filter.ask(self.text.text(), self.states.currentData())
        self._show_count()

    def selected(self) -> list[Row]:
        """Return the rows that are selected, in the order shown; all that are shown where none is."""
        chosen = sorted(index.row() for index in self.table.selectionModel().selectedRows())
        rows = chosen or range(self.filter.rowCount())
        return [self.model.rows[self.filter.mapToSource(self.filter.index(row, 0)).row()] for row in rows]

    def copy(self) -> None:
        """Put the selected rows on the clipboard, tabs between the cells."""
        QGuiApplication.clipboard().setText(tab_separated(self.selected()))

    def _export(self) -> None:
        path = ask_where(self, "Export the unit ledger", Path.home() / "unit-ledger.csv", TABLE)
        if path is not None and self.write(path):
            self.lab.told.emit(f"The ledger is in {path}")

    def write(self, path: Path) -> bool:
        """Write the ledger to a CSV file, whole or not at all; False (and ``lab.refused``) where it cannot be."""
        if self.model.subject is None:
            return False
        content = comma_separated(ledger_table(self.model.ledger, self.model.subject)).encode()
        return write_or_say(path, content, self.lab.refused.emit)

    def _clicked(self, index: QModelIndex) -> None:
        # With a modifier rows are being selected, to be copied.
        if QGuiApplication.keyboardModifiers() == Qt.KeyboardModifier.NoModifier:
            self._choose(index)

    def _trace(self) -> None:
        index = self.table.currentIndex()
        if index.isValid():
            self.trace_wanted.emit(*self._place(index))

    def _choose(self, index: QModelIndex) -> None:
        self.unit_chosen.emit(*self._place(index))

    def _place(self, index: QModelIndex) -> tuple[int, int]:
        return self.model.ledger.place(self.filter.mapToSource(index).row())

    # Looks

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Fit the type to the size."""
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        own = font(text_points(9.5, self.width(), self.height()), tabular=True)
        metrics = QFontMetricsF(own)
        for widget in (self.table, self.text, self.states, self.count, self.export):
            widget.setFont(own)
        self.model.header_font = own
        self.empty.setFont(font(10))
        side = int(metrics.capHeight() * 1.6)
        self._side = side
        self._fit_columns()
        self.table.verticalHeader().setDefaultSectionSize(int(metrics.height() * 1.35) + 1)
        self.count.setVisible(self.width() >= ROOM_FOR_COUNT)
        ratio = self.devicePixelRatioF()
        self.table.setIconSize(QSize(side, side))
        self.model.show_chips([self._chip(state, side, ratio) for state in range(len(ALL_STATES))])

    def _fit_columns(self) -> None:
        metrics, widths = QFontMetricsF(self.table.font()), []
        for column in FIRST_TO_GO:
            # A column that is hidden has no width to ask for.
            self.table.setColumnHidden(column, False)
        for column, sample in enumerate(SAMPLES):
            text = sample.replace("#", self._digits * "0")
            # The header has an arrow beside its text.
            wide = max(metrics.horizontalAdvance(text), metrics.horizontalAdvance(HEADERS[column][0]) + 14) + 12
            self.table.setColumnWidth(column, int(wide) + (self._side + 6 if column == 2 else 0))
            widths.append(self.table.columnWidth(column))
        kept_free = 2 * MARGIN + self.table.verticalScrollBar().sizeHint().width()
        left = self.width() - kept_free - sum(widths) - metrics.horizontalAdvance(LEAST_CAUSE) - 12
        for column in FIRST_TO_GO:
            self.table.setColumnHidden(column, left < 0)
            left += widths[column] if left < 0 else 0

    def _chip(self, state: int, side: int, ratio: float) -> QIcon:
        chip = QPixmap(round(side * ratio), round(side * ratio))
        chip.setDevicePixelRatio(ratio)
        chip.fill(Qt.GlobalColor.transparent)
        painter = QPainter(chip)
        paint_cell(painter, QRectF(0, 0, side, side), state, side if state == ACTIVE else side / 3, self.theme.colours)
        painter.end()
        # The colour says the state in a selected row too: Qt would tint it.
        icon = QIcon(chip)
        icon.addPixmap(chip, QIcon.Mode.Selected)
        return icon

    def retheme(self) -> None:
        """Take the theme's colours."""
        colours = self.theme.colours
        self.empty.setStyleSheet(f"color: {colours.muted}")
        self.count.setStyleSheet(f"color: {colours.muted}")
        self.setStyleSheet(f"UnitLedgerPanel {{ background: {colours.surface}; }}")
        self._fit()
