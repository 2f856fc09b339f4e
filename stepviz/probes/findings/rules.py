"""Gradients that are none: what a backward rule has made of them."""

from __future__ import annotations

from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.finding import Finding
from stepviz.probes.findings.words import in_layers


def backward_rule(evidence: Evidence) -> Finding | None:
    """Say which gradients come from a backward rule."""
    layers = [layer for layer, rule in enumerate(evidence.flow.rules) if rule]
    if not layers:
        return None
    labels = " and ".join(dict.fromkeys(evidence.flow.rules[layer].lower() for layer in layers))
    rules = "rule" if len({evidence.flow.rules[layer] for layer in layers}) == 1 else "rules"
    behind = list(range(layers[-1] + 1))
    return Finding(
        "backward rule",
        "Not a true gradient",
        f"Gradients of {in_layers(behind)} come from the {labels} {rules}, they are not derivatives",
        "Compare with the rule «true» to see what the derivative itself gives.",
        None,
        5.0,
    )
