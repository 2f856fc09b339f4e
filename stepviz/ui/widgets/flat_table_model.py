"""The base of every table model here: rows and columns without children, in an order of their own."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from stepviz.ui.core.guarded import guarded

Index = QModelIndex | QPersistentModelIndex
Role = Qt.ItemDataRole
RIGHT = Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter


class FlatTableModel(QAbstractTableModel):
    """Does what Qt asks of every table. A subclass says how large it is, and what stands in a cell and a heading."""

    @abstractmethod
    def row_total(self) -> int:
        """Return the number of rows."""

    @abstractmethod
    def column_total(self) -> int:
        """Return the number of columns."""

    @abstractmethod
    def cell(self, row: int, column: int, role: int) -> Any:
        """Return what Qt asks of a cell; None for a role that the model has nothing for."""

    @abstractmethod
    def heading(self, column: int, role: int) -> Any:
        """Return what Qt asks of the heading of a column."""

    def row_heading(self, row: int, role: int) -> Any:
        """Return what Qt asks of the heading of a row: nothing, unless a subclass has something."""
        del row, role

    def touch(self, first: int = 0, last: int | None = None, roles: Sequence[int] = ()) -> None:
        """Tell that the rows from ``first`` to ``last`` (None: all) may hold something else."""
        end = (self.row_total() if last is None else last + 1) - 1
        if end >= first:
            self.dataChanged.emit(self.index(first, 0), self.index(end, self.column_total() - 1), list(roles))

    def follow_order(self, before: Sequence[int], after: Sequence[int]) -> None:
        """Let what is selected keep its row; call it between ``layoutAboutToBeChanged`` and ``layoutChanged``.

        ``before`` and ``after`` say which row of the data stands at each place.
        """
        places = {row: place for place, row in enumerate(after)}
        for index in self.persistentIndexList():
            self.changePersistentIndex(index, self.index(places[before[index.row()]], index.column()))

    # What Qt asks

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # Qt's name  # noqa: B008  # Qt's own default
        """Return the number of rows."""
        return 0 if parent.isValid() else self.row_total()

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # Qt's name  # noqa: B008  # Qt's own default
        """Return the number of columns."""
        return 0 if parent.isValid() else self.column_total()

    @guarded
    def data(self, index: Index, role: int = Role.DisplayRole) -> Any:
        """Return what Qt asks of a cell."""
        return self.cell(index.row(), index.column(), role)

    @guarded
    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Role.DisplayRole) -> Any:  # Qt's name
        """Return what Qt asks of a heading."""
        if orientation == Qt.Orientation.Vertical:
            return self.row_heading(section, role)
        return self.heading(section, role)


def header_of(headers: Sequence[tuple[str, str]], column: int, role: int) -> Any:
    """Return the name or the tool tip of a column, of a table whose ``headers`` are fixed."""
    if role not in (Role.DisplayRole, Role.ToolTipRole):
        return None
    return headers[column][role == Role.ToolTipRole]
