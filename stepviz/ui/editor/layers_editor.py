"""The hidden layers: how many, how wide, and what each computes."""

from __future__ import annotations

from typing import Any

from msgspec.structs import replace
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.settings.experiment import ActivationChoice, Experiment
from stepviz.engine.setup.shape import MOST_LAYERS, with_layer, with_width, without_layer
from stepviz.engine.setup.switch import with_activation
from stepviz.ui.core.lab import Lab
from stepviz.ui.editor.layer_row import LayerRow, activation_box
from stepviz.ui.widgets.discard import discard
from stepviz.ui.widgets.form import RESTARTS, Section


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
            discard(row)
        while len(self.rows) < len(experiment.layers):
            self._append_row()
        for row, layer in zip(self.rows, experiment.layers, strict=True):
            row.show_layer(layer)
        self.add_button.setEnabled(len(self.rows) < MOST_LAYERS)
        self.output.setCurrentIndex(self.output.findData(experiment.output.name))
        self.output.setEnabled(not LOSSES[experiment.loss].on_logits)

    def _append_row(self) -> None:
        place = len(self.rows)
        row = LayerRow(place + 1)
        row.width_box.valueChanged.connect(lambda width: self._set_width(place, width))
        row.activation.activated.connect(lambda index: self._set_activation(place, row.activation.itemData(index)))
        row.normalization.activated.connect(
            lambda index: self._set_normalization(place, row.normalization.itemData(index))
        )
        row.dropout.valueChanged.connect(lambda share: self._set_dropout(place, share))
        row.remove.clicked.connect(lambda: self._remove(place))
        self._column.addWidget(row)
        self.rows.append(row)

    def _set_width(self, place: int, width: int) -> None:
        text, merge = f"Width of layer {place + 1}", f"width {place}"
        self._lab.change(with_width(self._lab.experiment, place, width), text, merge=merge)

    def _set_normalization(self, place: int, name: str) -> None:
        if name != self._lab.experiment.layers[place].normalization:
            text = f"{NORMALIZATIONS[name].label} in layer {place + 1}"
            self._set(place, text, "", normalization=name)

    def _set_dropout(self, place: int, share: float) -> None:
        self._set(place, f"Dropout {share:g} in layer {place + 1}", f"dropout {place}", dropout=share)

    def _set(self, place: int, text: str, merge: str, **changes: Any) -> None:
        layers = list(self._lab.experiment.layers)
        layers[place] = replace(layers[place], **changes)
        self._lab.change(replace(self._lab.experiment, layers=tuple(layers)), text, merge=merge)

    def _set_activation(self, place: int, name: str) -> None:
        if name != self._lab.experiment.layers[place].activation.name:
            text = f"{ACTIVATIONS[name].label} in layer {place + 1}"
            self._lab.change(with_activation(self._lab.experiment, name, place + 1), text)

    def _add_layer(self) -> None:
        self._lab.change(with_layer(self._lab.experiment), "Add a layer")

    def _remove(self, place: int) -> None:
        self._lab.change(without_layer(self._lab.experiment, place), f"Remove layer {place + 1}")

    def _choose_output(self, index: int) -> None:
        choice = ActivationChoice(self.output.itemData(index))
        self._lab.change(replace(self._lab.experiment, output=choice), "Output activation")
