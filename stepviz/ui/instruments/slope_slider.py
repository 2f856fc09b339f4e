"""A slider for the slope a of the hidden layers: from a smooth hill to a staircase, the weights kept."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QHBoxLayout, QLabel, QWidget

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.ui.core.lab import Lab
from stepviz.ui.widgets.slider_scale import PLACES, place_of, value_at
from stepviz.ui.widgets.wheel import Slider

NAMES = ("sigmoid", "tanh")


# Both have the same range.
SLOPE = ACTIVATIONS[NAMES[0]].parameters[0]


class SlopeSlider(QWidget):
    """Sets the slope of all hidden layers that have one.

    It is seen only where some do, none trains its own, and no schedule sets it.
    Call ``show_experiment`` once it has its place: it shows itself or hides.
    """

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self.slider = Slider()
        self.slider.setRange(0, PLACES)
        self.slider.setPageStep(PLACES // 20)
        self.slider.setAccessibleName("Slope a of the hidden layers")
        self.slider.setToolTip("The slope a of all hidden layers: the larger, the more the surface becomes a staircase")
        self.value = QLabel()
        self.value.setMinimumWidth(self.value.fontMetrics().horizontalAdvance("a = 99.9"))
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        row.addWidget(QLabel("slope"))
        row.addWidget(self.slider, 1)
        row.addWidget(self.value)
        self.slider.valueChanged.connect(self._change)
        lab.experiment_changed.connect(self.show_experiment)

    def show_experiment(self, experiment: Experiment) -> None:
        """Stand where the first slope is."""
        slopes = [slope for layer in experiment.layers if (slope := _slope_of(layer)) is not None]
        self.setVisible(bool(slopes) and experiment.slope_schedule.name == "none")
        if slopes:
            with QSignalBlocker(self.slider):
                self.slider.setValue(place_of(SLOPE, slopes[0]))
            self.value.setText(f"a = {number_text(slopes[0])}")

    def _change(self, place: int) -> None:
        slope = value_at(SLOPE, place)
        experiment = self._lab.experiment
        layers = tuple(layer if _slope_of(layer) is None else _with_slope(layer, slope) for layer in experiment.layers)
        self._lab.change(replace(experiment, layers=layers), f"Slope a = {slope:g}", merge="slope of all layers")


def _slope_of(layer: HiddenLayer) -> float | None:
    choice = layer.activation
    if choice.name not in NAMES or "slope" in (choice.trained or ()):
        return None
    return resolve(choice.parameters, ACTIVATIONS[choice.name].parameters, "activation")[0]


def _with_slope(layer: HiddenLayer, slope: float) -> HiddenLayer:
    choice = layer.activation
    return replace(layer, activation=replace(choice, parameters={**choice.parameters, "slope": slope}))
