"""The table of lanes: where each stands, sortable by any column, with a tick that shows or hides it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QColor, QResizeEvent
from PySide6.QtWidgets import QAbstractItemView, QStyledItemDelegate, QStyleOptionViewItem, QTableView

from stepviz.engine.common.number_format import measured_text, share_text, step_text
from stepviz.runtime.race_frame import LaneFrame, RaceFrame, quartiles
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.race.lane_colours import chip
from stepviz.ui.widgets.flat_table_model import RIGHT, FlatTableModel, Index, header_of
from stepviz.ui.widgets.table_style import make_plain

LEAST_NAME = 100
# The widest of usual losses, without and with their quartiles.
WIDEST = ("0.0000", "0.0000 (0.000–0.000)")
NAME, FINAL, BEST, TRAIN, TEST, STEPS, STUCK, FAILED = range(8)
HEADERS = (
    ("Lane", "Tick: show the lane. * : it has not the start or the batches of the others, see the notes"),
    ("Loss", "Training loss now: median over the seeds, in brackets the quartiles"),
    ("Best", "The least training loss so far, at the steps where it was measured: median over the seeds"),
    (
        "Accuracy",
        "Training examples answered rightly, or ± the typical error in your units: median over the seeds",
    ),
    ("Test", "The same of test examples: median over the seeds"),
    ("To target", "The first measured step at the target: median over the seeds"),
    ("Stuck", "Share of hidden units whose gradient is exactly 0: median over the seeds"),
    ("Failed", "Share of runs that diverged; once the race is over also of those that were never at the target"),
)


class Row(NamedTuple):
    """The texts of a lane by column, and the numbers that order them."""

    texts: tuple[str, ...]
    keys: tuple[float, ...]


class LaneModel(FlatTableModel):
    """One row per lane, in the order asked for. ``shown_changed`` is emitted when a lane was shown or hidden."""

    shown_changed = Signal()

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.rows: list[Row] = []
        self.order: list[int] = []
        self.hidden: set[int] = set()
        self._sorted_by = (NAME, Qt.SortOrder.AscendingOrder)
        self._notes: Sequence[tuple[str, ...]] = ()
        # Whether the losses have quartiles.
        self.banded = False

    @property
    def shown(self) -> list[int]:
        """Return the lanes that are not hidden, by number."""
        return [number for number in range(len(self.rows)) if number not in self.hidden]

    def show_race(self, frame: RaceFrame) -> None:
        """Show another frame; another number of lanes shows all of them."""
        rows = [row_of(lane, number, frame.race.seeds, over=frame.done) for number, lane in enumerate(frame.lanes)]
        self._notes = [lane.notes for lane in frame.lanes]
        self.banded = frame.race.seeds > 1
        if len(rows) != len(self.rows):
            self.beginResetModel()
            self.rows, self.hidden = rows, set()
            self.order = self._in_order()
            self.endResetModel()
            return
        self.rows = rows
        self._reorder()
        self.touch()

    def show_all(self) -> None:
        """Hide no lane."""
        self.hidden.clear()
        self._tell_shown()

    def toggle(self, lane: int) -> None:
        """Hide a lane, or show it again."""
        self.hidden ^= {lane}
        self._tell_shown()

    def _tell_shown(self) -> None:
        self.dataChanged.emit(self.index(0, NAME), self.index(len(self.rows) - 1, NAME))
        self.shown_changed.emit()

    # The order

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column, now and in frames to come."""
        self._sorted_by = (column, order)
        self._reorder()

    def _in_order(self) -> list[int]:
        column, direction = self._sorted_by
        down = direction == Qt.SortOrder.DescendingOrder
        known = [number for number, row in enumerate(self.rows) if not math.isnan(row.keys[column])]
        unknown = [number for number in range(len(self.rows)) if number not in known]
        return sorted(known, key=lambda number: self.rows[number].keys[column], reverse=down) + unknown

    def _reorder(self) -> None:
        order = self._in_order()
        if order == self.order:
            return
        self.layoutAboutToBeChanged.emit()
        before, self.order = self.order, order
        self.follow_order(before, order)
        self.layoutChanged.emit()

    # What Qt asks

    def row_total(self) -> int:
        """Return the number of lanes."""
        return len(self.rows)

    def column_total(self) -> int:
        """Return the number of columns."""
        return len(HEADERS)

    def cell(self, row: int, column: int, role: int) -> Any:
        """Return what Qt asks of a cell."""
        lane = self.order[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return self.rows[lane].texts[column]
        if role == Qt.ItemDataRole.TextAlignmentRole and column != NAME:
            return RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return "\n".join((self.rows[lane].texts[NAME], *self._notes[lane]))
        if column == NAME:
            if role == Qt.ItemDataRole.CheckStateRole:
                return Qt.CheckState.Unchecked if lane in self.hidden else Qt.CheckState.Checked
            if role == Qt.ItemDataRole.DecorationRole:
                return chip(self._theme.colours, lane)
            if role == Qt.ItemDataRole.FontRole:
                return font(10, bold=True)
        if role == Qt.ItemDataRole.ForegroundRole:
            if lane in self.hidden:
                return QColor(self._theme.colours.muted)
            if column == STUCK and self.rows[lane].keys[STUCK] > 0:
                return QColor(self._theme.colours.zero)
        return None

    def setData(self, index: Index, value: Any, role: int = Qt.ItemDataRole.EditRole) -> bool:  # Qt's name
        """Show or hide a lane by its tick."""
        if role != Qt.ItemDataRole.CheckStateRole or index.column() != NAME:
            return False
        lane = self.order[index.row()]
        if (Qt.CheckState(value) == Qt.CheckState.Unchecked) != (lane in self.hidden):
            self.toggle(lane)
        return True

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return what can be done with a cell."""
        usual = Qt.ItemFlag.ItemIsEnabled | Qt.ItemFlag.ItemIsSelectable
        return usual | Qt.ItemFlag.ItemIsUserCheckable if index.column() == NAME else usual

    def heading(self, column: int, role: int) -> Any:
        """Return what Qt asks of a header."""
        if role == Qt.ItemDataRole.TextAlignmentRole and column != NAME:
            return RIGHT
        return header_of(HEADERS, column, role)


class _Name(QStyledItemDelegate):
    """Cuts a name off in its middle: names of several settings often differ at both ends alone."""

    def initStyleOption(self, option: QStyleOptionViewItem, index: Index) -> None:  # Qt's name
        super().initStyleOption(option, index)
        option.textElideMode = Qt.TextElideMode.ElideMiddle


class LaneTable(QTableView):
    """Shows the model. ``lane_chosen`` carries the lane that is selected (from 0), None where none is."""

    lane_chosen = Signal(object)

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.lanes = LaneModel(theme)
        self.setModel(self.lanes)
        make_plain(self, "Table of the lanes")
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        header = self.horizontalHeader()
        header.setMinimumSectionSize(scaled(46))
        self._delegate = _Name(self)
        self.setItemDelegateForColumn(NAME, self._delegate)
        self.setSortingEnabled(True)
        self.sortByColumn(NAME, Qt.SortOrder.AscendingOrder)
        self.selectionModel().selectionChanged.connect(lambda _new, _old: self.lane_chosen.emit(self.chosen()))

    def chosen(self) -> int | None:
        """Return the lane that is selected."""
        rows = self.selectionModel().selectedRows()
        return self.lanes.order[rows[0].row()] if rows else None

    def choose(self, lane: int | None) -> None:
        """Select a lane; the selected one, or None, ends the selection."""
        if lane is None or lane == self.chosen():
            self.clearSelection()
        else:
            self.selectRow(self.lanes.order.index(lane))

    def fit(self) -> None:
        """Give the columns the room that their texts need; the names take what is left, cut off where it is little."""
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.45))
        self.resizeColumnsToContents()
        header = self.horizontalHeader()
        # Losses take more figures as they fall, and columns that widen on the way would jump.
        widest = self.fontMetrics().horizontalAdvance(WIDEST[self.lanes.banded]) + scaled(14)
        header.resizeSection(FINAL, max(header.sectionSize(FINAL), widest))
        others = sum(header.sectionSize(column) for column in range(NAME + 1, len(HEADERS)))
        left = self.viewport().width() - others
        header.resizeSection(NAME, max(min(header.sectionSize(NAME), scaled(LEAST_NAME)), left))

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Share the width anew."""
        super().resizeEvent(event)
        self.fit()


def row_of(lane: LaneFrame, number: int, seeds: int, *, over: bool) -> Row:
    """Return a lane's texts and the numbers that order them; what is not known comes last.

    ``over``: whether the race is, and what is not at the target will not be.
    """
    reading = lane.reading
    low, middle, high = lane.final_loss
    best = float(quartiles(lane.best_loss)[1])
    errors = lane.typical_errors
    train, test = errors or (lane.median(reading.train_accuracy), lane.median(reading.test_accuracy))
    how_well = _share if errors is None else _error
    stuck, steps = lane.median(reading.stuck_share), lane.steps_to_target
    failed = lane.failed_share if over else float(lane.diverged.mean())
    loss = _loss(middle)
    if seeds > 1 and math.isfinite(high):
        loss += f" ({measured_text(low, 2)}–{measured_text(high, 2)})"
    texts = (
        lane.name,
        loss,
        _loss(best),
        how_well(train),
        how_well(test),
        step_text(steps) if math.isfinite(steps) else "–",
        "–" if math.isnan(stuck) else share_text(stuck),
        share_text(failed),
    )
    return Row(texts, (float(number), middle, best, train, test, steps, stuck, failed))


def _loss(value: float) -> str:
    return measured_text(value) if math.isfinite(value) else "diverged"


def _error(value: float) -> str:
    return f"±{measured_text(value)}" if math.isfinite(value) else "–"


def _share(value: float) -> str:
    return "–" if math.isnan(value) else f"{value:.1%}".replace("%", " %")
