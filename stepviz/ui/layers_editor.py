"""The hidden layers: how many, how wide, and what each computes."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QLabel, QPushButton, QToolButton, QVBoxLayout, QWidget

from stepviz.engine.activations import ACTIVATIONS
from stepviz.engine.experiment import ActivationChoice, Experiment, HiddenLayer
from stepviz.engine.losses import LOSSES
from stepviz.engine.switch import with_activation
from stepviz.ui.form import GOES_ON, RESTARTS, Section, narrow, whole_number
from stepviz.ui.lab import Lab

MOST_LAYERS = 16


def activation_box() -> QComboBox:
    """Return a combo box over the activations."""
    combo = narrow(QComboBox())
    for key, activation in ACTIVATIONS.items():
        combo.addItem(activation.label, key)
        combo.setItemData(combo.count() - 1, activation.formula, Qt.ItemDataRole.ToolTipRole)
    return combo


class LayerRow(QWidget):
    """One hidden layer: its number, width, activation, and a button that removes it."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.width_box = whole_number(1, 4096)
        self.width_box.setToolTip(f"Units of layer {number}. {RESTARTS}")
        self.width_box.setAccessibleName(f"Units of layer {number}")
        self.activation = activation_box()
        self.activation.setToolTip(f"What the units of layer {number} compute. {GOES_ON}")
        self.activation.setAccessibleName(f"Activation of layer {number}")
        self.remove = QToolButton(autoRaise=True)
        self.remove.setText("−")
        self.remove.setToolTip(f"Remove layer {number}. {RESTARTS}")
        self.remove.setAccessibleName(f"Remove layer {number}")
        self.remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        name = QLabel(f"Layer {number}")
        name.setMinimumWidth(44)
        row.addWidget(name)
        row.addWidget(self.width_box)
        row.addWidget(self.activation, 1)
        row.addWidget(self.remove)


class LayersEditor(Section):
    """The layers of the network."""

    def __init__(self, lab: Lab) -> None:
        super().__init__("Network")
        self._lab = lab
        self.rows: list[LayerRow] = []
        box = QWidget()
        self._column = QVBoxLayout(box)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(4)
        self.form.addRow(box)
        self.add_button = QPushButton("Add a layer")
        self.add_button.clicked.connect(self._add_layer)
        self.add_button.setToolTip(f"Add a hidden layer like the last one. {RESTARTS}")
        self.form.addRow(self.add_button)
        self.output = activation_box()
        self.output.activated.connect(self._choose_output)
        self.add("Output", self.output, "What the output units compute; linear for losses that work on logits")

    def show_experiment(self, experiment: Experiment) -> None:
        """Show the layers, rows made and removed as needed."""
        while len(self.rows) > len(experiment.layers):
            row = self.rows.pop()
            self._column.removeWidget(row)
            row.deleteLater()
        while len(self.rows) < len(experiment.layers):
            self._append_row()
        for row, layer in zip(self.rows, experiment.layers, strict=True):
            with QSignalBlocker(row.width_box):
                row.width_box.setValue(layer.width)
            row.activation.setCurrentIndex(row.activation.findData(layer.activation.name))
        self.add_button.setEnabled(len(self.rows) < MOST_LAYERS)
        self.output.setCurrentIndex(self.output.findData(experiment.output.name))
        self.output.setEnabled(not LOSSES[experiment.loss].on_logits)

    def _append_row(self) -> None:
        place = len(self.rows)
        row = LayerRow(place + 1)
        row.width_box.valueChanged.connect(lambda width: self._set_width(place, width))
        row.activation.activated.connect(lambda index: self._set_activation(place, row.activation.itemData(index)))
        row.remove.clicked.connect(lambda: self._remove(place))
        self._column.addWidget(row)
        self.rows.append(row)

    def _set_width(self, place: int, width: int) -> None:
        layers = list(self._lab.experiment.layers)
        layers[place] = replace(layers[place], width=width)
        self._change(tuple(layers), f"Width of layer {place + 1}", f"width {place}")

    def _set_activation(self, place: int, name: str) -> None:
        if name != self._lab.experiment.layers[place].activation.name:
            text = f"{ACTIVATIONS[name].label} in layer {place + 1}"
            self._lab.change(with_activation(self._lab.experiment, name, place + 1), text)

    def _add_layer(self) -> None:
        layers = self._lab.experiment.layers
        self._change((*layers, layers[-1] if layers else HiddenLayer()), "Add a layer")

    def _remove(self, place: int) -> None:
        layers = self._lab.experiment.layers
        self._change(layers[:place] + layers[place + 1 :], f"Remove layer {place + 1}")

    def _change(self, layers: tuple[HiddenLayer, ...], text: str, merge: str = "") -> None:
        self._lab.change(replace(self._lab.experiment, layers=layers), text, merge=merge)

    def _choose_output(self, index: int) -> None:
        choice = ActivationChoice(self.output.itemData(index))
        self._lab.change(replace(self._lab.experiment, output=choice), "Output activation")
