"""What large weights cost besides the loss: l1 sum|w| + l2/2 sum w^2, over weights, never biases."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, Precision
from stepviz.engine.network.layout import Layout
from stepviz.engine.settings.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Penalty:
    """One of the two terms: ``strengths * value(w)`` with its derivative, 0 for what is not a weight.

    ``value_strengths`` and ``derivative_strengths`` (parameters,) differ by the half in l2/2 w^2.
    """

    value: np.ufunc
    value_strengths: Array
    derivative: np.ufunc
    derivative_strengths: Array

    def add_to_losses(self, theta: Array, losses: Array, scratch: Array) -> None:
        """Add what the weights of every row of theta (rows, parameters) cost to losses (rows,)."""
        self.value(theta, out=scratch)
        np.add(losses, scratch @ self.value_strengths, out=losses)

    def add_to_gradient(self, theta: Array, gradient: Array, scratch: Array) -> None:
        """Add the derivative of that by theta to gradient (rows, parameters)."""
        self.derivative(theta, out=scratch)
        np.multiply(scratch, self.derivative_strengths, out=scratch)
        np.add(gradient, scratch, out=gradient)


def penalties_of(experiment: Experiment, layout: Layout, precision: Precision) -> tuple[Penalty, ...]:
    """Return the penalties that the settings ask for, to be worked out in ``precision``."""
    weights = layout.weight_mask()
    l1, l2 = ((strength * weights).astype(precision) for strength in (experiment.l1, experiment.l2))
    found = []
    if experiment.l2:
        halved = (0.5 * experiment.l2 * weights).astype(precision)
        found.append(Penalty(np.square, halved, np.positive, l2))
    if experiment.l1:
        found.append(Penalty(np.absolute, l1, np.sign, l1))
    return tuple(found)
