"""The sentence that says why the loss does or does not move."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.number_format import number_text
from stepviz.probes.findings.evidence import Evidence, gather
from stepviz.probes.findings.finding import REMARK, Finding
from stepviz.probes.findings.finding_table import FINDINGS, WITHOUT_GRADIENT
from stepviz.probes.findings.learning_rate import diverging
from stepviz.probes.findings.words import counted, inside, verb
from stepviz.probes.gradient_flow import norm
from stepviz.probes.instant import Instant
from stepviz.probes.stuck_units import ACTIVE, STATES

__all__ = ["Diagnosis", "Finding", "diagnose", "measure_diagnosis"]

MOST_FINDINGS = 3


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """At most three findings, the weightiest first.

    ``sentence`` is the one-line summary of the first, or says that and how the run is well.
    """

    sentence: str
    findings: tuple[Finding, ...]


def diagnose(evidence: Evidence) -> Diagnosis:
    """Return what explains the run."""
    by_gradient = OPTIMIZERS[evidence.experiment.optimizer.name].by_gradient
    looks = FINDINGS if by_gradient else WITHOUT_GRADIENT
    if not np.isfinite(evidence.train_loss):
        # Of what is no number nothing else can be said: not that it is saturated either.
        looks = (diverging,)
    found = [finding for look in looks if (finding := look(evidence)) is not None]
    found.sort(key=lambda finding: -finding.weight)
    illnesses = [finding for finding in found if finding.weight > REMARK]
    remarks = [finding for finding in found if finding.weight <= REMARK]
    reason = inside(illnesses[0].sentence) if illnesses else _well(evidence)
    said = (
        illnesses[0].sentence
        if illnesses and illnesses[0].whole
        else _joined(evidence, reason, any(illness.ill for illness in illnesses[:1]))
    )
    # What is well of the training does not say that it is of new examples.
    beside = [illness for illness in illnesses[1:] if illnesses[0].well and illness.whole and illness.ill]
    sentence = ". ".join([said, *(finding.sentence for finding in (*beside, *remarks))])
    return Diagnosis(sentence, tuple(found[:MOST_FINDINGS]))


def measure_diagnosis(instant: Instant) -> Diagnosis:
    """Return the diagnosis of an instant."""
    with np.errstate(all="ignore"):
        return diagnose(gather(instant))


def _joined(evidence: Evidence, reason: str, ill: bool) -> str:
    match evidence.trend:
        case "falling":
            return f"Loss is falling{', but ' if ill else ': '}{reason}"
        case "flat" | "rising":
            return f"Loss is {evidence.trend}: {reason}"
        case "swinging":
            return f"Loss swings up and down: {reason}"
        case _:
            return f"{f'At step {evidence.step:,}' if evidence.step else 'Before the first step'}: {reason}"


def _well(evidence: Evidence) -> str:
    units = evidence.units
    parts = []
    if evidence.receiving == 0 and units.count(ACTIVE):
        return (
            f"no parameter receives a gradient, though {counted(units.count(ACTIVE), units.total, 'hidden units')} "
            f"{verb(units.count(ACTIVE))} active: what the examples ask for cancels exactly"
        )
    if units.total:
        active = units.count(ACTIVE)
        others = [f"{units.count(state):,} {STATES[state]}" for state in (1, 2, 3) if units.count(state)]
        said = f"{counted(active, units.total, 'hidden units')} {verb(active)}" if active else "no hidden unit is"
        parts.append(f"{said} active" + (f" ({', '.join(others)})" if others else ""))
    parts.append(evidence.receives)
    if evidence.trend == "flat":
        size = norm(evidence.gradient) / np.sqrt(evidence.parameters)
        parts.append(f"its RMS is {number_text(size, 2)} and the loss {number_text(evidence.train_loss)}")
    return ", ".join(parts)
