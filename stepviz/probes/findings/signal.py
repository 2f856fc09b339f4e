"""The error signal on its way back: vanishing, exploding, and the saturated units behind the first."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text
from stepviz.engine.settings.experiment import ActivationChoice
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.remedies import with_activations, with_weights
from stepviz.probes.findings.words import capital, counted, verb
from stepviz.probes.stuck_units import SATURATED

# What the first layer gets of the output layer's error signal, in a healthy network between these.
LEAST_SIGNAL, MOST_SIGNAL = 1e-3, 1e3
_MOST_NAMED = 6


def vanishing(evidence: Evidence) -> Finding | None:
    """Look whether the error signal shrinks to less than a thousandth on its way from the output to the first layer."""
    passed = _passed_back(evidence)
    if passed is None or not passed < LEAST_SIGNAL:
        return None
    experiment = with_activations(evidence.experiment, evidence.hidden, ActivationChoice("relu"))
    return Finding(
        "vanishing",
        "Vanishing gradient",
        f"The error signal shrinks {_each_layer(evidence.flow.delta_norm)} on its way back: the first layer gets "
        f"{number_text(passed, 2)} of what the output layer gets",
        "ReLU with He initialisation keeps the signal's size (this restarts); so do fewer layers.",
        with_weights(experiment, "he-uniform") or (experiment if experiment != evidence.experiment else None),
        50.0,
    )


def exploding(evidence: Evidence) -> Finding | None:
    """Look whether the error signal grows more than a thousandfold on its way from the output to the first layer."""
    passed = _passed_back(evidence)
    if passed is None or not passed > MOST_SIGNAL:
        return None
    remedy = with_weights(evidence.experiment, "glorot-uniform")
    return Finding(
        "exploding",
        "Exploding gradient",
        f"The error signal grows {_each_layer(evidence.flow.delta_norm)} on its way back: the first layer gets "
        f"{number_text(passed, 2)} times what the output layer gets",
        "Draw smaller first weights, after Glorot (this restarts)." if remedy else "Smaller steps keep weights small.",
        remedy,
        55.0,
    )


def saturated_units(evidence: Evidence) -> Finding | None:
    """Look for layers with many units saturated."""
    states = evidence.units.states
    counts = {layer: int(np.count_nonzero(states[layer] == SATURATED)) for layer in evidence.hidden}
    layers = [layer for layer, count in counts.items() if count >= evidence.many * len(states[layer])]
    if not layers:
        return None
    saturated = sum(counts[layer] for layer in layers)
    remedy = with_weights(evidence.experiment, "glorot-uniform")
    parts = [f"{counted(counts[layer], len(states[layer]), 'units')} of layer {layer + 1}" for layer in layers]
    return Finding(
        "saturated units",
        "Saturation",
        capital(
            f"{' and '.join(parts)} {verb(saturated)} saturated: for at least 95 % of the examples "
            f"{'its' if saturated == 1 else 'their'} derivative is below 1 % of the largest it could be"
        ),
        f"Smaller {'first weights' if remedy else 'steps from the start'} keep z where the curve is steep"
        f"{' (this restarts)' if remedy else ''}.",
        remedy,
        45.0,
    )


def _passed_back(evidence: Evidence) -> float | None:
    norms = evidence.flow.delta_norm
    if len(norms) < 2 or not np.isfinite(norms).all() or not norms.all():
        return None
    return float(norms[0] / norms[-1])


def _each_layer(norms: Array) -> str:
    """Return the measured factors from layer to layer, the last first; their geometric mean where they are many."""
    factors = norms[:-1] / norms[1:]
    if len(factors) > _MOST_NAMED:
        mean = float(np.exp(np.mean(np.log(factors))))
        return f"by a factor of {number_text(mean, 2)} per layer (mean of {len(factors)})"
    return "by " + ", ".join(f"×{number_text(factor, 2)}" for factor in factors[::-1]) + " from layer to layer"
