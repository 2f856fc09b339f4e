"""What came out of a study: its pictures above its table, and what it was asked."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QSizePolicy, QSplitter, QVBoxLayout, QWidget

from stepviz.engine.common.number_format import step_text
from stepviz.studies.order import Order
from stepviz.studies.run import Outcome
from stepviz.studies.study_table import STUDIES
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.studies.chart_view import ChartView
from stepviz.ui.studies.result_table import ResultTable, cell_text, spread_text
from stepviz.ui.widgets.wheel import ComboBox

NOTHING = "No results yet. Run (Ctrl+Return) computes them from the settings at the left."


class Results(QWidget):
    """Shows the outcome of one study at a time; ``buttons`` are what can be done with it."""

    def __init__(self, theme: Theme) -> None:
        super().__init__()
        self.theme = theme
        self.order: Order | None = None
        self._outcome: Outcome | None = None
        self.caption, self.key, self.picture = QLabel(), QLabel(), ComboBox()
        self.chart, self.table = ChartView(theme), ResultTable(theme)
        self.buttons = QHBoxLayout()
        self._build()
        self.picture.activated.connect(lambda _place: self._show_picture())
        theme.changed.connect(self.retheme)
        self.clear()

    def _build(self) -> None:
        self.caption.setWordWrap(True)
        self.caption.setTextFormat(Qt.TextFormat.PlainText)
        self.caption.setAccessibleName("What the results are of")
        self.caption.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.key.setFont(font(9.5))
        self.key.setWordWrap(True)
        self.key.setAccessibleName("How to read the table")
        self.key.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Minimum)
        self.picture.setAccessibleName("Picture")
        self.picture.setToolTip("Which of the study's pictures is shown")
        self.picture.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.picture.setMinimumContentsLength(16)
        top = QHBoxLayout()
        top.setSpacing(8)
        top.addWidget(self.caption, 2)
        top.addWidget(self.picture, 1)
        self.buttons.setSpacing(6)
        self.buttons.addStretch(1)
        lower = QWidget()
        column = QVBoxLayout(lower)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(6)
        column.addWidget(self.table, 1)
        column.addWidget(self.key)
        self.halves = QSplitter(Qt.Orientation.Vertical)
        self.halves.addWidget(self.chart)
        self.halves.addWidget(lower)
        self.halves.setChildrenCollapsible(False)
        self.halves.setHandleWidth(7)
        self.halves.setStretchFactor(0, 1)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(6)
        whole.addLayout(top)
        whole.addWidget(self.halves, 1)
        # Where there are no results, what is said of that stands at the top.
        whole.addStretch(0)
        whole.addLayout(self.buttons)

    def add_button(self, text: str, tip: str, callback: Callable[[], object]) -> QPushButton:
        """Add a button below the table."""
        button = QPushButton(text)
        button.setToolTip(tip)
        button.setFocusPolicy(Qt.FocusPolicy.TabFocus)
        button.clicked.connect(lambda _checked=False: callback())
        self.buttons.addWidget(button)
        return button

    # What is shown

    def clear(self) -> None:
        """Show that there is nothing yet."""
        self.order = self._outcome = None
        self.caption.setText(NOTHING)
        self.halves.hide()
        self.picture.hide()
        self.key.setText("")
        self.chart.show_chart(None)

    def show_outcome(self, order: Order, outcome: Outcome) -> None:
        """Show what came out of an order."""
        self.order, self._outcome = order, outcome
        study = STUDIES[order.study]
        self.picture.clear()
        for suffix, chart in outcome.charts.items():
            self.picture.addItem(chart.title, suffix)
            self.picture.setItemData(self.picture.count() - 1, chart.title, Qt.ItemDataRole.ToolTipRole)
        self.picture.setVisible(len(outcome.charts) > 1)
        # The titles of one study's pictures often differ at their ends only.
        self.picture.view().setMinimumWidth(self.picture.view().sizeHintForColumn(0) + scaled(24))
        self.chart.setVisible(bool(outcome.charts))
        self.table.show_table(study, outcome.table)
        self.say_changed(changed=False)
        self.halves.show()
        self._show_picture()
        self.retheme()
        self.share_room()

    def say_changed(self, *, changed: bool) -> None:
        """Say what the results are of, and whether the form says something else by now."""
        if self.order is not None:
            self.caption.setText(caption(self.order) + (". The form says something else by now" if changed else ""))

    def _show_picture(self) -> None:
        if self._outcome is not None:
            self.chart.show_chart(self._outcome.charts.get(self.picture.currentData()))

    def share_room(self) -> None:
        """Give the table the height of its rows, up to two fifths of what there is; the picture has the rest."""
        header = self.table.horizontalHeader()
        bar = self.table.horizontalScrollBar().sizeHint().height()
        rows = self.table.verticalHeader().defaultSectionSize() * self.table.results.rowCount()
        height = self.halves.height()
        words = self.key.heightForWidth(self.width()) + 6
        lower = min(header.sizeHint().height() + rows + bar + words + scaled(8), height * 2 // 5)
        self.halves.setSizes([height - lower, lower])

    def retheme(self) -> None:
        """Take the theme's colours, and the size of its type."""
        self.table.fit()
        if self.order is not None:
            study, accent = STUDIES[self.order.study], self.theme.colours.accent
            words = f"{spread_text(self.table.results.columns)} "
            closed = f"<i style='color:{accent}'>Slanted: from a formula, not measured.</i>"
            self.key.setText(words + closed * bool(study.closed_forms))


def caption(order: Order) -> str:
    """Return in words what was asked, apart from what the table itself says."""
    study = STUDIES[order.study]
    parts = [f"{step_text(order.seeds)} {study.drawn} per cell, first seed {order.seed}"]
    for setting in study.settings:
        if not setting.many and order.values[setting.name]:
            value = order.values[setting.name][0]
            parts.append(f"{setting.name} {Path(str(value)).name if setting.free else cell_text(value)}")
    return "; ".join(parts)
