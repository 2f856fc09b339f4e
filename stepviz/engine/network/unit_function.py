"""What the units of one layer compute."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stepviz.engine.catalogue.activations import ACTIVATIONS, Activation
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES, BackwardRule
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS, Normalization
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.settings.experiment import ActivationChoice

# The parameter of activations and of backward rules that a slope schedule drives.
SLOPE = "slope"
AT_ZERO = "at-zero"


@dataclass(frozen=True, slots=True)
class UnitFunction:
    """What the units of one layer compute: activation, its parameter values, and the backward rule.

    ``dropout`` is the share of them that each update of the training leaves out; ``normalization`` what is done to the
    sums of the layer before the activation. ``trained`` are the activation's parameters that are.
    """

    activation: Activation
    values: tuple[float, ...]
    rule: BackwardRule
    rule_values: tuple[float, ...]
    trained: tuple[str, ...]
    dropout: float = 0.0
    normalization: Normalization = NORMALIZATIONS["none"]

    @classmethod
    def of(cls, choice: ActivationChoice, dropout: float = 0.0, normalization: str = "none") -> UnitFunction:
        """Return the function that the settings name (settings are taken as validated)."""
        activation, rule = ACTIVATIONS[choice.name], BACKWARD_RULES[choice.rule.name]
        return cls(
            activation,
            resolve(choice.parameters, activation.parameters, "activation"),
            rule,
            resolve(choice.rule.parameters, rule.parameters, "rule"),
            activation.trained if choice.trained is None else choice.trained,
            dropout,
            NORMALIZATIONS[normalization],
        )

    @property
    def starts(self) -> dict[str, float]:
        """Return all that is trained per unit besides weights and bias, and what it starts from."""
        names = [parameter.name for parameter in self.activation.parameters]
        return {name: self.values[names.index(name)] for name in self.trained} | dict(self.normalization.starts)

    @property
    def has_true_derivative(self) -> bool:
        """Return whether the backward pass uses f' itself."""
        return self.rule.derivative is None

    @property
    def annealed_value(self) -> int | None:
        """Return which of ``values`` a slope schedule drives, if any: the slope, where it is not trained."""
        if not self.activation.steepens or SLOPE in self.trained:
            return None
        return [parameter.name for parameter in self.activation.parameters].index(SLOPE)

    @property
    def annealed_rule_value(self) -> int | None:
        """Return which of ``rule_values`` a slope schedule drives, if any."""
        names = [parameter.name for parameter in self.rule.parameters]
        return names.index(SLOPE) if SLOPE in names else None

    @property
    def at_zero_value(self) -> int | None:
        """Return which of ``values`` is the derivative at 0, where that is a matter of choice."""
        names = [parameter.name for parameter in self.activation.parameters]
        return names.index(AT_ZERO) if AT_ZERO in names else None

    @property
    def annealed(self) -> bool:
        """Return whether a slope schedule drives anything here."""
        return self.annealed_value is not None or self.annealed_rule_value is not None

    def with_slope(self, slope: float) -> UnitFunction:
        """Return the function with another slope, where a slope schedule drives it."""
        return replace(
            self,
            values=_put(self.values, self.annealed_value, slope),
            rule_values=_put(self.rule_values, self.annealed_rule_value, slope),
        )


def _put(values: tuple[float, ...], place: int | None, value: float) -> tuple[float, ...]:
    return values if place is None else (*values[:place], value, *values[place + 1 :])
