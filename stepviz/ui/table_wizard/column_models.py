"""The table as Qt sees it: what becomes of each column, and its first rows."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QBrush, QGuiApplication, QPalette

from stepviz.engine.catalogue.scaling import SCALINGS
from stepviz.engine.common.number_format import number_text
from stepviz.ui.core.theme import font
from stepviz.ui.table_wizard.table_choice import TableChoice
from stepviz.ui.widgets.flat_table_model import RIGHT, FlatTableModel, Index, Role

USE, KIND, RANGE, GAPS, MIDDLE, SPREAD = range(6)


class _ColumnModel(FlatTableModel):
    """What both tables have in common: one column per column of the file, that which is not used in grey."""

    def __init__(self, choice: TableChoice) -> None:
        super().__init__()
        self.choice = choice

    def refresh(self) -> None:
        """Show the choice as it is now."""
        self.touch()
        self.headerDataChanged.emit(Qt.Orientation.Horizontal, 0, self.column_total() - 1)
        self.headerDataChanged.emit(Qt.Orientation.Vertical, 0, self.rowCount() - 1)

    def column_total(self) -> int:
        """Return the number of columns."""
        return len(self.choice.columns.names)

    def used(self, column: int) -> bool:
        """Return whether a column is an input or the target."""
        return column == self.choice.target or self.choice.is_input(column)

    def dressed(self, column: int, role: int) -> Any:
        """Return the colour, the type and the place of the text in a column."""
        if role == Role.ForegroundRole and not self.used(column):
            return QBrush(QGuiApplication.palette().color(QPalette.ColorRole.PlaceholderText))
        if role == Role.FontRole:
            return font(9.5, bold=column == self.choice.target, tabular=True)
        if role == Role.TextAlignmentRole:
            return RIGHT
        return None


class FirstRows(_ColumnModel):
    """The first rows, as they stand in the file."""

    def row_total(self) -> int:
        """Return the number of rows that are shown."""
        return len(self.choice.columns.first_rows)

    def cell(self, row: int, column: int, role: int) -> Any:
        """Return what Qt asks of a cell."""
        if role in (Role.DisplayRole, Role.ToolTipRole):
            # A cell may hold a page: the first line is enough to know it by.
            return self.choice.columns.first_rows[row][column].strip()[:200].split("\n")[0]
        return self.dressed(column, role)

    def heading(self, column: int, role: int) -> Any:
        """Return nothing: the table above names the columns."""
        del column, role

    def row_heading(self, row: int, role: int) -> Any:
        """Return the line in the file at which a row begins."""
        if role == Role.DisplayRole:
            return f"{self.choice.columns.lines[row]:,}"
        return "The line in the file" if role == Role.ToolTipRole else None


class ColumnUse(_ColumnModel):
    """What becomes of each column: a tick for an input, its kind, range and gaps, and the two numbers that scale it."""

    ticked = Signal()

    def row_total(self) -> int:
        """Return the number of things that are said of a column."""
        return 6

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return whether a cell can be ticked."""
        flags = super().flags(index)
        tickable = index.row() == USE and not self.choice.why_no_input(index.column())
        return flags | Qt.ItemFlag.ItemIsUserCheckable if tickable else flags

    def cell(self, row: int, column: int, role: int) -> Any:
        """Return what Qt asks of a cell."""
        if role == Role.DisplayRole:
            return self._text(row, column)
        if role == Role.CheckStateRole and row == USE and not self.choice.why_no_input(column):
            return Qt.CheckState.Checked if self.choice.is_input(column) else Qt.CheckState.Unchecked
        if role == Role.ToolTipRole:
            name = self.choice.columns.names[column]
            why = self.choice.why_no_input(column) or self.choice.why_not_used(column)
            return f"{name}: {why or 'tick it to make it an input'}"
        if role == Role.AccessibleTextRole:
            return f"{self.choice.columns.names[column]}, {self._text(row, column)}"
        if role == Role.TextAlignmentRole and row == USE:
            return Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter
        return self.dressed(column, role)

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:  # Qt's name
        """Tick a column, or take the tick away."""
        if role != Role.CheckStateRole or index.row() != USE:
            return False
        if (Qt.CheckState(value) == Qt.CheckState.Checked) != self.choice.is_input(index.column()):
            self.choice.toggle(index.column())
            self.ticked.emit()
        return True

    def heading(self, column: int, role: int) -> Any:
        """Return the name of a column."""
        if role == Role.FontRole:
            return font(10, bold=self.used(column))
        return self.choice.columns.names[column] if role in (Role.DisplayRole, Role.ToolTipRole) else None

    def row_heading(self, row: int, role: int) -> Any:
        """Return what a row says."""
        if role == Role.DisplayRole:
            middle, spread = SCALINGS[self.choice.settings.scaling].parts
            return ("Used as", "Kind", "Range", "Gaps", f"− {middle}", f"÷ {spread}")[row]
        return None

    def _text(self, row: int, column: int) -> str:
        choice = self.choice
        if row == USE:
            if column == choice.target:
                return "target"
            if choice.why_no_input(column):
                return "cannot be used"
            return "input" if choice.is_input(column) else "not used"
        if row == RANGE:
            if column == choice.target and choice.found_classes:
                return f"{len(choice.found_classes)} classes"
            reach = choice.range_of(column)
            if reach is None:
                return f"{choice.different_in(column):,} different" if choice.different_in(column) else ""
            return f"{number_text(reach[0])} … {number_text(reach[1])}"
        if row == GAPS:
            return f"{choice.gaps_of(column):,}"
        if row == KIND:
            return choice.kind_of(column)
        numbers = choice.numbers_of(column)
        return "" if numbers is None else number_text(numbers[row - MIDDLE], 4)
