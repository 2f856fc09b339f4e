"""Penalties on large weights that hold the loss where it is."""

from __future__ import annotations

import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.engine.network.penalties import penalties_of
from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.trend import STANDS
from stepviz.probes.findings.words import in_layers
from stepviz.probes.gradient_flow import norm

# The penalty is the reason where it undoes so much of what the loss asks for, and points against it.
_UNDONE, _AGAINST = 0.5, -0.7
_ALL = 0.995, 1.05
# Weights this small (root mean square) pass nothing on that counts.
_GONE = 1e-3


def held_by_penalty(evidence: Evidence) -> Finding | None:
    """Look whether L1 and L2 pull the weights back as hard as the gradient of the loss pulls them on.

    With g the gradient of the data loss and p that of the penalty, -(g . p) / (g . g) of g is undone.
    """
    experiment, loss = evidence.experiment, evidence.gradient[0].astype(np.float64)
    if not (experiment.l1 or experiment.l2) or evidence.trend not in STANDS:
        return None
    penalty = _gradient(evidence)
    sizes = norm(loss), norm(penalty)
    if not (np.isfinite(sizes).all() and all(sizes)):
        return None
    product = float(loss @ penalty)
    undone = -product / sizes[0] ** 2
    if undone < _UNDONE or product > _AGAINST * sizes[0] * sizes[1]:
        return None
    how = share_text(undone) if undone < _ALL[0] else "all" if undone < _ALL[1] else "more than all"
    return Finding(
        "held by penalty",
        "Held by the penalty",
        f"The penalty on large weights ({_names(experiment)}) takes back {how} of what the loss asks for",
        "A tenth of the penalty; the loss that is shown leaves the penalty out.",
        replace(experiment, l1=_tenth(experiment.l1), l2=_tenth(experiment.l2)),
        57.0,
    )


def shrunk_away(evidence: Evidence) -> Finding | None:
    """Look for layers whose weights a penalty has brought to next to nothing, all of them."""
    experiment = evidence.experiment
    if not (experiment.l1 or experiment.l2) or evidence.step == 0:
        return None
    sizes = [float(np.sqrt(np.mean(evidence.block(layer)[:-1] ** 2))) for layer in range(len(evidence.hidden) + 1)]
    layers = [layer for layer, size in enumerate(sizes) if 0.0 < size < _GONE]
    if not layers:
        return None
    return Finding(
        "shrunk away",
        "Weights shrunk away",
        f"The penalty on large weights ({_names(experiment)}) has shrunk those of {in_layers(layers)} to at most "
        f"{number_text(max(sizes[layer] for layer in layers), 2)} (RMS): no signal to speak of passes them",
        "Set a tenth of the penalty and restart: weights so small do not grow again by themselves.",
        None,
        62.0,
    )


def _names(experiment: Experiment) -> str:
    pairs = (("L1", experiment.l1), ("L2", experiment.l2))
    return " and ".join(f"{name} = {number_text(strength, 2)}" for name, strength in pairs if strength)


def _gradient(evidence: Evidence) -> Array:
    theta = evidence.theta.astype(np.float64)
    gradient, scratch = np.zeros_like(theta), np.empty_like(theta)
    for penalty in penalties_of(evidence.experiment, evidence.network.layout, "float64"):
        penalty.add_to_gradient(theta, gradient, scratch)
    return gradient[0]


def _tenth(strength: float) -> float:
    return float(f"{0.1 * strength:.2g}")
