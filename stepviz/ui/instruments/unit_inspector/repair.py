"""First aid for one unit: draw its weights anew, or shift its bias until examples reach it again."""

from __future__ import annotations

import time

from PySide6.QtCore import QSignalBlocker
from PySide6.QtGui import QFontMetricsF, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QPushButton, QWidget

from stepviz.engine.catalogue.initializers import BIAS_INITIALIZERS, WEIGHT_INITIALIZERS
from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.unit import UnitReading
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import font
from stepviz.ui.instruments.weight_edits import WeightEdits, drawn_anew, parameters_of_unit
from stepviz.ui.widgets.number_box import NumberBox

TEXT_PERIOD = 0.25
BIAS_STEP = 0.25
LARGEST_BIAS = 1e6
# Shifts of the bias that follow each other within this time (seconds) are undone as one.
TOGETHER = 1.5
SEEDS = 2**31
ROOM_FOR_WORDS = 388


class UnitFirstAid(QWidget):
    """A row of controls that change the unit that is looked at, on the undo stack."""

    def __init__(self, lab: Lab) -> None:
        super().__init__()
        self._lab = lab
        self.redraw, self.bias, self.undo = (
            QPushButton(),
            NumberBox(-LARGEST_BIAS, LARGEST_BIAS, BIAS_STEP),
            QPushButton("Undo"),
        )
        self._edits = WeightEdits(lab)
        self._ready = False
        self._shifted_at = 0.0
        self._session = 0
        self._draws = 0
        self._name_shift("bias")
        self.redraw.setAccessibleName("Re-initialise this unit")
        self.undo.setAccessibleName("Undo the last change")
        self.undo.setToolTip("Undo the last change")
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(6)
        for widget in (self.redraw, self.bias, self.undo):
            row.addWidget(widget)
        row.addStretch(1)
        self._name_initialisers(lab.experiment)
        self._connect()

    def _connect(self) -> None:
        stack = self._lab.undo_stack
        self.bias.valueChanged.connect(self._shift)
        self.redraw.clicked.connect(self._redraw)
        self._lab.options_changed.connect(self._begin_anew)
        self._lab.experiment_changed.connect(self._name_initialisers)
        self.undo.clicked.connect(stack.undo)
        stack.canUndoChanged.connect(self.undo.setEnabled)
        # A method, not a function of its own: Qt lets go of it when the panel is gone.
        stack.undoTextChanged.connect(self._name_undo)
        self.undo.setEnabled(stack.canUndo())

    # Words

    def _name_undo(self, text: str) -> None:
        self.undo.setToolTip(f"Undo: {text}" if text else "Nothing to undo")

    def _name_shift(self, name: str) -> None:
        """Say what the box shifts: the bias, or beta of a normalised layer, below which a bias moves nothing."""
        if self.bias.prefix() != f"{name} ":
            self.bias.setPrefix(f"{name} ")
            self.bias.setAccessibleName(f"{name.capitalize()} of the unit")
            self.bias.setToolTip(
                f"Shift its {name}: the arrows by {BIAS_STEP}, or type a value; z of every example moves by it"
            )

    def _name_initialisers(self, experiment: Experiment) -> None:
        weights = WEIGHT_INITIALIZERS[experiment.weights.name].label
        biases = BIAS_INITIALIZERS[experiment.biases.name].label.lower()
        self.redraw.setToolTip(f"Give it new first weights (weights: {weights}, bias: {biases})")

    # What is shown

    def show_reading(self, reading: UnitReading) -> None:
        """Show the bias as it is now."""
        self._ready = True
        now = time.perf_counter()
        self._name_shift(reading.others[-1])
        if not self.bias.lineEdit().isModified() and now - self._shifted_at > TEXT_PERIOD:
            with QSignalBlocker(self.bias):
                self.bias.setValue(float(reading.weights[-1]))

    def _begin_anew(self, probe: str, _options: object) -> None:
        # Shifts of two units are two changes, and the bias of another one is not awaited.
        if probe == "unit":
            self._session += 1

    # What the person changes

    def _shift(self, value: float) -> None:
        frame, options = self._lab.frame, self._lab.options("unit")
        if frame is None or not self._ready:
            return
        now = time.perf_counter()
        if now - self._shifted_at > TOGETHER:
            self._session += 1
        self._shifted_at = now
        layout, layer, unit = frame.setup.network.layout, options.layer, options.unit
        place = parameters_of_unit(layout, layer, unit)[layout.layers[layer].shift_row]
        text = f"Shift the {layout.kind(place)} of layer {layer + 1}, unit {unit + 1} to {value:.4g}"
        self._edits.edit_all({place: value}, text, self._session)

    def _redraw(self) -> None:
        frame, options = self._lab.frame, self._lab.options("unit")
        if frame is None or not self._ready:
            return
        self._draws += 1
        seed = (frame.experiment.seed + self._draws) % SEEDS
        text = f"Re-initialise layer {options.layer + 1}, unit {options.unit + 1}"
        self._edits.edit_all(drawn_anew(frame, options.layer, options.unit, seed), text, fresh=True)

    # Looks

    def set_type(self, points: float) -> None:
        """Set the size of the type."""
        plain, tabular = font(points), font(points, tabular=True)
        for button in (self.redraw, self.undo):
            button.setFont(plain)
        # A style sheet around a spin box keeps its type from reaching what is inside.
        for field in (self.bias, self.bias.lineEdit()):
            field.setFont(tabular)
        metrics = QFontMetricsF(tabular)
        self.bias.setFixedWidth(int(metrics.horizontalAdvance("bias −100.000")) + 34)
        self.undo.setFixedWidth(int(metrics.horizontalAdvance("Undo")) + 24)

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Say as much as there is room for."""
        super().resizeEvent(event)
        self.redraw.setText("Re-initialise this unit" if self.width() >= ROOM_FOR_WORDS else "Re-initialise")
