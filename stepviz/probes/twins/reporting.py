"""From an examination to what is said of it."""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import number_text, share_text
from stepviz.probes.findings.overfitting import overfitting
from stepviz.probes.findings.words import inside
from stepviz.probes.twins.causes import CAUSES, FLOORS
from stepviz.probes.twins.cure import changed_fields
from stepviz.probes.twins.examination import Examination
from stepviz.probes.twins.floors import floor_of
from stepviz.probes.twins.ranking import Proved
from stepviz.probes.twins.report import Remedy, Tried, TwinDiagnosis, TwinFinding
from stepviz.probes.twins.training import Curves
from stepviz.probes.twins.trial import HELPS, Trial

_MOST_FINDINGS = 4
# What first comes to mind, so that its doing nothing is worth a word.
_CONTRASTS = ("rate/1e1", "rate*1e1", "width*2", "relu", "adam")
_MOST_NAMED = 6
_TITLES = {
    "nothing-left-to-learn": "Nothing left to learn",
    "constant-inputs": "Constant inputs",
    "labels-not-determined": "Inputs do not determine the labels",
    "noise-floor": "A floor that no twin passes",
    "overfitting": "Overfitting",
    "diverged": "Diverged",
    "no-cure-found": "No cure found",
}
assert _TITLES.keys() == FLOORS.keys()


def report(found: Examination) -> TwinDiagnosis:
    """Return what is said of an examination, finished or not."""
    state = found.state
    loss = _finite(float(state.evidence.train_loss)) if state.evidence is not None else None
    findings = _findings(found)
    own = () if state.going_on is None else _curve(state.going_on, as_share=False)
    return TwinDiagnosis(
        verdict=found.verdict,
        sentence=_sentence(found, findings, loss),
        trend=state.trend,
        step=state.subject.moment.step,
        loss=loss,
        findings=findings,
        tried=tuple(_tried(found, trial) for trial in (*found.trials, *(c for p in found.proved for c in p.combined))),
        own=own,
        experiment=state.experiment,
        done=found.done,
    )


def _sentence(found: Examination, findings: tuple[TwinFinding, ...], loss: float | None) -> str:
    state = found.state
    said = "not a finite number" if loss is None else number_text(loss)
    match found.verdict:
        case "learns":
            assert state.going_on is not None
            then = number_text(float(state.going_on.finals[0]))
            return (
                f"The run learns: the loss is {said} and falls to {then} in {found.plan.steps} steps. Nothing is tried"
            )
        case "learned" if not findings:
            part = share_text(state.level)
            return f"The run has learned: the loss is {said}, {part} of a constant answer's. Nothing is tried"
    if findings:
        first = findings[0]
        return ". ".join(part for part in (first.sentence, first.evidence) if part)
    if found.done:
        return f"The loss is {said} and nothing stands out"
    how = {"flat": "stays", "falling": "hardly falls", "swinging": "swings", "rising": "rises"}.get(state.trend, "is")
    level = "" if loss is None else f" at {said}" if how == "stays" else f" ({said})"
    return f"The loss {how}{level}; changes are being tried on copies of the run ({len(found.trials)} so far)"


def _findings(found: Examination) -> tuple[TwinFinding, ...]:
    state = found.state
    if found.verdict == "nothing left":
        evidence = state.evidence
        assert evidence is not None
        sentence = f"Nothing is left to learn: the loss is {number_text(evidence.train_loss, 2)}, at its minimum"
        return (_floor("nothing-left-to-learn", sentence),)
    if found.verdict in ("learns", "learned"):
        old = None if state.evidence is None else overfitting(state.evidence)
        if found.verdict == "learns" or old is None:
            return ()
        remedy = None
        if old.remedy is not None:
            remedy = Remedy("l2", old.advice, old.remedy, _fields(found, old.remedy), False)
        return (TwinFinding("overfitting", _TITLES["overfitting"], old.sentence, "", remedy, ()),)
    if not found.done and not found.proved:
        return ()
    floor = floor_of(found)
    if floor is not None:
        return (_floor(*floor, evidence=_none_helps(found)),)
    return tuple(_finding(found, proved) for proved in found.proved[:_MOST_FINDINGS])


def _floor(cause: str, sentence: str, evidence: str = "") -> TwinFinding:
    title = CAUSES[cause].title if cause in CAUSES else _TITLES[cause]
    return TwinFinding(cause, title, sentence, evidence, None, ())


def _none_helps(found: Examination) -> str:
    if any(trial.helps for trial in found.trials):
        return ""
    words = list(dict.fromkeys(trial.cure.words for trial in found.trials))
    named = ", ".join(words[:_MOST_NAMED]) + (
        f" and {len(words) - _MOST_NAMED} more" if len(words) > _MOST_NAMED else ""
    )
    return f"{len(words)} changes were tried and none helps: {named}"


def _finding(found: Examination, proved: Proved) -> TwinFinding:
    best = proved.best
    cure = best.cure
    settings = cure.from_start if best.restarts else cure.experiment
    remedy = Remedy(
        cure.key,
        cure.words,
        settings if _can_be_pressed(found, best) else None,
        _fields(found, settings),
        best.restarts,
    )
    twins = (*(p for p in (best,) if p not in proved.trials), *proved.trials)
    return TwinFinding(
        proved.cause.key, proved.cause.title, proved.symptom.sentence, _evidence(found, proved, best), remedy,
        tuple(_tried(found, trial) for trial in twins),
    )  # fmt: skip


def _can_be_pressed(found: Examination, best: Trial) -> bool:
    # More time needs no button, and new weights of the same seed would be the same.
    return best.cure.can_be_set and best.cure.from_start != found.state.experiment


def _fields(found: Examination, settings: object) -> tuple[str, ...]:
    return tuple(changed_fields(found.state.experiment, settings))  # type: ignore[arg-type]  # it is an Experiment


def _evidence(found: Examination, proved: Proved, best: Trial) -> str:
    cure = proved.trials[0]
    parts = [_did(found, cure)]
    if best is not cure:
        parts.append(inside(_did(found, best)))
    for key in _CONTRASTS:
        other = next((trial for trial in found.trials if trial.cure.key == key), None)
        if other is None or other.helps or proved.cause.proved_by(key) or other.effect < -HELPS:
            continue
        parts.append(f"{other.cure.words} changes nothing ({_level(found, other, other.best)})")
        break
    return "; ".join(parts)


def _did(found: Examination, trial: Trial) -> str:
    before, after = _before(found, trial), _level(found, trial, trial.best)
    if trial.cure.key.startswith("longer"):
        return f"With {trial.cure.words} the loss falls from {before} to {after}"
    of = f"{trial.helped} of {trial.twins} twins with new weights"
    if not trial.restarts:
        others = f"; {of}" if trial.twins else ""
        of = f"a twin that goes on with the weights{others}"
    return f"With {trial.cure.words} the loss falls from {before} to {after} in {trial.steps:,} steps ({of})"


def _before(found: Examination, trial: Trial) -> str:
    state = found.state
    if trial.cure.of_data:
        return share_text(min(state.level, 100.0))
    control = state.again if state.going_on is None else state.going_on
    return "no finite number" if not math.isfinite(control.median) else number_text(control.median, 2)


def _level(found: Examination, trial: Trial, curves: Curves) -> str:
    if trial.cure.of_data:
        return f"{share_text(float(np.median(curves.share())))} of a constant answer's"
    return number_text(curves.median, 2) if math.isfinite(curves.median) else "no finite number"


def _tried(found: Examination, trial: Trial) -> Tried:
    curves, as_share = trial.best, trial.cure.of_data
    control = found.state.again if found.state.going_on is None else found.state.going_on
    values = curves.share() if as_share else curves.finals
    return Tried(
        cure=trial.cure.key,
        words=trial.cure.words,
        start="fresh" if curves is trial.fresh else "now",
        steps=trial.steps,
        before=_finite(found.state.level if as_share else control.median),
        median=_finite(float(np.median(curves.share())) if as_share else curves.median),
        losses=tuple(_finite(float(value)) for value in values),
        as_share=as_share,
        helped=trial.helped,
        twins=trial.twins,
        diverged=int(np.count_nonzero(~np.isfinite(curves.finals))),
        helps=trial.helps,
        curve=_curve(curves, as_share=as_share),
    )


def _curve(curves: Curves, *, as_share: bool) -> tuple[tuple[int, float | None], ...]:
    losses: Array = np.where(np.isfinite(curves.train), curves.train, np.inf)
    medians = np.median(losses, axis=0) / (curves.train_constant if as_share else 1.0)
    return tuple((int(step), _finite(float(value))) for step, value in zip(curves.steps, medians, strict=True))


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def causes() -> dict[str, str]:
    """Return the keys of all causes that can be named, each with what it means."""
    return {cause.key: cause.meaning for cause in CAUSES.values()} | FLOORS
