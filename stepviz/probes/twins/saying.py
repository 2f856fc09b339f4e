"""What is said of a run: what is measured of it, until its twins have shown what helps."""

from __future__ import annotations

from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.findings.finding import REMARK, Finding
from stepviz.probes.findings.words import capital
from stepviz.probes.twins.report import TwinDiagnosis, TwinFinding

# Of what is measured, this needs no twin: both of its curves are there.
_SEEN = frozenset({"overfitting"})
_HEAVIEST = 100.0
_MOST = 3


def settled(measured: Diagnosis | None, twins: TwinDiagnosis | None, experiment: Experiment) -> Diagnosis | None:
    """Return what to show of a run with these settings, from what is measured and what twins of it did.

    Without twins of these settings what is measured stands as it is. While twins are being trained only how the loss
    moves is said, and no cause. Then the causes that cures have proved take its place; of a run that goes well nothing
    is left of it but remarks.
    """
    if twins is None or twins.experiment != experiment:
        return measured
    found = () if measured is None else measured.findings
    remarks = tuple(finding for finding in found if finding.weight <= REMARK)
    if twins.verdict != "ill":
        kept = tuple(finding for finding in found if finding.name in _SEEN or finding.well)
        if measured is None or all(finding in (*kept, *remarks) for finding in found):
            return measured
        return Diagnosis(twins.sentence, (*kept, *remarks)[:_MOST])
    if not twins.done:
        return Diagnosis(twins.sentence, remarks)
    causes = tuple(as_finding(finding, twins, place) for place, finding in enumerate(twins.findings))
    return Diagnosis(twins.sentence, (*causes, *remarks)[:_MOST])


def as_finding(finding: TwinFinding, twins: TwinDiagnosis, place: int) -> Finding:
    """Return a cause as the cards show it, with its button and the curves of its twins."""
    cure = finding.cure
    best = next((tried for tried in finding.twins if cure is not None and tried.cure == cure.key), None)
    words = "" if cure is None else capital(f"try {cure.words}") + (", restart" if cure.restart else "")
    return Finding(
        finding.cause,
        finding.title,
        finding.sentence,
        finding.evidence,
        None if cure is None else cure.experiment,
        _HEAVIEST - place,
        whole=True,
        well=cure is None and finding.cause in ("nothing-left-to-learn", "noise-floor"),
        words=words,
        restarts=cure is not None and cure.restart,
        own=twins.own,
        twins=() if best is None or best.as_share else best.curve,
    )
