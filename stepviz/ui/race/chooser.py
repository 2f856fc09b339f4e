"""What the lanes differ in, how many seeds each has, how long the race is, and what its target is."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QLineEdit, QWidget

from stepviz.engine.race.race import MOST_SEEDS, Race
from stepviz.engine.race.variations import PICKS, VARIATIONS, lanes_of
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.race_frame import Target
from stepviz.runtime.race_run import LONGEST
from stepviz.ui.widgets.number_box import NumberBox, WholeNumberBox
from stepviz.ui.widgets.wheel import ComboBox

CUSTOM = "custom"
ACCURACY = "accuracy ≥"
TOOL_TIP = Qt.ItemDataRole.ToolTipRole
FIRST_STEPS, FIRST_SEEDS = 2000, 1


class Chooser(QWidget):
    """The choice of a race. ``changed`` is emitted when another race is asked for; ``race`` builds it."""

    changed = Signal()

    def __init__(self) -> None:
        super().__init__()
        self.pick, self.vary, self.values = ComboBox(), ComboBox(), QLineEdit()
        self.seeds, self.steps = WholeNumberBox(1, MOST_SEEDS), WholeNumberBox(1, LONGEST)
        self.kind, self.goal = ComboBox(), NumberBox(0.0, 1e6)
        self._build_choices()
        self._build_numbers()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for text, widget in (
            ("Race", self.pick), ("vary", self.vary), ("over", self.values), ("seeds", self.seeds),
            ("steps", self.steps), ("target", self.kind), ("", self.goal),
        ):  # fmt: skip
            if text:
                label = QLabel(text)
                label.setBuddy(widget)
                row.addWidget(label)
            row.addWidget(widget, 1 if widget is self.values else 0)
        self._asked = ("", "")
        self._take_pick(emit=False)

    def _build_choices(self) -> None:
        for key, pick in PICKS.items():
            self.pick.addItem(pick.label, key)
            self.pick.setItemData(self.pick.count() - 1, pick.shows, TOOL_TIP)
        self.pick.addItem("Custom", CUSTOM)
        self.pick.setItemData(self.pick.count() - 1, "Any one setting, over the values that you name", TOOL_TIP)
        self.pick.setToolTip("Races in one choice, from the lab's present settings")
        self.pick.setAccessibleName("Race")
        for key, variation in VARIATIONS.items():
            self.vary.addItem(variation.label, key)
        self.vary.setEditable(True)
        self.vary.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.vary.setToolTip("What the lanes differ in; or any field of the settings by its path: l2, layers.0.width")
        self.vary.setAccessibleName("Setting that differs")
        self.values.setToolTip(
            "One value for each lane, commas between; Enter lines the lanes up.\n"
            "Several settings: activation=relu + initialiser=he-normal, activation=tanh + learning-rate=0.1"
        )
        self.values.setAccessibleName("Values of the lanes")
        self.values.setMinimumWidth(90)
        self.pick.activated.connect(lambda _place: self._take_pick())
        self.vary.activated.connect(lambda _place: self._take_variation())
        self.values.editingFinished.connect(self._take_values)

    def _build_numbers(self) -> None:
        for box, value, name, tip in (
            (self.seeds, FIRST_SEEDS, "Seeds", "Runs of each lane, each from first weights of its own"),
            (self.steps, FIRST_STEPS, "Steps", "Updates until the race is over"),
        ):
            box.setValue(value)
            box.setToolTip(tip)
            box.setAccessibleName(name)
            box.valueChanged.connect(lambda _value: self.changed.emit())
        self.kind.addItem(ACCURACY, "accuracy")
        self.kind.addItem("loss ≤", "loss")
        self.kind.setToolTip("What a run should reach on the training set: it decides «to target» and «failed»")
        self.kind.setAccessibleName("Kind of target")
        self.goal.setAccessibleName("Target")
        self.goal.setToolTip("The accuracy or the loss on the training set that a run should reach")
        self.show_target(Target("accuracy", 0.95))
        self.kind.activated.connect(lambda _place: self._take_kind())
        self.goal.valueChanged.connect(lambda _value: self.changed.emit())

    # What is chosen

    @property
    def variation(self) -> str:
        """Return the key of the setting that differs, or the path that was typed."""
        text = self.vary.currentText().strip()
        place = self.vary.findText(text)
        return str(self.vary.itemData(place)) if place >= 0 else text

    def race(self, base: Experiment) -> Race:
        """Return the race that is chosen, from ``base``. Raises InputError for values that are not allowed."""
        values = [value.strip() for value in self.values.text().split(",") if value.strip()]
        return Race(base, lanes_of(base, self.variation, values), self.seeds.value())

    def target(self) -> Target:
        """Return the target that is chosen."""
        if self.kind.currentData() == "accuracy":
            return Target("accuracy", self.goal.value() / 100.0)
        return Target("loss", self.goal.value())

    def show_target(self, target: Target) -> None:
        """Show a target, as if it had been chosen, but without a signal."""
        self.goal.blockSignals(True)
        percent = target.kind == "accuracy"
        self.kind.setCurrentIndex(self.kind.findData(target.kind))
        self.goal.setSuffix(" %" if percent else "")
        self.goal.setRange(*((0.1, 100.0) if percent else (0.0, 1e6)))
        self.goal.step = 1.0 if percent else 0.01
        self.goal.setValue(100.0 * target.value if percent else target.value)
        self.goal.blockSignals(False)

    def take(self, pick: str) -> None:
        """Choose the race with this key, as a person does."""
        self.pick.setCurrentIndex(self.pick.findData(pick))
        self._take_pick()

    def suit(self, classification: bool) -> None:
        """Offer the accuracy as a target only where there are classes."""
        if not classification and self.kind.currentData() == "accuracy":
            self.show_target(Target("loss", 0.01))
        offered = self.kind.findData("accuracy") >= 0
        if classification and not offered:
            self.kind.insertItem(0, ACCURACY, "accuracy")
        elif not classification and offered:
            self.kind.removeItem(self.kind.findData("accuracy"))

    def _take_pick(self, *, emit: bool = True) -> None:
        pick = PICKS.get(self.pick.currentData())
        if pick is None:
            self.values.setFocus()
            return
        self.vary.setCurrentIndex(self.vary.findData(pick.variation))
        self._show_values(pick.values)
        self._asked = self._wish()
        if emit:
            self.changed.emit()

    def _show_values(self, values: Sequence[str]) -> None:
        self.values.setText(", ".join(values))
        self.values.setCursorPosition(0)

    def _take_variation(self) -> None:
        variation = VARIATIONS.get(self.variation)
        if variation is not None:
            self._show_values(variation.usual)
        self._take_values()

    def _take_values(self) -> None:
        if self._wish() == self._asked:
            return
        self._asked = self._wish()
        self.pick.setCurrentIndex(self._matching_pick())
        self.changed.emit()

    def _wish(self) -> tuple[str, str]:
        return self.variation, self.values.text()

    def _matching_pick(self) -> int:
        for place, pick in enumerate(PICKS.values()):
            if self._wish() == (pick.variation, ", ".join(pick.values)):
                return place
        return self.pick.count() - 1

    def _take_kind(self) -> None:
        chosen = self.kind.currentData()
        self.show_target(Target("accuracy", 0.95) if chosen == "accuracy" else Target("loss", 0.1))
        self.changed.emit()
