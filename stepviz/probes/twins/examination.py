"""The examination of a run: is it well, and if not, which change helps?"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from dataclasses import replace as with_parts
from typing import Literal

import numpy as np

from stepviz.engine.errors import InputError
from stepviz.engine.trainer import Trainer
from stepviz.probes.accuracy import accuracy
from stepviz.probes.findings.evidence import Evidence
from stepviz.probes.findings.trend import Trend, trend_of
from stepviz.probes.twins.causes import CAUSES
from stepviz.probes.twins.cure import Cure
from stepviz.probes.twins.cures import cures_of, rate_cure, with_rate
from stepviz.probes.twins.plan import Plan, plan_of
from stepviz.probes.twins.state import State, evidence_of, motion_of
from stepviz.probes.twins.subject import Subject
from stepviz.probes.twins.training import Curves, from_now, from_start, trained
from stepviz.probes.twins.trial import HELPS, Trial, trial_of

Verdict = Literal["learns", "learned", "nothing left", "ill"]

# As shares of a constant answer's loss: what has learned; what of a falling loss it must lose in the twins' time.
_LEARNED_CLASSES, _LEARNED_NUMBERS = 0.1, 0.02
_FALLS = 0.85
_NOTHING = 1e-9
_LONGEST_LADDER = 6
_MOST_SLOW = 3


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What was found of a run, so far: ``done`` says whether all is tried.

    ``state`` is what was measured, ``trials`` what was tried, in the order of trying; empty where the run is well.
    """

    verdict: Verdict
    state: State
    plan: Plan
    trials: tuple[Trial, ...]
    done: bool


def examine(subject: Subject) -> Iterator[Examination | None]:
    """Yield None at places where the examination may be interrupted, and what is found, more each time.

    All of it works on copies: the run is not touched. The caller holds ``np.errstate(all="ignore")``.
    """
    plan = plan_of(subject.setup, subject.moment.step)
    going_on = None
    if not subject.diverged:
        going_on = yield from _trained(from_now(subject, subject.experiment), plan.steps)
    again = yield from _trained(_fresh(subject, Cure("", "", subject.experiment), plan), plan.steps)
    assert again is not None
    evidence = None if going_on is None else evidence_of(subject, going_on)
    motion = None if going_on is None else motion_of(subject)
    yield None
    state = State(subject, evidence, motion, going_on, again, _trend(subject, going_on))
    verdict = _verdict(state)
    if verdict != "ill":
        yield Examination(verdict, state, plan, (), True)
        return
    found = Examination(verdict, state, plan, (), False)
    yield found
    fresh = Cure("new-weights", "other first weights", subject.experiment)
    found = replace(found, trials=(trial_of(fresh, plan.steps, None, again, going_on, None),))
    for cure in _in_order(state, cures_of(subject.setup)):
        trial = yield from _tried(subject, cure, plan, going_on, again)
        if trial is not None:
            found = replace(found, trials=(*found.trials, trial))
            yield found
    for direction in (1, -1):
        for trial in (yield from _ladder(subject, plan, found, direction)):
            found = replace(found, trials=(*found.trials, trial))
            yield found
    for trial in (yield from _between(subject, plan, found)):
        found = replace(found, trials=(*found.trials, trial))
        yield found
    if needs_longer(found):
        for trial in (yield from _longer(subject, plan, found)):
            found = replace(found, trials=(*found.trials, trial))
            yield found
    yield replace(found, done=True)


def needs_longer(found: Examination) -> bool:
    """Return whether more time is tried: of a run that stands still, and that no switched-off setting has explained."""
    return not found.state.subject.diverged and found.state.trend in ("flat", "falling", "unknown", "swinging")


def _verdict(state: State) -> Verdict:
    going_on, motion = state.going_on, state.motion
    if going_on is None:
        return "ill"
    losses = going_on.train[0]
    if not np.isfinite(losses).all():
        return "ill"
    level = state.level
    stopped = motion is not None and motion.rate_factor < 0.01
    if level < _NOTHING:
        return "nothing left"
    if stopped and not (level < 0.002):
        return "ill"
    if level <= _learned(state) or _all_right(state):
        return "learned"
    first = float(np.median(losses[:3]))
    if state.trend != "swinging" and level < 1.0 and float(going_on.finals[0]) <= _FALLS * first:
        return "learns"
    return "ill"


def _learned(state: State) -> float:
    return _LEARNED_NUMBERS if state.subject.dataset.task == "regression" else _LEARNED_CLASSES


def _all_right(state: State) -> bool:
    evidence = state.evidence
    return evidence is not None and evidence.train_accuracy >= 0.99 and state.level < 0.25


def _trend(subject: Subject, going_on: Curves | None) -> Trend:
    if going_on is None:
        return "not finite"
    losses, span = going_on.train[0], going_on.train_constant
    return trend_of(losses, span)


def _trained(trainer: Trainer | None, steps: int) -> Iterator[None]:  # type: ignore[misc]
    found = None
    if trainer is not None:
        for found in trained(trainer, steps):
            if found is None:
                yield None
    return found


def _fresh(subject: Subject, cure: Cure, plan: Plan) -> Trainer:
    first = subject.experiment.seed
    return from_start(cure.from_start, cure.dataset or _same_data(subject, cure), range(first, first + plan.seeds))


def _same_data(subject: Subject, cure: Cure):
    return subject.dataset if cure.experiment.data == subject.experiment.data else None


def _tried(subject, cure, plan, going_on, again):
    now = fresh = None
    try:
        if going_on is not None and cure.dataset is None:
            now = yield from _trained(from_now(subject, cure.experiment), plan.steps)
        fresh = yield from _trained(_fresh(subject, cure, plan), plan.steps)
    except InputError:
        return None
    return trial_of(cure, plan.steps, now, fresh, going_on, again)


def _ladder(subject, plan, found, direction):
    """Go on with the learning rate in one direction as long as the last step of it did better than the one before."""
    name = "rate*" if direction > 0 else "rate/"
    tried = [trial for trial in found.trials if trial.cure.key.startswith(f"{name}1e")]
    new = []
    while 2 <= len(tried) < _LONGEST_LADDER and tried[-1].effect >= max(tried[-2].effect + 0.05, 0.03):
        cure = rate_cure(subject.experiment, direction * (len(tried) + 1))
        if cure is None:
            break
        trial = yield from _tried(subject, cure, plan, found.state.going_on, found.state.again)
        if trial is None:
            break
        tried.append(trial)
        new.append(trial)
    return new


def _between(subject, plan, found):
    """Try the learning rates between the best power of ten and its neighbours."""
    tried = [trial for trial in found.trials if trial.cure.key.startswith("rate") and trial.helps]
    if not tried:
        return []
    best = max(tried, key=lambda trial: trial.effect)
    new = []
    for factor, key in ((3.0, "more"), (0.3, "less")):
        rate = float(f"{best.cure.experiment.learning_rate * factor:.2g}")
        direction = "rate*" if rate > subject.experiment.learning_rate else "rate/"
        if rate > 1e6 or not best.cure.key.startswith(direction):
            continue
        cure = Cure(f"{direction}{key}-between", f"a learning rate of {rate:g}", with_rate(subject.experiment, rate))
        trial = yield from _tried(subject, cure, plan, found.state.going_on, found.state.again)
        if trial is not None:
            new.append(trial)
    return new


def _longer(subject, plan, found):
    """Give more time to the run itself, and to the cures of what speaks most for a cause and has not helped so far."""
    going_on, again = found.state.going_on, found.state.again
    same = Cure("longer", f"{plan.longer:,} steps more and nothing changed", subject.experiment)
    now = yield from _trained(from_now(subject, subject.experiment), plan.longer)
    new = [trial_of(same, plan.longer, now, None, going_on, again)]
    slow = _slow(found)
    if not slow and subject.moment.step <= 2 * plan.steps:
        return new
    other = Cure("new-weights-longer", f"other first weights and {plan.longer:,} steps", subject.experiment)
    fresh = yield from _trained(_fresh(subject, other, plan), plan.longer)
    new.append(trial_of(other, plan.longer, None, fresh, now, None))
    for trial in slow:
        tried = yield from _tried(subject, trial.cure, with_parts(plan, steps=plan.longer), now, fresh)
        if tried is not None:
            new.append(tried)
    return new


def _slow(found: Examination) -> list[Trial]:
    """Return the trials of cures that may only need more time: nothing helped, or a fact speaks for their cause."""
    helped = any(trial.helps for trial in found.trials)
    chosen: dict[str, tuple[float, Trial]] = {}
    for cause in CAUSES.values():
        symptom = cause.symptom(found.state)
        if symptom is None or not (symptom.exact or (symptom.strength >= 0.7 and not helped)):
            continue
        own = [trial for trial in found.trials if cause.proved_by(trial.cure.key)]
        if own and not any(trial.helps for trial in own):
            best = max(own, key=lambda trial: trial.effect)
            chosen.setdefault(best.cure.key, (symptom.strength, best))
    return [trial for _, trial in sorted(chosen.values(), key=lambda pair: -pair[0])][:_MOST_SLOW]


def _in_order(state: State, cures: list[Cure]) -> list[Cure]:
    """Return the cures with those first whose cause has the strongest symptom: what helps is seen soonest."""
    strengths = {}
    for cause in CAUSES.values():
        symptom = cause.symptom(state)
        strengths[cause.key] = 0.0 if symptom is None else symptom.strength
    return sorted(
        cures,
        key=lambda cure: -max(
            (strengths[cause.key] for cause in CAUSES.values() if cause.proved_by(cure.key)), default=0.0
        ),
    )
