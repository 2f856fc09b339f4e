"""The parts that the experiment editor is made of: sections, rows, a choice from a table with its parameters."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QComboBox, QFormLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from stepviz.engine.catalogue.parameters import Parameter, resolve
from stepviz.engine.settings.experiment import Choice
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.theme import font
from stepviz.ui.text.throttled_label import SlowLabel
from stepviz.ui.widgets.discard import discard
from stepviz.ui.widgets.number_box import WholeNumberBox
from stepviz.ui.widgets.parameter_control import ParameterControl, ParameterSwitch
from stepviz.ui.widgets.wheel import ComboBox

GOES_ON = "The run goes on with its weights."
RESTARTS = "The run restarts."
# Smaller defaults than this are there for the arithmetic, not to play with.
SMALLEST_SHOWN = 1e-6


class Entry(Protocol):
    """What entries of all tables have in common."""

    @property
    def label(self) -> str:
        """Return its name for the screen."""

    @property
    def formula(self) -> str:
        """Return its formula for the screen."""

    @property
    def parameters(self) -> tuple[Parameter, ...]:
        """Return the numbers that it takes."""


class Section(QWidget):
    """A titled group of labelled rows."""

    def __init__(self, title: str) -> None:
        super().__init__()
        heading = QLabel(title)
        heading.setFont(font(9.5, bold=True))
        self.form = QFormLayout()
        self.form.setContentsMargins(0, 0, 0, 0)
        self.form.setHorizontalSpacing(6)
        self.form.setVerticalSpacing(6)
        self.form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 4)
        column.setSpacing(6)
        column.addWidget(heading)
        column.addLayout(self.form)

    def add(self, label: str, widget: QWidget, tip: str = "") -> None:
        """Add a row; its label is also the widget's accessible name, where it has none."""
        if tip:
            widget.setToolTip(tip)
        if not widget.accessibleName():
            widget.setAccessibleName(label)
        name = QLabel(label)
        name.setBuddy(widget)
        self.form.addRow(name, widget)


def whole_number(low: int, high: int, step: int = 1) -> WholeNumberBox:
    """Return a field for a whole number in a narrow column."""
    box = WholeNumberBox(low, high, step)
    box.setMinimumWidth(56)
    return box


def narrow(combo: QComboBox) -> QComboBox:
    """Let a combo box be narrower than its longest entry: the editor is a narrow column."""
    combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    combo.setMinimumContentsLength(6)
    combo.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
    combo.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
    return combo


class WrappedLabel(SlowLabel):
    """A wrapped text that keeps all its lines: the scroll area about it asks no layout how high its width makes it."""

    def __init__(self) -> None:
        super().__init__()
        self.setWordWrap(True)

    def setText(self, text: str) -> None:  # Qt's name
        """Show the text."""
        super().setText(text)
        self._take_room()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Wrap anew."""
        super().resizeEvent(event)
        self._take_room()

    def _take_room(self) -> None:
        # What it needs is asked without what it had.
        self.setMinimumHeight(0)
        self.setMinimumHeight(max(0, self.heightForWidth(self.width())))


class EntryChoice(QWidget):
    """A combo box over a table, and below it a control for each parameter of the entry chosen.

    ``changed`` carries the new Choice and a key that is the same for all moves of one control.
    """

    changed = Signal(object, str)

    def __init__(self, table: Mapping[str, Entry], name: str) -> None:
        super().__init__()
        self._table = table
        self._name = name
        self._choice = Choice(next(iter(table)))
        self._controls: dict[str, ParameterControl | ParameterSwitch] = {}
        self._shown_for = ""
        self.combo = narrow(ComboBox())
        self.combo.setAccessibleName(name)
        for key, entry in table.items():
            self.combo.addItem(entry.label, key)
            self.combo.setItemData(self.combo.count() - 1, entry.formula, Qt.ItemDataRole.ToolTipRole)
        self.combo.activated.connect(self._choose)
        self._column = QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self._column.addWidget(self.combo)
        self._present: WrappedLabel | None = None

    def show_choice(self, choice: Choice) -> None:
        """Show a choice without saying that it was changed."""
        self._choice = choice
        with QSignalBlocker(self.combo):
            self.combo.setCurrentIndex(self.combo.findData(choice.name))
        if choice.name != self._shown_for:
            self._build_controls()
        entry = self._table[choice.name]
        values = resolve(choice.parameters, entry.parameters, self._name)
        for parameter, value in zip(entry.parameters, values, strict=True):
            if parameter.name in self._controls:
                self._controls[parameter.name].show_value(value)

    def show_present(self, text: str) -> None:
        """Show below the parameters what comes of them at present; nothing where the text is empty."""
        if self._present is None:
            if not text:
                return
            self._present = WrappedLabel()
            self._present.setFont(font(9.5, bold=True, tabular=True))
            self._present.setAccessibleName(f"{self._name}, at present")
            self._column.addWidget(self._present)
        self._present.setVisible(bool(text))
        if text:
            self._present.show_now(f"now {text}" if "=" in text else text)

    def _build_controls(self) -> None:
        for control in self._controls.values():
            self._column.removeWidget(control)
            discard(control)
        self._controls.clear()
        self._shown_for = self._choice.name
        for parameter in self._table[self._choice.name].parameters:
            if abs(parameter.default) < SMALLEST_SHOWN and parameter.logarithmic:
                continue
            control = ParameterSwitch(parameter) if parameter.switch else ParameterControl(parameter)
            control.changed.connect(lambda value, name=parameter.name: self._set(name, value))
            self._column.insertWidget(1 + len(self._controls), control)
            self._controls[parameter.name] = control

    def _choose(self, index: int) -> None:
        key = self.combo.itemData(index)
        if key != self._choice.name:
            self.changed.emit(Choice(key), "")

    def _set(self, name: str, value: float) -> None:
        parameters = {**self._choice.parameters, name: value}
        self.changed.emit(Choice(self._choice.name, parameters), f"{self._name} {name}")
