"""Output activations that cannot answer what is asked."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from stepviz.engine.catalogue.activations import Values
from stepviz.engine.catalogue.losses import Loss
from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.words import inside

# The part of the loss that no weights could remove must be this share of it to be the reason.
_SHARE = 0.1
# A value that only a z of a million gives stands for infinity.
_FAR = 1e3


def out_of_reach(evidence: Evidence) -> Finding | None:
    """Look whether targets outside what the output activation can give make at least a tenth of the loss."""
    function = evidence.network.functions[-1]
    if function.activation.key == "linear":
        return None
    values = reachable(function, evidence.network.values(evidence.theta, len(evidence.network.functions) - 1))
    targets: Array = evidence.targets.astype(np.float64)
    least = least_loss(evidence.network.loss, values, targets)
    if not least > max(_SHARE * evidence.train_loss, 1e-6):
        return None
    # Both in the person's units, where the targets of a regression are scaled.
    targets = evidence.dataset.to_target_units(targets)
    low, high = _bound(float(values[0]), evidence.dataset), _bound(float(values[-1]), evidence.dataset)
    return Finding(
        "targets out of reach",
        "Targets out of reach",
        f"The output activation {inside(function.activation.label)} gives values from {low} to {high}, the targets "
        f"reach from {number_text(float(targets.min()))} to {number_text(float(targets.max()))}: no weights bring the "
        f"loss, {number_text(evidence.train_loss)} now, below {number_text(least)}",
        "A linear output reaches every target.",
        replace(evidence.experiment, output=ActivationChoice("linear")),
        75.0,
    )


def _bound(value: float, dataset: Dataset) -> str:
    if abs(value) < _FAR:
        return number_text(float(dataset.to_target_units(np.array([value]))[0]))
    return "∞" if value > 0 else "−∞"


def reachable(function: UnitFunction, values: Values) -> Array:
    """Return values that the units of a layer can give, ascending: f over z from -10^6 to 10^6, dense around 0."""
    far = np.logspace(0.0, 6.0, 600)
    z = np.concatenate([-far[::-1], np.linspace(-1.0, 1.0, 2001), far])[None, :, None]
    widths = [np.shape(value)[-1] for value in values if np.shape(value)]
    z = np.ascontiguousarray(np.broadcast_to(z, (1, z.shape[1], max(widths, default=1))))
    out = np.empty_like(z)
    with np.errstate(all="ignore"):
        function.activation.value(z, values, out, np.empty_like(z))
    return np.unique(out)


def least_loss(loss: Loss, values: Array, targets: Array) -> float:
    """Return the mean loss for targets (examples, outputs) of the best answer that is in ``values``, ascending.

    The best answer to a target is the value nearest to it, or, where the loss does not mind too much of the right sign,
    the outermost on its side.
    """
    above = np.clip(np.searchsorted(values, targets), 1, len(values) - 1) if len(values) > 1 else np.zeros(1, int)
    low, high = values[above - 1], values[above]
    nearest = np.broadcast_to(np.where(targets - low < high - targets, low, high), targets.shape)
    outermost = np.where(targets > 0, values[-1], values[0])
    out, scratch = np.zeros(1), np.empty((1, *targets.shape))
    least = np.inf
    for answers in (nearest, outermost):
        loss.value(np.ascontiguousarray(answers)[None], targets, out, scratch)
        least = min(least, float(out[0]))
    return least
