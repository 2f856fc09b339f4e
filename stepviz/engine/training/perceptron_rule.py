"""The perceptron rule: one layer of steps that moves by its mistakes (Rosenblatt 1958, Psychological Review 65)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError

if TYPE_CHECKING:
    from stepviz.engine.network.forward_backward import Pass
    from stepviz.engine.settings.experiment import Experiment

# The loss that encodes classes as the numbers that a step, or a sign, can answer.
LOSS_FOR = {"step": "squared-error", "sign": "hinge"}


def mistakes(present: Pass, inputs: Array, targets: Array) -> None:
    """Fill the gradient of a pass, after ``forward``, with what the perceptron rule takes away: x (y - t).

    The mean over the examples of the batch; with a batch of one it is Rosenblatt's rule. Right answers give exactly 0.
    No derivative is asked for.
    """
    assert present.gradient is not None
    wrong = present.delta[-1]
    np.subtract(present.y, targets, out=wrong)
    np.divide(wrong, wrong.shape[1], out=wrong)
    np.matmul(inputs.transpose(0, 2, 1), wrong, out=present.network.layout.block(present.gradient, 0))


def check_perceptron(experiment: Experiment) -> None:
    """Raise InputError, naming the field, where the perceptron rule cannot train what the settings describe."""
    if experiment.layers:
        found = f"{len(experiment.layers)} hidden"
        raise InputError("layers", found, "none, because the perceptron rule has one layer")
    output = experiment.output.name
    if output not in LOSS_FOR:
        raise InputError("output.name", output, " or ".join(LOSS_FOR) + " for the perceptron rule")
    if experiment.loss != LOSS_FOR[output]:
        label = LOSSES[LOSS_FOR[output]].label.lower()
        expected = f"{LOSS_FOR[output]}, because {label} asks for the answers that a {output} can give"
        raise InputError("loss", experiment.loss, expected)
