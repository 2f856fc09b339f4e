"""Units whose derivative is 0: activations that have none, and units that died; and the units they starve."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.settings.experiment import ActivationChoice
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.remedies import with_activations, with_rule
from stepviz.probes.findings.words import capital, counted, in_layers, inside, verb
from stepviz.probes.stuck_units import FLAT, STARVED


def flat_activation(evidence: Evidence) -> Finding | None:
    """Look for layers whose activation has derivative 0 everywhere, with no backward rule."""
    layers = [
        layer
        for layer, function in enumerate(evidence.network.functions)
        if function.has_true_derivative and not np.any(evidence.largest[layer])
    ]
    if not layers:
        return None
    labels = dict.fromkeys(inside(evidence.function(layer).activation.label) for layer in layers)
    output = len(evidence.network.functions) - 1
    place = "" if layers == list(evidence.hidden) else f" in {in_layers(layers)}"
    place = " at the output" if layers == [output] else place
    has = "have" if len(labels) > 1 else "has"
    reason = f"{' and '.join(labels)} {has} derivative 0{place}"
    units = evidence.units
    stuck = f"{counted(units.stuck, units.total, 'hidden units')} {verb(units.stuck)} stuck, " if units.stuck else ""
    ruled = [layer for layer in layers if evidence.function(layer).activation.takes_rules]
    remedy = with_rule(evidence.experiment, ruled, "clipped-straight-through") if ruled else None
    return Finding(
        "flat activation",
        "No derivative",
        capital(f"{stuck}{reason}; {evidence.receives}"),
        "Let a backward rule stand in for the derivative, or take an activation that has one.",
        remedy,
        80.0,
    )


def flat_units(evidence: Evidence) -> Finding | None:
    """Look for layers with many units flat, though their activation (or rule) has a derivative somewhere."""
    counts = {
        layer: int(np.count_nonzero(evidence.units.states[layer] == FLAT))
        for layer in evidence.hidden
        if np.any(evidence.largest[layer])
    }
    layers = [layer for layer, count in counts.items() if count >= evidence.many * len(evidence.units.states[layer])]
    if not layers:
        return None
    parts = _shares(layers, [counts[layer] for layer in layers], [len(evidence.units.states[each]) for each in layers])
    functions = [evidence.function(layer) for layer in layers]
    labels = dict.fromkeys(
        inside(function.activation.label if function.has_true_derivative else f"the {inside(function.rule.label)} rule")
        for function in functions
    )
    gives = "gives" if len(labels) == 1 else "give"
    ruled = [layer for layer, function in zip(layers, functions, strict=True) if not function.has_true_derivative]
    if ruled:
        advice = "The straight-through rule passes a gradient for every z."
        remedy = with_rule(evidence.experiment, ruled, "straight-through")
    else:
        advice = "Leaky ReLU passes a gradient for every z; smaller steps or other first weights keep units from dying."
        remedy = with_activations(evidence.experiment, layers, ActivationChoice("leaky-relu"))
    flat = sum(counts[layer] for layer in layers)
    most = max(counts[layer] / len(evidence.units.states[layer]) for layer in layers)
    return Finding(
        "flat units",
        "Dead units",
        capital(
            f"{' and '.join(parts)} {verb(flat)} flat: {' and '.join(labels)} {gives} {'it' if flat == 1 else 'them'} "
            f"derivative 0 on every one of {evidence.examples:,} examples; {evidence.receives}"
        ),
        advice,
        remedy,
        65.0 + 10.0 * most,
    )


def _shares(layers: Sequence[int], counts: Sequence[int], widths: Sequence[int]) -> list[str]:
    """Return how many units of which layers; of more than two layers all at once, for a sentence has to be read."""
    if len(layers) > 2:
        return [f"{counted(sum(counts), sum(widths), 'units')} of {in_layers(layers)}"]
    return [
        f"{counted(count, width, 'units')} of layer {layer + 1}"
        for layer, count, width in zip(layers, counts, widths, strict=True)
    ]


def starved_units(evidence: Evidence) -> Finding | None:
    """Look for layers with many units starved, though the output layer sends an error signal back."""
    if not np.any(evidence.output_delta):
        return None
    states = evidence.units.states
    layers = [layer for layer in evidence.hidden if np.mean(states[layer] == STARVED) >= evidence.many]
    if not layers:
        return None
    layer = layers[-1]
    starved = int(np.count_nonzero(states[layer] == STARVED))
    they, them = ("it", "it") if starved == 1 else ("they", "them")
    start = (
        f"{counted(starved, len(states[layer]), 'units')} of layer {layer + 1} {verb(starved)} starved: "
        f"{they} would pass a gradient on, but"
    )
    remedy = None
    if layer + 1 in evidence.hidden and np.all(states[layer + 1] == FLAT):
        reason = f"every unit of layer {layer + 2} behind {them} is flat"
        advice = f"Give layer {layer + 2} a derivative first."
    elif not np.any(evidence.block(layer + 1)[:-1]):
        reason = f"all weights from {them} to layer {layer + 2} are 0"
        advice = "The layer behind must move off 0 first; weights that start at random do not have this problem."
    elif evidence.function(layer + 1).normalization.axis is not None and not np.any(evidence.scales(layer + 1)):
        reason = f"every gamma of layer {layer + 2} is 0, and its normalisation passes nothing on"
        advice = f"Layer {layer + 2} must move off gamma 0 first."
    else:
        reason = f"layer {layer + 2} behind {them} passes none back: the error signal that arrives is exactly 0"
        advice = f"Look at layer {layer + 2} first: see what its units are stuck for, or what normalises them."
    return Finding("starved units", "Starved units", capital(f"{start} {reason}"), advice, remedy, 60.0)
