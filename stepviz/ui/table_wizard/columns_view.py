"""The table on screen: what becomes of each column stays above, its first rows pass by below."""

from __future__ import annotations

from PySide6.QtCore import QModelIndex, Qt, Signal
from PySide6.QtGui import QPalette, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QHBoxLayout, QHeaderView, QTableView, QVBoxLayout, QWidget

from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import scaled, with_boxes
from stepviz.ui.table_wizard.column_models import KIND, RANGE, USE, ColumnUse, FirstRows
from stepviz.ui.table_wizard.table_choice import TableChoice

NARROWEST, WIDEST, SIDE = 96, 200, 104
MEASURED = 60


class ColumnsView(QWidget):
    """Two tables one above the other whose columns move together; ``changed`` follows a tick."""

    changed = Signal()

    def __init__(self, choice: TableChoice) -> None:
        super().__init__()
        self._use, self._rows = ColumnUse(choice), FirstRows(choice)
        self.use, self.rows = _table(self._use), _table(self._rows)
        self.use.setAccessibleName("What becomes of each column")
        self.use.setToolTip("Tick the columns that the network is to see: a click, or arrows and Space")
        self.rows.setAccessibleName("The first rows of the table")
        self._use.ticked.connect(self.changed)
        self._share_columns()
        ground = self.use.palette().color(QPalette.ColorRole.Window)
        self.use.setPalette(with_boxes(self.use.palette()))
        # The boxes alone are to be seen: the empty end of the header would be as light as they are.
        header = self.use.horizontalHeader()
        plain = QPalette(header.palette())
        plain.setColor(QPalette.ColorRole.Window, ground)
        header.setPalette(plain)
        self.rows.setMinimumHeight(scaled(90))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        above = QHBoxLayout()
        above.setSpacing(0)
        above.addWidget(self.use)
        # As wide as the bar below, so that the columns stand one above the other to the very end.
        above.addSpacing(self.rows.verticalScrollBar().sizeHint().width())
        column.addLayout(above)
        column.addWidget(self.rows, 1)
        inputs = [place for place in range(len(choice.columns.names)) if choice.is_input(place)]
        self.use.setCurrentIndex(self._use.index(USE, inputs[0] if inputs else 0))

    @guarded
    def showEvent(self, event: QShowEvent) -> None:  # Qt's name
        """Give the upper table the height of its rows, which is known only now that their type is."""
        super().showEvent(event)
        height = sum(self.use.rowHeight(row) for row in range(self._use.rowCount()))
        self.use.setFixedHeight(height + self.use.horizontalHeader().sizeHint().height() + 2 * self.use.frameWidth())

    def refresh(self) -> None:
        """Show the choice as it is now."""
        self._use.refresh()
        self._rows.refresh()

    def show_column(self, column: int) -> None:
        """Bring a column into sight."""
        self.rows.scrollTo(self._rows.index(self.rows.rowAt(0), column))

    def toggle(self, column: int) -> None:
        """Tick a column, or take its tick away, where it can have one."""
        index = self._use.index(USE, column)
        if self._use.flags(index) & Qt.ItemFlag.ItemIsUserCheckable:
            ticked = index.data(Qt.ItemDataRole.CheckStateRole) == Qt.CheckState.Checked
            state = Qt.CheckState.Unchecked if ticked else Qt.CheckState.Checked
            self._use.setData(index, state, Qt.ItemDataRole.CheckStateRole)

    def _share_columns(self) -> None:
        above, below = self.use.horizontalHeader(), self.rows.horizontalHeader()
        below.hide()
        above.setSectionsClickable(True)
        above.setToolTip("The columns of the table. A click ticks one, or takes its tick away")
        above.sectionClicked.connect(self.toggle)
        above.sectionResized.connect(lambda column, _old, width: below.resizeSection(column, width))
        for column in range(self._use.columnCount()):
            width = NARROWEST
            if column < MEASURED:
                cells = (self.use.sizeHintForIndex(self._use.index(row, column)).width() for row in (USE, KIND, RANGE))
                width = max(above.sectionSizeHint(column), *cells) + 12
            above.resizeSection(column, min(max(width, scaled(NARROWEST)), scaled(WIDEST)))
        for table in (self.use, self.rows):
            table.verticalHeader().setFixedWidth(scaled(SIDE))
        self.use.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.use.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.rows.setVerticalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOn)
        first, second = self.use.horizontalScrollBar(), self.rows.horizontalScrollBar()
        first.valueChanged.connect(second.setValue)
        second.valueChanged.connect(first.setValue)
        self.rows.selectionModel().currentChanged.connect(self._follow)

    def _follow(self, current: QModelIndex, _before: QModelIndex) -> None:
        self.use.scrollTo(self._use.index(USE, current.column()))


def _table(model: ColumnUse | FirstRows) -> QTableView:
    table = QTableView()
    table.setModel(model)
    table.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
    table.setHorizontalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
    table.setWordWrap(False)
    table.setTabKeyNavigation(False)
    table.setCornerButtonEnabled(False)
    header = table.verticalHeader()
    header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
    header.setDefaultSectionSize(scaled(23))
    header.setDefaultAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    table.horizontalHeader().setHighlightSections(False)
    header.setHighlightSections(False)
    return table
