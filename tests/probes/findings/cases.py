"""Evidence of runs built to have an illness, or none."""

from __future__ import annotations

import numpy as np

from stepviz.engine.settings.experiment import ActivationChoice, Choice, HiddenLayer
from stepviz.probes.findings.evidence import Evidence, gather
from tests.probes.runs import train


def evidence(settings, steps=0, *, losses=None, **others) -> Evidence:
    """Return the evidence after ``steps`` updates; ``losses`` stand for those that were recorded on the way."""
    instant = train(settings, steps, **others)
    if losses is not None:
        instant.recent_losses = losses
    with np.errstate(all="ignore"):
        return gather(instant)


def with_trend(given: Evidence, trend: str) -> Evidence:
    """Return the evidence, its loss moving as told."""
    given.__dict__["trend"] = trend
    return given


def layers_of(*names, width=8, rules=None):
    """Return hidden layers of these activations and backward rules."""
    rules = rules or ["true"] * len(names)
    return tuple(
        HiddenLayer(width, ActivationChoice(name, rule=Choice(rule))) for name, rule in zip(names, rules, strict=True)
    )
