"""One hidden layer in the experiment editor: how wide it is, what its units compute, and what is done to them."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QGridLayout, QHBoxLayout, QLabel, QToolButton, QWidget

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS, Normalization
from stepviz.engine.settings.experiment import HiddenLayer
from stepviz.engine.settings.limits import HIGHEST_SHARE
from stepviz.engine.setup.shape import MOST_UNITS
from stepviz.ui.widgets.form import GOES_ON, RESTARTS, narrow, whole_number
from stepviz.ui.widgets.number_box import NumberBox
from stepviz.ui.widgets.wheel import ComboBox


def activation_box() -> QComboBox:
    """Return a combo box over the activations."""
    combo = narrow(ComboBox())
    for key, activation in ACTIVATIONS.items():
        combo.addItem(activation.label, key)
        combo.setItemData(combo.count() - 1, activation.formula, Qt.ItemDataRole.ToolTipRole)
    return combo


class LayerRow(QWidget):
    """One hidden layer: number, width, activation, a button that removes it; below them normalisation and dropout."""

    def __init__(self, number: int) -> None:
        super().__init__()
        self.width_box = whole_number(1, MOST_UNITS)
        self.width_box.setToolTip(f"Units of layer {number}. {RESTARTS}")
        self.width_box.setAccessibleName(f"Units of layer {number}")
        self.activation = activation_box()
        self.activation.setToolTip(f"What the units of layer {number} compute. {GOES_ON}")
        self.activation.setAccessibleName(f"Activation of layer {number}")
        self.remove = QToolButton()
        self.remove.setAutoRaise(True)
        self.remove.setText("−")
        self.remove.setToolTip(f"Remove layer {number}. {RESTARTS}")
        self.remove.setAccessibleName(f"Remove layer {number}")
        self.remove.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.normalization = _normalization_box(number)
        self.dropout = _dropout_box(number)
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(6)
        grid.setVerticalSpacing(2)
        name = QLabel(f"Layer {number}")
        name.setMinimumWidth(44)
        grid.addWidget(name, 0, 0)
        grid.addWidget(self.width_box, 0, 1)
        grid.addWidget(self.activation, 0, 2)
        grid.addWidget(self.remove, 0, 3)
        below = QHBoxLayout()
        below.setSpacing(6)
        below.addWidget(self.normalization, 1)
        below.addWidget(self.dropout, 1)
        grid.addLayout(below, 1, 0, 1, 4)
        grid.setColumnStretch(2, 1)

    def show_layer(self, layer: HiddenLayer) -> None:
        """Show a layer's settings without saying that they were changed."""
        with QSignalBlocker(self.width_box), QSignalBlocker(self.dropout):
            self.width_box.setValue(layer.width)
            self.dropout.setValue(layer.dropout)
        self.activation.setCurrentIndex(self.activation.findData(layer.activation.name))
        self.normalization.setCurrentIndex(self.normalization.findData(layer.normalization))
        self.normalization.setToolTip(f"{_normalization_tip(NORMALIZATIONS[layer.normalization])} {GOES_ON}")


def _normalization_tip(entry: Normalization) -> str:
    source = f" ({entry.source})" if entry.source else ""
    return f"{entry.formula}{source}. {entry.meaning}."


def _normalization_box(number: int) -> QComboBox:
    combo = narrow(ComboBox())
    for key, entry in NORMALIZATIONS.items():
        combo.addItem(entry.label, key)
        combo.setItemData(combo.count() - 1, _normalization_tip(entry), Qt.ItemDataRole.ToolTipRole)
    combo.setAccessibleName(f"Normalisation of layer {number}")
    return combo


def _dropout_box(number: int) -> NumberBox:
    box = NumberBox(0.0, HIGHEST_SHARE, 0.1)
    box.setPrefix("dropout ")
    box.setSpecialValueText("no dropout")
    box.setToolTip(
        f"How likely an update leaves out a unit of layer {number}; those that stay are scaled up, and no measurement "
        f"leaves any out. {GOES_ON}"
    )
    box.setAccessibleName(f"Dropout of layer {number}")
    return box
