"""The formulas of an activation and its backward rule, with a control for each of their parameters."""

from __future__ import annotations

from collections.abc import Sequence

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

from stepviz.engine.network.unit_function import UnitFunction
from stepviz.ui.core.theme import font
from stepviz.ui.text.schedule_words import Course
from stepviz.ui.widgets.discard import discard
from stepviz.ui.widgets.parameter_control import ParameterControl


class ActivationParameters(QWidget):
    """Shows values, and says which ones the person wants.

    ``changed`` carries the name of a parameter of the activation and its new value, ``rule_changed`` the same of the
    backward rule; ``trained_changed`` a name and whether gradient descent is to move it.
    """

    changed = Signal(str, float)
    rule_changed = Signal(str, float)
    trained_changed = Signal(str, bool)

    def __init__(self) -> None:
        super().__init__()
        self.controls: list[ParameterControl] = []
        self.formula = QLabel()
        self.formula.setWordWrap(True)
        self.formula.setAccessibleName("Formulas")
        self._rows = QVBoxLayout(self)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(2)
        self._rows.addWidget(self.formula)
        self._rows.addStretch(1)

    def offer(self, function: UnitFunction) -> None:
        """Put the controls and formulas of another function in the place of those of the last one."""
        activation, rule = function.activation, function.rule
        for control in self.controls:
            self._rows.removeWidget(control)
            discard(control)
        self.controls = []
        for changed, parameters, trainable in (
            (self.changed, activation.parameters, activation.trainable),
            (self.rule_changed, rule.parameters, ()),
        ):
            for parameter in parameters:
                name = parameter.name
                control = ParameterControl(parameter, trainable=name in trainable)
                control.changed.connect(lambda value, name=name, changed=changed: changed.emit(name, value))
                control.trained_changed.connect(lambda on, name=name: self.trained_changed.emit(name, on))
                self._rows.insertWidget(1 + len(self.controls), control)
                self.controls.append(control)
        instead = f"\nin the backward pass instead of f': {rule.formula}" if rule.derivative is not None else ""
        source = f" ({rule.source})" if rule.source else ""
        text = f"{activation.formula}\n{activation.derivative_formula}{instead}{source}"
        self.formula.setText(text.replace("^−", "^−\u2060"))

    def show_values(self, function: UnitFunction, values: Sequence[float], course: Course | None) -> None:
        """Show the ``values`` of the activation's parameters, and those of the rule.

        ``course``: what a slope schedule does with the one that it drives; None without a schedule.
        """
        trained = [parameter.name in function.trained for parameter in function.activation.parameters]
        driven = function.annealed_value, function.annealed_rule_value
        shown = [
            (value, is_trained, place == driven[0])
            for place, (value, is_trained) in enumerate(zip(values, trained, strict=True))
        ]
        shown += [(value, False, place == driven[1]) for place, value in enumerate(function.rule_values)]
        for control, (value, is_trained, is_driven) in zip(self.controls, shown, strict=True):
            if is_driven:
                control.show_value(float(f"{value:.4g}"), trained=is_trained, course=course)
            else:
                control.show_value(value, trained=is_trained)

    def set_type(self, points: float) -> None:
        """Set the size of the type of the formulas."""
        self.formula.setFont(font(points))
