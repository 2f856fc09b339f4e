"""Where a run starts: how the first weights are drawn, the seed, the precision."""

from __future__ import annotations

from typing import get_args

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker

from stepviz.engine.catalogue.initializers import BIAS_INITIALIZERS, WEIGHT_INITIALIZERS
from stepviz.engine.common.arrays import Precision
from stepviz.engine.settings.experiment import Experiment
from stepviz.ui.core.lab import Lab
from stepviz.ui.widgets.form import GOES_ON, RESTARTS, EntryChoice, Section, narrow, whole_number
from stepviz.ui.widgets.wheel import ComboBox


class StartEditor(Section):
    """The settings of the start."""

    def __init__(self, lab: Lab) -> None:
        super().__init__("Start")
        self._lab = lab
        self.weights = EntryChoice(WEIGHT_INITIALIZERS, "weights")
        self.weights.changed.connect(
            lambda choice, merge: self._change(WEIGHT_INITIALIZERS[choice.name].label, merge, weights=choice)
        )
        self.add("Weights", self.weights, f"How the first weights are drawn. {RESTARTS}")
        self.biases = EntryChoice(BIAS_INITIALIZERS, "biases")
        self.biases.changed.connect(
            lambda choice, merge: self._change(f"Biases: {BIAS_INITIALIZERS[choice.name].label}", merge, biases=choice)
        )
        self.add("Biases", self.biases, f"How the first biases are drawn. {RESTARTS}")
        self.seed = whole_number(0, 2**31 - 1)
        self.seed.valueChanged.connect(lambda value: self._change(f"Seed {value}", "seed", seed=value))
        self.add("Seed", self.seed, f"The same seed gives the same run, bit for bit. {RESTARTS}")
        self.precision = narrow(ComboBox())
        self.precision.addItems(get_args(Precision))
        self.precision.activated.connect(
            lambda index: self._change(self.precision.itemText(index), "", precision=self.precision.itemText(index))
        )
        self.add("Precision", self.precision, f"In which numbers it computes. {GOES_ON}")

    def show_experiment(self, experiment: Experiment) -> None:
        """Show the settings."""
        self.weights.show_choice(experiment.weights)
        self.biases.show_choice(experiment.biases)
        with QSignalBlocker(self.seed):
            self.seed.setValue(experiment.seed)
        self.precision.setCurrentText(experiment.precision)

    def _change(self, text: str, merge: str, **changes: object) -> None:
        self._lab.change(replace(self._lab.experiment, **changes), text, merge=merge)
