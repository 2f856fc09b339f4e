"""What Qt asks of every table: sizes, cells, headings; and a selection keeps its row when the order changes."""

from __future__ import annotations

from typing import Any

from PySide6.QtCore import QPersistentModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester
from pytestqt.qtbot import QtBot

from stepviz.ui.widgets.flat_table_model import FlatTableModel, Role, header_of

HEADERS = (("Letter", "The letter itself"), ("Place", "From 1"))


class Letters(FlatTableModel):
    """Letters in an order."""

    def __init__(self, letters: str) -> None:
        super().__init__()
        self.letters = letters
        self.order = list(range(len(letters)))

    def row_total(self) -> int:
        return len(self.letters)

    def column_total(self) -> int:
        return len(HEADERS)

    def cell(self, row: int, column: int, role: int) -> Any:
        letter = self.letters[self.order[row]]
        return (letter, str(row + 1))[column] if role == Role.DisplayRole else None

    def heading(self, column: int, role: int) -> Any:
        return header_of(HEADERS, column, role)

    def put(self, order: list[int]) -> None:
        """Show the letters in another order."""
        self.layoutAboutToBeChanged.emit()
        before, self.order = self.order, order
        self.follow_order(before, order)
        self.layoutChanged.emit()


def test_qt_finds_nothing_wrong_with_the_model(qtbot: QtBot) -> None:
    model = Letters("abc")
    tester = QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    model.put([2, 0, 1])
    model.touch()
    assert tester.model() is model
    assert (model.rowCount(), model.columnCount()) == (3, 2)
    inside = model.index(0, 0)
    assert (model.rowCount(inside), model.columnCount(inside)) == (0, 0), "a cell has no children"


def test_a_heading_has_a_name_and_a_tip_and_a_row_has_none(qtbot: QtBot) -> None:
    model, across = Letters("abc"), Qt.Orientation.Horizontal
    asked = (Role.DisplayRole, Role.ToolTipRole, Role.FontRole, 300)
    assert [model.headerData(1, across, role) for role in asked] == ["Place", "From 1", None, None]
    assert model.headerData(1, Qt.Orientation.Vertical, Role.DisplayRole) is None


def test_what_is_selected_keeps_its_row_in_another_order(qtbot: QtBot) -> None:
    model = Letters("abc")
    held = [QPersistentModelIndex(model.index(row, 0)) for row in range(3)]
    model.put([2, 0, 1])
    model.put([1, 2, 0])
    assert [index.data() for index in held] == ["a", "b", "c"]


def test_rows_that_are_told_of_are_those_that_changed(qtbot: QtBot) -> None:
    model = Letters("abcd")
    told: list[tuple[int, int, int]] = []
    model.dataChanged.connect(lambda first, last, _roles: told.append((first.row(), last.row(), last.column())))
    model.touch(1, 2)
    model.touch()
    Letters("").touch()
    assert told == [(1, 2, 1), (0, 3, 1)]
