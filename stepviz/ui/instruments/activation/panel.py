"""The activation and its derivative over the pre-activations, with their parameters and the backward rule."""

from __future__ import annotations

from typing import ClassVar

import numpy as np
from msgspec.structs import replace
from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QBoxLayout, QComboBox, QHBoxLayout, QLayout, QSizePolicy, QVBoxLayout

from stepviz.engine.catalogue.activation import Activation
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES, BackwardRule
from stepviz.engine.common.arrays import Ints
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, scheduled_slope
from stepviz.instruments import INSTRUMENTS, Instrument
from stepviz.probes.activation import BINS, HIGHEST, LOWEST, PreActivations
from stepviz.runtime.frame import Frame
from stepviz.ui.core.guarded import guarded
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme, font, scaled
from stepviz.ui.instruments.activation.parameters import ActivationParameters
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.plotting.activation_plot import Counts, CurveView
from stepviz.ui.text.number_format import text_points
from stepviz.ui.text.relu_zero_text import zero_texts, zeros_by_layer
from stepviz.ui.text.schedule_words import slope_course
from stepviz.ui.text.throttled_label import SlowLabel
from stepviz.ui.widgets.layer_choice import LayerChoice, layer_choices
from stepviz.ui.widgets.wheel import ComboBox

EDGES = np.linspace(LOWEST, HIGHEST, BINS + 1)
WIDE, SIDE = 640, 270


class ActivationPanel(Panel):
    """Gradient flows only where the histogram stands under a derivative that is not 0."""

    instrument: ClassVar[Instrument] = INSTRUMENTS["activation"]

    def __init__(self, lab: Lab, theme: Theme) -> None:
        super().__init__(lab, theme)
        self.layers = ComboBox()
        self.layers.setAccessibleName("Layer whose pre-activations are shown")
        self.layers.setToolTip("Whose pre-activations are shown, and whose activation the controls change")
        self.rule = ComboBox()
        self.rule.setAccessibleName("Backward rule")
        for key, entry in BACKWARD_RULES.items():
            self.rule.addItem(entry.label, key)
            source = f" ({entry.source})" if entry.source else ""
            self.rule.setItemData(self.rule.count() - 1, f"{entry.formula}{source}", Qt.ItemDataRole.ToolTipRole)
        for combo in (self.layers, self.rule):
            combo.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            combo.setMinimumContentsLength(10)
            combo.setMaximumWidth(280)
        self.view = CurveView(theme)
        self.readout = SlowLabel()
        self.readout.setAccessibleName("Pre-activations with derivative 0")
        self.readout.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.zeros = SlowLabel()
        self.zeros.setAccessibleName("Exact zeros since the start")
        self.zeros.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)
        self.zeros.hide()
        self.parameters = ActivationParameters()
        self._offered: tuple[str, str] = ("", "")
        self._trained_values: tuple[float, ...] = ()
        self._drawn: tuple[object, ...] = ()
        self._reading: PreActivations | None = None
        self._read_layers: list[int] = []
        self._all_zero = False
        self._build()
        self.layers.currentIndexChanged.connect(lambda _index: self._show_settings(self.lab.experiment))
        self.rule.activated.connect(self._choose_rule)
        self.parameters.changed.connect(self._set_parameter)
        self.parameters.rule_changed.connect(self._set_rule_parameter)
        self.parameters.trained_changed.connect(self._set_trained)
        lab.experiment_changed.connect(self._show_settings)
        self._show_settings(lab.experiment)
        self.retheme()

    def _build(self) -> None:
        row = QHBoxLayout()
        row.setSpacing(6)
        row.addWidget(self.layers, 100)
        row.addWidget(self.rule, 100)
        row.addStretch(1)
        self._split = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._split.setSpacing(4)
        self._split.addWidget(self.view, 1)
        self._split.addWidget(self.parameters)
        column = QVBoxLayout(self)
        column.setContentsMargins(6, 6, 6, 4)
        # What stands beside the curves in a wide panel moves below them: it must not hold the panel wide.
        column.setSizeConstraint(QLayout.SizeConstraint.SetNoConstraint)
        self.setMinimumSize(230, 160)
        column.setSpacing(4)
        column.addLayout(row)
        column.addLayout(self._split, 1)
        column.addWidget(self.zeros)
        column.addWidget(self.readout)

    @property
    def choice(self) -> LayerChoice:
        """Return the layers that are shown and changed."""
        choices = layer_choices(self.lab.experiment)
        return choices[max(0, min(self.layers.currentIndex(), len(choices) - 1))]

    # What the person changes

    def _change(self, choice: ActivationChoice, text: str, merge: str = "") -> None:
        experiment = self.choice.with_activation(self.lab.experiment, choice)
        if not self.lab.change(experiment, text, merge=merge):
            self._show_settings(self.lab.experiment)

    def _choose_rule(self, _index: int) -> None:
        key = str(self.rule.currentData())
        now = self.choice.activation(self.lab.experiment)
        if key != now.rule.name:
            self._change(replace(now, rule=Choice(key)), f"Backward rule: {BACKWARD_RULES[key].label}")

    def _set_parameter(self, name: str, value: float) -> None:
        now = self.choice.activation(self.lab.experiment)
        choice = replace(now, parameters={**now.parameters, name: value})
        self._change_number(choice, UnitFunction.of(now).activation, name, value)

    def _set_rule_parameter(self, name: str, value: float) -> None:
        now = self.choice.activation(self.lab.experiment)
        rule = replace(now.rule, parameters={**now.rule.parameters, name: value})
        self._change_number(replace(now, rule=rule), BACKWARD_RULES[rule.name], name, value)

    def _change_number(
        self, choice: ActivationChoice, owner: Activation | BackwardRule, name: str, value: float
    ) -> None:
        (symbol,) = (parameter.symbol for parameter in owner.parameters if parameter.name == name)
        merge = f"activation/{self.choice.layers}/{owner.label}/{name}"
        self._change(choice, f"{owner.label}: {symbol} = {number_text(value)}", merge)

    def _set_trained(self, name: str, trained: bool) -> None:
        now = self.choice.activation(self.lab.experiment)
        function = UnitFunction.of(now)
        names = tuple(n for n in function.activation.trainable if (trained if n == name else n in function.trained))
        parameters = dict(now.parameters)
        if not trained and self._trained_values:
            # It stays where training has brought it, on the mean of the units.
            place = [parameter.name for parameter in function.activation.parameters].index(name)
            parameters[name] = float(f"{self._trained_values[place]:.6g}")
        verb = "Train" if trained else "Fix"
        text = f"{verb} {name} of {function.activation.label}"
        self._change(replace(now, parameters=parameters, trained=names), text)

    # What is shown

    def _function(self, experiment: Experiment) -> UnitFunction:
        """Return what the units of the chosen layers compute; normalised where all of these layers are alike."""
        norms = {layer.normalization for place, layer in enumerate(experiment.layers) if place in self.choice.layers}
        return UnitFunction.of(
            self.choice.activation(experiment), normalization=norms.pop() if len(norms) == 1 else "none"
        )

    def _show_settings(self, experiment: Experiment) -> None:
        choices = layer_choices(experiment)
        labels = [choice.label for choice in choices]
        if labels != [self.layers.itemText(row) for row in range(self.layers.count())]:
            chosen = self.layers.currentIndex()
            with QSignalBlocker(self.layers):
                self.layers.clear()
                self.layers.addItems(labels)
                self.layers.setCurrentIndex(chosen if 0 <= chosen < len(labels) else 0)
        function = self._function(experiment)
        self.rule.setVisible(function.activation.takes_rules)
        with QSignalBlocker(self.rule):
            self.rule.setCurrentIndex(self.rule.findData(function.rule.key))
        source = f" ({function.rule.source})" if function.rule.source else ""
        self.rule.setToolTip(f"What the backward pass uses for f': {function.rule.formula}{source}")
        self.zeros.setVisible(function.at_zero_value is not None)
        self._offer(function)
        self._show_values(function)
        self._reading = None
        if self.lab.frame is not None:
            self._show_counts(self.lab.frame)
            self._write_shares(self.lab.frame.whole)

    def _offer(self, function: UnitFunction) -> None:
        wanted = (function.activation.key, function.rule.key)
        if wanted != self._offered:
            self._offered, self._trained_values = wanted, ()
            self.parameters.offer(function)
            self._arrange()

    def _show_values(self, function: UnitFunction) -> None:
        """Show the parameters' values; of trained ones the mean over the units, as the last frame has it."""
        trained = [parameter.name in function.trained for parameter in function.activation.parameters]
        experiment, frame = self.lab.experiment, self.lab.frame
        # The output layer is never annealed.
        hidden = self.choice.layers[0] < len(experiment.layers)
        slope = scheduled_slope(experiment, frame.whole.step if frame is not None else 0) if hidden else None
        if slope is not None:
            function = function.with_slope(slope)
        course = slope_course(experiment) if slope is not None else None
        live = self._trained_values if len(self._trained_values) == len(trained) else function.values
        values = tuple(
            round(now, 3) if is_trained else set_
            for now, set_, is_trained in zip(live, function.values, trained, strict=True)
        )
        self.parameters.show_values(function, values, course)
        precision = experiment.precision
        norm = function.normalization.key
        drawn = (function.activation.key, values, function.rule.key, function.rule_values, norm, precision)
        if drawn != self._drawn:
            self._drawn = drawn
            self.view.show_function(function, values, EDGES, precision)

    def show_picture(self, frame: Frame) -> None:
        """Draw where the pre-activations fall."""
        self._show_counts(frame)

    def show_numbers(self, whole: Frame) -> None:
        """Write shares, exact zeros, and the parameters that training or a schedule moves."""
        self._write_shares(whole)
        function = self._function(self.lab.experiment)
        if function.trained or self.lab.experiment.slope_schedule.name != "none":
            if function.trained:
                self._trained_values = _mean_values(whole, self.choice.layers, function)
            self._show_values(function)

    def _show_counts(self, frame: Frame) -> None:
        reading = frame.reading(PreActivations)
        layers = list(self.choice.layers)
        if reading is None or layers[-1] >= len(reading.counts):
            self.view.show_counts(None)
            return
        if self._reading is reading and self._read_layers == layers:
            return
        self._reading, self._read_layers = reading, layers
        total = max(1, int(_examples_of(reading, layers).sum()))
        shares = reading.counts[layers].sum(axis=0) / total
        outside = float(reading.below[layers].sum() / total), float(reading.above[layers].sum() / total)
        self.view.show_counts(Counts(shares, *outside))

    def _write_shares(self, whole: Frame) -> None:
        reading, layers = whole.reading(PreActivations), list(self.choice.layers)
        if reading is None or layers[-1] >= len(reading.counts):
            self.readout.show_now("The histogram of pre-activations appears here")
            return
        of_layers = _examples_of(reading, layers)
        passing = float((reading.passing[layers] * of_layers).sum() / max(1, int(of_layers.sum())))
        if self.zeros.isVisibleTo(self) and reading.since_start is not None:
            self.zeros.show_now(*zero_texts(reading.since_start, layers))
            self.zeros.setToolTip(zeros_by_layer(reading.since_start, layers))
        self._read_out(whole, 1.0 - passing, int(reading.exact_zeros[layers].sum()))

    def _read_out(self, frame: Frame, blocked: float, zeros: int) -> None:
        function = frame.setup.network.functions[min(self.choice.layers[0], len(frame.setup.network.functions) - 1)]
        used = "derivative" if function.has_true_derivative else f"{function.rule.label} stand-in"
        share = share_text(blocked)
        found = f"{zeros:,}" if zeros else "none"
        self.readout.show_now(
            f"{share} of pre-activations have {used} exactly 0; {zeros:,} pre-activations are exactly 0",
            f"{share} of pre-activations have {used} exactly 0; z = 0 in {found}",
            f"{share} of z: {used} exactly 0; z = 0 in {found}",
            f"{share} of z: {used} exactly 0",
            f"{share} of z: {used} 0",
            f"{share} {used} 0",
        )
        if (blocked == 1.0) != self._all_zero:
            self._all_zero = blocked == 1.0
            self.retheme()

    @guarded
    def resizeEvent(self, event: QResizeEvent) -> None:  # Qt's name
        """Put the controls beside the curves where the panel is wide, else below them."""
        super().resizeEvent(event)
        self._arrange()
        points = text_points(9, self.width(), self.height())
        self.view.set_type(points)
        for label in (self.zeros, self.readout):
            label.setFont(font(points + 0.5, tabular=True))
        self.parameters.set_type(min(points + 1, 13))
        self._reading = None

    def _arrange(self) -> None:
        wide = self.width() >= WIDE
        directions = QBoxLayout.Direction
        self._split.setDirection(directions.LeftToRight if wide else directions.TopToBottom)
        # As wide as its type asks for, but the curves keep two thirds of a panel on stage.
        side = max(SIDE, min(scaled(SIDE), self.width() // 3))
        self.parameters.setMaximumWidth(side if wide else 16777215)
        self.parameters.formula.setVisible(wide)
        self.parameters.setVisible(wide or bool(self.parameters.controls))

    def retheme(self) -> None:
        """Take the colours of the theme."""
        colours = self.theme.colours
        self.readout.setStyleSheet(f"color: {colours.zero if self._all_zero else colours.text}")
        self.setStyleSheet(f"ActivationPanel {{ background: {colours.surface}; }}")
        self._arrange()
        self.update()


def _examples_of(reading: PreActivations, layers: list[int]) -> Ints:
    """Return how many pre-activations each of the layers has (layers,), inside the histogram or not."""
    counted: Ints = reading.counts[layers].sum(axis=1) + reading.below[layers] + reading.above[layers]
    return counted


def _mean_values(frame: Frame, layers: tuple[int, ...], function: UnitFunction) -> tuple[float, ...]:
    """Return the activation's parameters, of those that are trained the mean over the units of the layers."""
    network = frame.setup.network
    if layers[-1] >= len(network.functions) or network.functions[layers[0]].activation is not function.activation:
        return ()
    found = [network.values(frame.parameters[None, :], layer) for layer in layers]
    return tuple(float(np.mean([np.mean(value) for value in of_layers])) for of_layers in zip(*found, strict=True))
