"""The table of a study on screen: a measured number and its interval in one cell, closed forms marked, sortable."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QTableView

from stepviz.engine.common.number_format import number_text, step_text
from stepviz.export.columns import Table
from stepviz.studies.study import Study
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.widgets.flat_table_model import RIGHT, FlatTableModel
from stepviz.ui.widgets.table_style import make_plain

LOW, HIGH = "_low", "_high"
DIGITS = 3
# Words stand at the left, numbers at the right: apart from each other where one follows the other.
INDENT = "\u2002"


@dataclass(frozen=True, slots=True)
class Column:
    """What stands in one column: ``values``, with the ends of their ``spread`` where they have any."""

    name: str
    values: Sequence[Any]
    low: Sequence[Any] = ()
    high: Sequence[Any] = ()
    spread: str = ""
    closed_form: bool = False

    @property
    def header(self) -> str:
        """Return its name for the screen."""
        return self.name.replace("_", " ")

    def text(self, row: int) -> str:
        """Return the text of a cell: «0.883 (0.880–0.886)»."""
        text = cell_text(self.values[row])
        if self.low and self.values[row] is not None:
            # A dash before a minus would be read as two.
            to = " to " if self.high[row] < 0 else "–"
            text += f" ({cell_text(self.low[row])}{to}{cell_text(self.high[row])})"
        return text

    def in_full(self, row: int) -> str:
        """Return the numbers of a cell with all their digits."""
        if self.values[row] is None:
            return "there is no such number here"
        return f"{self.values[row]} ({self.low[row]} to {self.high[row]})" if self.low else str(self.values[row])


def columns_of(table: Table, study: Study) -> list[Column]:
    """Return the columns for the screen: ``…_low`` and ``…_high`` are the ends of the number that stands before."""
    found: list[Column] = []
    columns = {name: list(values) for name, values in table.columns.items()}
    for name, values in columns.items():
        if name.endswith(LOW) and found:
            before = found.pop()
            high = columns[name.removesuffix(LOW) + HIGH]
            spread = "quartiles" if before.name in study.quartiles else "95 % interval"
            found.append(Column(before.name, before.values, values, high, spread, before.closed_form))
        elif not name.endswith(HIGH):
            found.append(Column(name, values, closed_form=name in study.closed_forms))
    return found


def spread_text(columns: Sequence[Column]) -> str:
    """Return what stands in brackets: «In brackets: the quartiles; of diverged share the 95 % interval.»."""
    named: dict[str, list[str]] = {}
    for column in columns:
        if column.low:
            named.setdefault(column.spread, []).append(column.header)
    if not named:
        return ""
    first, *others = named
    parts = [f"the {first}", *(f"of {', '.join(named[spread])} the {spread}" for spread in others)]
    return f"In brackets: {'; '.join(parts)}."


def cell_text(value: Any) -> str:
    """Return a value for the screen; a dash where there is no such number."""
    if value is None:
        return "–"
    if isinstance(value, str):
        return value
    if isinstance(value, int):
        return step_text(value)
    return number_text(value, DIGITS)


def order_key(value: Any) -> tuple[int, float, str]:
    """Return what orders values: numbers (written ones too), then words, then what there is not."""
    if value is None or value != value:
        return (2, 0.0, "")
    try:
        return (0, float(value), "")
    except ValueError:
        return (1, 0.0, str(value))


class ResultModel(FlatTableModel):
    """One row per row of the study's table, in the order asked for."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self._theme = theme
        self.columns: list[Column] = []
        self.order: list[int] = []
        self._table = Table({})

    def show_table(self, study: Study, table: Table) -> None:
        """Show another table, in its own order."""
        self.beginResetModel()
        self._table = table
        self.columns = columns_of(table, study)
        self.order = list(range(len(table)))
        self.endResetModel()

    def sort(self, column: int, order: Qt.SortOrder = Qt.SortOrder.AscendingOrder) -> None:
        """Order the rows by a column; -1: as the study gives them."""
        self.layoutAboutToBeChanged.emit()
        before, self.order = self.order, list(range(len(self._table)))
        if 0 <= column < len(self.columns):
            values = self.columns[column].values
            there = [row for row in self.order if order_key(values[row])[0] < 2]
            missing = [row for row in self.order if order_key(values[row])[0] == 2]
            there.sort(key=lambda row: order_key(values[row]), reverse=order == Qt.SortOrder.DescendingOrder)
            self.order = there + missing
        self.follow_order(before, self.order)
        self.layoutChanged.emit()

    def as_text(self, rows: Sequence[int]) -> str:
        """Return rows (places on screen) as a spreadsheet takes them: all columns of the file, numbers in full."""
        lines = ["\t".join(self._table.columns)]
        for place in rows:
            cells = (values[self.order[place]] for values in self._table.columns.values())
            lines.append("\t".join("" if cell is None else str(cell) for cell in cells))
        return "\n".join(lines) + "\n"

    # What Qt asks

    def row_total(self) -> int:
        """Return the number of rows."""
        return len(self.order)

    def column_total(self) -> int:
        """Return the number of columns."""
        return len(self.columns)

    def cell(self, row: int, column: int, role: int) -> Any:
        """Return what Qt asks of a cell."""
        found, place = self.columns[column], self.order[row]
        if role == Qt.ItemDataRole.DisplayRole:
            return INDENT * isinstance(found.values[place], str) + found.text(place)
        if role == Qt.ItemDataRole.TextAlignmentRole and not isinstance(found.values[place], str):
            return RIGHT
        if role == Qt.ItemDataRole.ToolTipRole:
            return f"{self._tip(found)}\n{found.in_full(place)}"
        return self._look(found, role)

    def heading(self, column: int, role: int) -> Any:
        """Return what Qt asks of a header."""
        found = self.columns[column]
        words = isinstance(next(iter(found.values), 0), str)
        if role == Qt.ItemDataRole.DisplayRole:
            return INDENT * words + found.header
        if role == Qt.ItemDataRole.ToolTipRole:
            return self._tip(found)
        if role == Qt.ItemDataRole.TextAlignmentRole and not words:
            return RIGHT
        return self._look(found, role)

    def _look(self, column: Column, role: int) -> Any:
        if column.closed_form and role == Qt.ItemDataRole.ForegroundRole:
            return QColor(self._theme.colours.accent)
        if column.closed_form and role == Qt.ItemDataRole.FontRole:
            slanted = font(10, tabular=True)
            slanted.setItalic(True)
            return slanted
        return None

    def _tip(self, column: Column) -> str:
        if column.closed_form:
            return f"{column.header}: computed from a formula, not measured"
        return f"{column.header}, in brackets the {column.spread}" if column.low else column.header


class ResultTable(QTableView):
    """Shows the model; Ctrl+C copies the rows that are selected, or all."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.results = ResultModel(theme)
        self.setModel(self.results)
        make_plain(self, "Table of the results")
        self.horizontalHeader().setDefaultAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
        self.horizontalHeader().setMinimumSectionSize(scaled(48))

    def show_table(self, study: Study, table: Table) -> None:
        """Show another table, in the study's own order."""
        self.setSortingEnabled(False)
        self.results.show_table(study, table)
        self.horizontalHeader().setSortIndicator(-1, Qt.SortOrder.AscendingOrder)
        self.setSortingEnabled(True)
        self.fit()

    def fit(self) -> None:
        """Give the columns the room that their texts need."""
        self.setFont(font(10, tabular=True))
        self.verticalHeader().setDefaultSectionSize(round(self.fontMetrics().height() * 1.45))
        self.resizeColumnsToContents()

    def copy(self) -> None:
        """Put the rows that are selected, or all, on the clipboard."""
        rows = sorted(index.row() for index in self.selectionModel().selectedRows())
        QGuiApplication.clipboard().setText(self.results.as_text(rows or range(self.results.rowCount())))

    @guarded
    def keyPressEvent(self, event: QKeyEvent) -> None:  # Qt's name
        """Copy."""
        if event.matches(QKeySequence.StandardKey.Copy):
            self.copy()
        else:
            super().keyPressEvent(event)
