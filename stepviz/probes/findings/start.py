"""Starts from which units cannot become different: all zeros, or all the same."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.remedies import with_weights
from stepviz.probes.findings.words import capital, in_layers

# Equal units receive equal gradients but for rounding, which differs with the place in the matrix.
_ROUNDING = 1e-5


def zero_weights(evidence: Evidence) -> Finding | None:
    """Look for a network in which two consecutive weight layers are all 0: neither passes a gradient to the other."""
    zero = [layer for layer in range(len(evidence.network.functions)) if not np.any(evidence.block(layer)[:-1])]
    if not any(layer + 1 in zero for layer in zero):
        return None
    return Finding(
        "zero weights",
        "All weights zero",
        f"All weights of {in_layers(zero)} are 0, so no signal passes them, forward or back: {evidence.receives}",
        "Draw the first weights at random (this restarts).",
        with_weights(evidence.experiment, "glorot-uniform"),
        90.0,
    )


def equal_units(evidence: Evidence) -> Finding | None:
    """Look for layers of several units that have equal weights in and out, not all of them 0, and all else equal."""
    layers = []
    for layer in evidence.hidden:
        weights_in, weights_out = evidence.block(layer).T, evidence.block(layer + 1)[:-1]
        zero = not np.any(weights_in) and not np.any(weights_out)
        if len(weights_in) > 1 and not zero and all(map(all_equal, (weights_in, weights_out, evidence.trained(layer)))):
            layers.append(layer)
    if not layers:
        return None
    many = len(layers) > 1
    units = sum(len(evidence.units.states[layer]) for layer in layers)
    return Finding(
        "equal units",
        "Units all the same",
        capital(
            f"the {units:,} units of {in_layers(layers)} are all alike{' within their layer' if many else ''}: with "
            f"equal weights in and out they receive equal gradients and compute what one unit "
            f"{'in each layer ' if many else ''}would"
        ),
        "Draw the first weights at random (this restarts).",
        with_weights(evidence.experiment, "glorot-uniform"),
        85.0,
    )


def all_equal(rows: Array) -> bool:
    """Return whether the rows (units, numbers) are equal up to rounding."""
    if not rows.size:
        return True
    spread = np.ptp(rows.astype(np.float64), axis=0).max()
    return bool(spread <= _ROUNDING * np.abs(rows).max())
