"""The gradient of every single parameter."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.common.arrays import Array, freeze
from stepviz.probes.instant import Instant


@dataclass(frozen=True, slots=True)
class ParameterGradient:
    """``gradient`` (parameters,) of the mean training loss, without penalties, laid out as the parameters are.

    Where a layer has a backward rule it is what the rule gives.

    What to conclude: a parameter whose entry is exactly 0 is not moved by gradient descent on the data.
    """

    step: int
    gradient: Array


def measure_gradient(instant: Instant) -> ParameterGradient:
    """Return the gradient of an instant, over the whole training set."""
    gradient = instant.train.gradient
    assert gradient is not None
    return ParameterGradient(instant.step, freeze(gradient[0].copy()))
