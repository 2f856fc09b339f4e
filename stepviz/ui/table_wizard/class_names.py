"""The classes of a table, and what they are to be called."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QAbstractItemView, QHeaderView, QTableView

from stepviz.ui.core.theme import scaled
from stepviz.ui.table_wizard.table_choice import TableChoice
from stepviz.ui.widgets.flat_table_model import RIGHT, FlatTableModel, Index, Role

SHOWN, FOUND, COUNT = range(3)
HEADERS = ("Name", "In the file", "Examples")


class ClassNames(FlatTableModel):
    """One row per class; its name can be changed. ``renamed`` follows a change, ``refused`` says why there is none."""

    renamed = Signal()
    refused = Signal(str)

    def __init__(self, choice: TableChoice) -> None:
        super().__init__()
        self._choice = choice
        self._shown = choice.found_classes

    def refresh(self) -> None:
        """Show the classes as they are now."""
        if self._shown == self._choice.found_classes:
            # A name that is just being written stays in its place.
            self.touch()
            return
        self.beginResetModel()
        self._shown = self._choice.found_classes
        self.endResetModel()

    def row_total(self) -> int:
        """Return the number of classes."""
        return len(self._shown)

    def column_total(self) -> int:
        """Return the number of things that are said of a class."""
        return len(HEADERS)

    def flags(self, index: Index) -> Qt.ItemFlag:
        """Return whether a cell can be written in."""
        flags = super().flags(index)
        return flags | Qt.ItemFlag.ItemIsEditable if index.column() == SHOWN else flags

    def cell(self, row: int, column: int, role: int) -> Any:
        """Return what Qt asks of a cell."""
        found, count = self._shown[row]
        if role in (Role.DisplayRole, Role.EditRole):
            names = self._choice.settings.class_names
            return (names[row] if names else found, found, f"{count:,}")[column]
        if role == Role.ToolTipRole:
            return (
                f"«{found}» in the file: {count:,} examples. Write another name for the screen; empty: as in the file"
            )
        if role == Role.TextAlignmentRole and column == COUNT:
            return RIGHT
        return None

    def setData(self, index: Index, value: Any, role: int = Role.EditRole) -> bool:  # Qt's name
        """Call a class otherwise."""
        if role != Role.EditRole or index.column() != SHOWN:
            return False
        reason = self._choice.rename(index.row(), str(value))
        if reason:
            self.refused.emit(reason)
        else:
            self.renamed.emit()
        return not reason

    def heading(self, column: int, role: int) -> Any:
        """Return what a column says."""
        return HEADERS[column] if role == Role.DisplayRole else None


def class_table(model: ClassNames) -> QTableView:
    """Return the table of classes: F2, a double click or typing changes a name."""
    table = QTableView()
    table.setModel(model)
    table.setAccessibleName("Names of the classes")
    table.setToolTip("A double click, F2 or typing changes the name of a class")
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setTabKeyNavigation(False)
    table.setWordWrap(False)
    trigger = QAbstractItemView.EditTrigger
    table.setEditTriggers(
        trigger.DoubleClicked | trigger.EditKeyPressed | trigger.AnyKeyPressed | trigger.SelectedClicked
    )
    table.verticalHeader().hide()
    table.verticalHeader().setDefaultSectionSize(scaled(23))
    header = table.horizontalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.ResizeToContents)
    header.setSectionResizeMode(SHOWN, QHeaderView.ResizeMode.Stretch)
    header.setSectionsClickable(False)
    table.setMinimumSize(scaled(240), scaled(80))
    return table
