"""Asks what is to be learned from a table: which columns, how scaled, under which names, and where it is kept."""

from __future__ import annotations

from collections.abc import Callable
from textwrap import shorten
from typing import TypeVar

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from stepviz.engine.catalogue.scaling import SCALINGS
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_columns import CsvColumns
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.settings.experiment import DataSettings
from stepviz.engine.settings.limits import MOST_CONTENT
from stepviz.ui.core.screen_room import fit
from stepviz.ui.core.theme import font, scaled
from stepviz.ui.table_wizard.class_names import ClassNames, class_table
from stepviz.ui.table_wizard.columns_view import ColumnsView
from stepviz.ui.table_wizard.table_choice import TableChoice
from stepviz.ui.widgets.form import narrow
from stepviz.ui.widgets.wheel import ComboBox

Value = TypeVar("Value")

FIRST_SIZE = 900, 700
# Letters of what is left out; the tip has all of it.
MOST_OF_NOTES = 360


class TableWizard(QDialog):
    """``settings`` are what was chosen, once ``accepted`` was emitted, and ``dataset`` is what they give.

    ``present`` is the choice to begin with; Enter takes it as it is.
    """

    def __init__(self, columns: CsvColumns, present: DataSettings, parent: QWidget) -> None:
        super().__init__(parent)
        self.setWindowTitle(f"What is to be learned from {columns.source}?")
        self.setWindowModality(Qt.WindowModality.WindowModal)
        self.choice = TableChoice(columns, present)
        self.settings = present
        self.columns = ColumnsView(self.choice)
        self.target = narrow(ComboBox())
        self.target.addItems(columns.names)
        self.target.setMaxVisibleItems(20)
        self.target.setMinimumContentsLength(16)
        self.task = narrow(ComboBox())
        self.task.addItem("a class", "classification")
        self.task.addItem("a number (regression)", "regression")
        self.scaling = narrow(ComboBox())
        for key, kind in SCALINGS.items():
            self.scaling.addItem(kind.label, key)
            self.scaling.setItemData(self.scaling.count() - 1, kind.words, Qt.ItemDataRole.ToolTipRole)
        self.scaling.setMinimumContentsLength(20)
        self.place = narrow(ComboBox())
        self.place.addItem("by path, with a checksum", False)
        self.place.addItem("inside the experiment", True)
        self.every, self.none = QPushButton("&All numbers"), QPushButton("N&one")
        for button in (self.every, self.none):
            # Enter takes the choice, wherever the focus is.
            button.setAutoDefault(False)
        self._names = ClassNames(self.choice)
        self.names = class_table(self._names)
        self.scaling_words, self.target_words, self.words = _label(9.5), _label(9.5), _label(12, bold=True)
        self.notes = _label(9.5)
        buttons = QDialogButtonBox(QDialogButtonBox.StandardButton.Cancel)
        self.learn = buttons.addButton("&Learn this", QDialogButtonBox.ButtonRole.AcceptRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        self._name_all()
        self._forbid_what_cannot_be()
        self._build(buttons)
        # Only now that it stands in the dialog: Enter would go to «Cancel» whenever the focus is elsewhere.
        self.learn.setDefault(True)
        self._connect()
        self._refresh()
        fit(self, scaled(FIRST_SIZE[0]), scaled(FIRST_SIZE[1]))
        self.learn.setFocus()

    @property
    def dataset(self) -> Dataset | None:
        """Return what the choice gives; None where it cannot be used."""
        return self.choice.dataset

    def accept(self) -> None:  # Qt's name
        """Close with the choice; stay, and say why, where it cannot be used."""
        if self.choice.dataset is None:
            # The button is not disabled for that: Enter would be left to «Cancel».
            return
        try:
            self.settings = self.choice.result()
        except InputError as error:
            self.words.setText(str(error))
            return
        super().accept()

    # How it is built

    def _name_all(self) -> None:
        for widget, name, tip in (
            (self.target, "Target", "The column that the network learns to answer"),
            (self.task, "The target is",
             "A class: which of them is to be answered. A number: the answer is to be near it"),
            (self.scaling, "Scaling",
             "What the network sees instead of the numbers in the table; all readouts stay in your units"),
            (self.place, "Where the data are kept",
             "By its path: the file is refused once it has changed. Inside: the whole table travels in the experiment"),
            (self.every, "Use all columns of numbers", "Tick every column of numbers but the target"),
            (self.none, "Use no column", "Take all ticks away"),
            (self.learn, "Learn this", "Train on these data (Enter)"),
        ):  # fmt: skip
            widget.setAccessibleName(name)
            widget.setToolTip(tip)
        self.words.setAccessibleName("What will be learned")
        self.notes.setAccessibleName("What is left out of the table")
        self.scaling_words.setAccessibleName("How the columns are scaled")
        self.target_words.setAccessibleName("The target")

    def _forbid_what_cannot_be(self) -> None:
        if not self.choice.fits_inside:
            self._forbid(True, f"inside (only up to {MOST_CONTENT >> 20} MB)")
        if not self.choice.has_file:
            self._forbid(False, "by path (open the file again)")

    def _forbid(self, inside: bool, text: str) -> None:
        place = self.place.findData(inside)
        self.place.setItemText(place, text)
        # The model of a combo box's own items.
        self.place.model().item(place).setEnabled(False)  # type: ignore[attr-defined]

    def _build(self, buttons: QDialogButtonBox) -> None:
        form = QFormLayout()
        form.setHorizontalSpacing(12)
        form.setVerticalSpacing(7)
        form.addRow("&Target", self.target)
        form.addRow("T&he target is", self.task)
        form.addRow("&Scaling", self.scaling)
        form.addRow("", self.scaling_words)
        form.addRow("Data &kept", self.place)
        right = QVBoxLayout()
        right.addWidget(self.target_words)
        right.addWidget(self.names, 1)
        right.addStretch(0)
        below = QHBoxLayout()
        below.setSpacing(24)
        below.addLayout(form, 3)
        below.addLayout(right, 2)
        first = QHBoxLayout()
        first.addWidget(_label(9.5, "Tick the columns that the network is to see."), 1)
        first.addWidget(self.every)
        first.addWidget(self.none)
        last = QHBoxLayout()
        said = QVBoxLayout()
        said.setSpacing(4)
        said.addWidget(self.words)
        said.addWidget(self.notes)
        last.addLayout(said, 1)
        last.addWidget(buttons, 0, Qt.AlignmentFlag.AlignBottom)
        column = QVBoxLayout(self)
        column.setContentsMargins(16, 12, 16, 12)
        column.setSpacing(10)
        column.addLayout(first)
        column.addWidget(self.columns, 1)
        column.addLayout(below)
        column.addLayout(last)

    def _connect(self) -> None:
        choice = self.choice
        self.columns.changed.connect(self._refresh)
        self.every.clicked.connect(lambda: self._do(choice.use, range(len(choice.columns.names))))
        self.none.clicked.connect(lambda: self._do(choice.use, ()))
        self.target.activated.connect(lambda column: self._do(choice.take_target, column))
        self.target.activated.connect(self.columns.show_column)
        self.task.activated.connect(lambda place: self._do(choice.take_task, self.task.itemData(place)))
        self.scaling.activated.connect(lambda place: self._do(choice.take_scaling, self.scaling.itemData(place)))
        self.place.activated.connect(lambda place: setattr(choice, "inside", self.place.itemData(place)))
        self._names.renamed.connect(self._refresh)
        self._names.refused.connect(self.target_words.setText)

    def _do(self, change: Callable[[Value], None], value: Value) -> None:
        change(value)
        self._refresh()

    # What is shown

    def _refresh(self) -> None:
        choice = self.choice
        self.columns.refresh()
        self._names.refresh()
        classes = bool(choice.found_classes) or choice.settings.task == "classification"
        self.target.setCurrentIndex(choice.target)
        self.scaling.setCurrentIndex(self.scaling.findData(choice.settings.scaling))
        self.task.setCurrentIndex(self.task.findData("classification" if classes else "regression"))
        self.place.setCurrentIndex(self.place.findData(choice.inside))
        self.names.setVisible(bool(choice.found_classes))
        self.target_words.setText(_target_words(choice))
        kind = SCALINGS[choice.settings.scaling]
        self.scaling_words.setText(f"{kind.words}. Axes and answers stay in your units.")
        self.words.setText(choice.words or f"Cannot be learned: {choice.complaint}")
        notes = "\n".join(choice.notes)
        self.notes.setText(shorten(notes, MOST_OF_NOTES, placeholder=" …"))
        self.notes.setToolTip(notes)
        self.notes.setVisible(bool(notes))


def _target_words(choice: TableChoice) -> str:
    if choice.found_classes:
        return f"{len(choice.found_classes)} classes of «{choice.settings.target}». Their names can be changed:"
    if choice.dataset is None:
        return ""
    scaled_too = choice.settings.scaling != "none"
    units = "The loss is that of the scaled numbers; beside it stands the typical error in your units." * scaled_too
    return f"«{choice.settings.target}» is learned as a number{', scaled as the inputs are' * scaled_too}. {units}"


def _label(points: float, text: str = "", *, bold: bool = False) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setWordWrap(True)
    label.setFont(font(points, bold=bold, tabular=True))
    return label
