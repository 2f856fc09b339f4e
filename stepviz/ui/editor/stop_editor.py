"""At what the run stops by itself."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QHBoxLayout, QWidget

from stepviz.engine.catalogue.parameters import Parameter
from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.lab import Lab
from stepviz.ui.widgets.form import GOES_ON, Section
from stepviz.ui.widgets.parameter_control import ParameterBox

LOSS = Parameter("stop at loss", "", 0.05, 0.0, 1e9, "the run stops when the training loss is below this", (0.0, 1.0))
ACCURACY = Parameter(
    "stop at accuracy", "", 95.0, 0.0, 100.0, "the run stops when more of the training set is right (%)", (0.0, 100.0)
)
STEPS = Parameter("stop at step", "", 1000.0, 1.0, 1e12, "the run stops after so many steps", (1.0, 1e5), whole=True)
LOOKED_AT = "looked at every 50 steps; Play goes on."


class Limit(QWidget):
    """A number that counts only where its box is ticked; ``changed`` carries it, or None."""

    changed = Signal(object)

    def __init__(self, parameter: Parameter, unit: str = "") -> None:
        super().__init__()
        self.tick = QCheckBox()
        self.tick.setAccessibleName(parameter.name)
        self.box = ParameterBox(parameter)
        self.box.setAccessibleName(f"{parameter.name}, value")
        self.box.setValue(parameter.default)
        self.box.setSuffix(unit)
        self.box.setFixedWidth(96)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.tick)
        row.addWidget(self.box)
        row.addStretch(1)
        self.tick.clicked.connect(self._tell)
        self.box.valueChanged.connect(self._tell)
        self.show_value(None)

    def show_value(self, value: float | None) -> None:
        """Show the limit in force without saying that it was changed; the last number stays where there is none."""
        with QSignalBlocker(self.tick), QSignalBlocker(self.box):
            self.tick.setChecked(value is not None)
            if value is not None and not (self.box.hasFocus() and self.box.value() == value):
                self.box.setValue(value)
        self.box.setEnabled(value is not None)

    def _tell(self) -> None:
        self.changed.emit(self.box.value() if self.tick.isChecked() else None)


class StopEditor(Section):
    """The conditions of an early stop."""

    def __init__(self, lab: Lab) -> None:
        super().__init__("Stop by itself")
        self._lab = lab
        self.loss, self.accuracy, self.steps = Limit(LOSS), Limit(ACCURACY, " %"), Limit(STEPS)
        self.all_stuck = QCheckBox("no unit learns")
        self.loss.changed.connect(lambda value: self._change("loss", loss_below=value))
        self.accuracy.changed.connect(
            lambda value: self._change("accuracy", accuracy_above=None if value is None else value / 100.0)
        )
        self.steps.changed.connect(lambda value: self._change("steps", steps=None if value is None else int(value)))
        self.all_stuck.clicked.connect(lambda on: self._change("stuck", all_stuck=on))
        self.add("Loss below", self.loss, f"When the training loss is below this; {LOOKED_AT}")
        self.add("Accuracy above", self.accuracy, f"When more of the training set is right; {LOOKED_AT}")
        self.add("Steps", self.steps, f"After so many steps. Play goes on. {GOES_ON}")
        self.add("All stuck", self.all_stuck, f"When all hidden units are stuck, their gradient exactly 0; {LOOKED_AT}")

    def show_experiment(self, experiment: Experiment) -> None:
        """Show the conditions in force."""
        stop = experiment.stop
        self.loss.show_value(stop.loss_below)
        # A share of 0.95 is 95 %, not 94.99999999999999.
        self.accuracy.show_value(None if stop.accuracy_above is None else round(100.0 * stop.accuracy_above, 6))
        self.steps.show_value(stop.steps)
        self.all_stuck.setChecked(stop.all_stuck)

    def _change(self, merge: str, **changes: object) -> None:
        experiment = self._lab.experiment
        stop = replace(experiment.stop, **changes)
        self._lab.change(replace(experiment, stop=stop), "Early stop", merge=f"stop {merge}")
