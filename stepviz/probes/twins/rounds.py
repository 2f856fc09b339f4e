"""What is tried after the first round: further along a road that helps, in between, for longer, and together."""

from __future__ import annotations

from collections.abc import Sequence

from stepviz.probes.twins.causes import CAUSES
from stepviz.probes.twins.cure import Cure, both, changed_fields
from stepviz.probes.twins.cures import rate_cure, with_rate
from stepviz.probes.twins.ranking import FAR_BETTER, Proved
from stepviz.probes.twins.state import State
from stepviz.probes.twins.trial import Trial
from stepviz.probes.twins.trying import Controls, Trying, Work, fresh_twins, run

_LONGEST_LADDER = 6
# A step of a ladder has to do so much better than the one before, and better than nothing.
_BETTER, _AT_LEAST = 0.05, 0.03
_MOST_SLOW = 3
_MOST_COMBINED = 3
_HIGHEST_RATE = 1e6
# A symptom this strong earns its cures more time where nothing has helped.
_STRONG = 0.7


def further(trying: Trying, trials: Sequence[Trial]) -> Work[list[Trial]]:
    """Go on with the learning rate, up and down, as long as a power of ten does better than the one before."""
    new: list[Trial] = []
    for direction, name in ((1, "rate*1e"), (-1, "rate/1e")):
        tried = [trial for trial in trials if trial.cure.key.startswith(name)]
        while 2 <= len(tried) < _LONGEST_LADDER and tried[-1].effect >= max(tried[-2].effect + _BETTER, _AT_LEAST):
            cure = rate_cure(trying.subject.experiment, direction * (len(tried) + 1))
            trial = None if cure is None else (yield from trying.try_one(cure))
            if trial is None:
                break
            tried.append(trial)
            new.append(trial)
    return new


def between(trying: Trying, trials: Sequence[Trial]) -> Work[list[Trial]]:
    """Try the learning rates between the best power of ten and its neighbours."""
    rates = [trial for trial in trials if trial.cure.key.startswith("rate") and trial.helps]
    new: list[Trial] = []
    if not rates:
        return new
    best, experiment = max(rates, key=lambda trial: trial.effect), trying.subject.experiment
    for factor, name in ((3.0, "more"), (0.3, "less")):
        rate = float(f"{best.cure.experiment.learning_rate * factor:.2g}")
        direction = "rate*" if rate > experiment.learning_rate else "rate/"
        if rate <= _HIGHEST_RATE and best.cure.key.startswith(direction):
            cure = Cure(f"{direction}{name}-between", f"a learning rate of {rate:g}", with_rate(experiment, rate))
            trial = yield from trying.try_one(cure)
            new.extend([] if trial is None else [trial])
    return new


def longer(trying: Trying, state: State, trials: Sequence[Trial]) -> Work[list[Trial]]:
    """Give more time to the run itself, and to the cures of what speaks most for a cause and has not helped so far."""
    subject, plan = trying.subject, trying.plan
    steps, going_on = plan.longer, trying.controls.going_on
    now = yield from run(subject.resumed(), steps, plan.points)
    same = Cure("longer", f"{steps:,} steps more and nothing changed", subject.experiment)
    found = [Trial.of_more_time(same, steps, now, going_on, trying.controls.again)]
    slow = _slow(state, trials)
    if not slow and subject.moment.step <= 2 * plan.steps:
        return found
    other = Cure("new-weights-longer", f"other first weights and {steps:,} steps", subject.experiment)
    fresh = yield from run(fresh_twins(subject, other, plan), steps, plan.points)
    found.append(Trial.of_new_weights(other, steps, fresh, now))
    more = trying.given(steps, Controls(now, fresh))
    for cure in slow:
        trial = yield from more.try_one(cure)
        found.extend([] if trial is None else [trial])
    return found


def _slow(state: State, trials: Sequence[Trial]) -> list[Cure]:
    """Return cures that may only need more time: nothing has helped, or a fact speaks for their cause."""
    helped = any(trial.helps for trial in trials)
    chosen: dict[str, tuple[float, Cure]] = {}
    for cause in CAUSES.values():
        symptom = cause.symptom(state)
        if symptom is None or not (symptom.exact or (symptom.strength >= _STRONG and not helped)):
            continue
        own = [trial for trial in trials if cause.proved_by(trial.cure.key)]
        if own and not any(trial.helps for trial in own):
            best = max(own, key=lambda trial: trial.effect).cure
            chosen.setdefault(best.key, (symptom.strength, best))
    return [cure for _, cure in sorted(chosen.values(), key=lambda pair: -pair[0])][:_MOST_SLOW]


def combined(trying: Trying, trials: Sequence[Trial], proved: Sequence[Proved]) -> Work[list[Trial]]:
    """Try the first cause's cure together with the cures that did far better than it alone."""
    new: list[Trial] = []
    if not proved or not proved[0].trials[0].cure.can_be_set:
        return new
    own = proved[0].trials[0]
    if own.cure.from_start == trying.subject.experiment:
        return new
    rivals = [trial for trial in trials if trial.steps <= own.steps and trial.effect > own.effect + FAR_BETTER]
    ours = changed_fields(trying.subject.experiment, own.cure.from_start).keys()
    for rival in sorted(rivals, key=lambda trial: -trial.effect):
        theirs = changed_fields(trying.subject.experiment, rival.cure.from_start).keys()
        if ours <= theirs and rival.cure.can_be_set:
            # It changes what the cure changes, and more: Adam at a rate of its own is another learning rate too.
            new.append(rival)
            continue
        cure = both(trying.subject.experiment, own.cure, rival.cure)
        if cure is not None and len(new) < _MOST_COMBINED:
            trial = yield from trying.try_one(cure)
            new.extend([] if trial is None else [trial])
    return new
