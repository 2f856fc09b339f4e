"""The examination of a run: whether it is well, and if not, which change helps."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from stepviz.probes.findings.trend import Trend, trend_of
from stepviz.probes.twins.causes import CAUSES
from stepviz.probes.twins.cure import Cure
from stepviz.probes.twins.cures import cures_of
from stepviz.probes.twins.plan import Plan, plan_of
from stepviz.probes.twins.ranking import Proved, rank
from stepviz.probes.twins.rounds import between, combined, further, longer
from stepviz.probes.twins.state import State, evidence_of, motion_of
from stepviz.probes.twins.subject import Subject
from stepviz.probes.twins.training import Curves
from stepviz.probes.twins.trial import Trial
from stepviz.probes.twins.trying import Controls, Trying, fresh_twins, run
from stepviz.probes.twins.verdict import Verdict, verdict_of


@dataclass(frozen=True, slots=True, eq=False)
class Examination:
    """What was found of a run, so far: ``done`` says whether all is tried.

    ``state`` is what was measured, ``trials`` what was tried, in the order of trying; empty where the run is well.
    ``proved``: the causes, the likeliest first; empty until all cures have been tried.
    """

    verdict: Verdict
    state: State
    plan: Plan
    trials: tuple[Trial, ...]
    done: bool
    proved: tuple[Proved, ...] = ()

    def and_tried(self, *trials: Trial) -> Examination:
        """Return the same with more trials."""
        return replace(self, trials=(*self.trials, *trials))


def examine(subject: Subject) -> Iterator[Examination | None]:
    """Yield None at places where the examination may be interrupted, and what is found, more each time.

    All of it works on copies: the run is not touched. The caller holds ``np.errstate(all="ignore")``.
    """
    plan = plan_of(subject.setup, subject.moment.step)
    same = Cure("new-weights", "other first weights", subject.experiment)
    going_on = None if subject.diverged else (yield from run(subject.resumed(), plan.steps, plan.points))
    again = yield from run(fresh_twins(subject, same, plan), plan.steps, plan.points)
    evidence = None if going_on is None else evidence_of(subject, going_on)
    motion = None if going_on is None else motion_of(subject)
    state = State(subject, evidence, motion, going_on, again, _trend(going_on))
    found = Examination(verdict_of(state), state, plan, (), False)
    if found.verdict != "ill":
        yield replace(found, done=True)
        return
    found = found.and_tried(Trial.of_new_weights(same, plan.steps, again, going_on))
    yield found
    trying = Trying(subject, plan, Controls(going_on, again))
    for cure in _in_order(state, cures_of(subject.setup))[: plan.most]:
        trial = yield from trying.try_one(cure)
        if trial is not None:
            found = found.and_tried(trial)
            yield found
    found = found.and_tried(*(yield from further(trying, found.trials)))
    found = found.and_tried(*(yield from between(trying, found.trials)))
    yield found
    if going_on is not None and state.trend not in ("rising", "not finite"):
        found = found.and_tried(*(yield from longer(trying, state, found.trials)))
    proved = rank(state, found.trials)
    yield replace(found, proved=tuple(proved))
    if proved:
        proved[0] = replace(proved[0], combined=tuple((yield from combined(trying, found.trials, proved))))
    yield replace(found, proved=tuple(proved), done=True)


def _trend(going_on: Curves | None) -> Trend:
    return "not finite" if going_on is None else trend_of(going_on.train[0], going_on.train_constant)


def _in_order(state: State, cures: list[Cure]) -> list[Cure]:
    """Return the cures with those first whose cause has the strongest symptom: what helps is seen soonest."""
    symptoms = {cause: cause.symptom(state) for cause in CAUSES.values()}

    def strength(cure: Cure) -> float:
        spoken_for = (symptom for cause, symptom in symptoms.items() if symptom and cause.proved_by(cure.key))
        return max((symptom.strength for symptom in spoken_for), default=0.0)

    return sorted(cures, key=lambda cure: -strength(cure))
