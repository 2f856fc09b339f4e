"""Which cause is named first: the one whose cures did most, weighed by what is measured of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial

from stepviz.probes.twins.causes import CAUSES, Cause
from stepviz.probes.twins.symptom import State, Symptom
from stepviz.probes.twins.trial import HELPS, Trial

# What the effect of a cure counts without any symptom; the symptom gives the rest.
_UNSEEN = 0.25
# Where a fact leaves the run no way to learn, a cure that helps at all counts at least so much of the best.
_OF_FACT = 0.95
_LEAST, _HELPS_FACT = 0.15, 0.05
# A twin does far better than another where its loss is 1.5 times lower: ln 1.5.
FAR_BETTER = 0.405
# Of a run that has learned most of what there is only what stands out is named.
_LEARNS, _STRONG = 0.3, 0.7
# What scores less than this share of the best is not named beside it.
_BESIDE = 0.5
# Within this much of the best score the order of the table decides.
_TIE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Proved:
    """A cause that cures have proved, the best of them first.

    ``combined``: trials of its best cure with another one beside it, which did better still.
    """

    cause: Cause
    symptom: Symptom
    trials: tuple[Trial, ...]
    score: float
    combined: tuple[Trial, ...] = ()

    @property
    def best(self) -> Trial:
        """Return the trial that the button stands for: the cure, or the cure and another where that does far better."""
        cure = self.trials[0]
        better = max(self.combined, key=lambda trial: trial.effect, default=cure)
        return better if better.effect > cure.effect + FAR_BETTER else cure


def _order(cause: Cause, trial: Trial) -> float:
    # A cure that a button can put in force comes before one that does no better worth speaking of.
    return -(cause.counts(trial) + (FAR_BETTER if trial.cure.can_be_set else 0.0))


def _speaks(effect: float, symptom: Symptom | None) -> bool:
    # Twins that differ in one setting alone, on the same batches, show a small effect too.
    return effect >= (_HELPS_FACT if symptom is not None and symptom.exact else HELPS)


def best_effect(trials: Sequence[Trial]) -> float:
    """Return the largest effect of a cure; of those that were given more time only where no other helps."""
    shortest = min((trial.steps for trial in trials if trial.helps), default=0)
    return max((trial.effect for trial in trials if trial.helps and trial.steps == shortest), default=0.0)


def rank(state: State, trials: Sequence[Trial]) -> list[Proved]:
    """Return the causes proved by trials, the likeliest first.

    score = effect of its best cure / effect of the best of all * (UNSEEN + (1 - UNSEEN) * strength of its symptom).
    """
    best = max(best_effect(trials), HELPS)
    found = []
    for cause in CAUSES.values():
        symptom = cause.symptom(state)
        own = [trial for trial in trials if cause.proved_by(trial.cure.key) and _speaks(cause.counts(trial), symptom)]
        own.sort(key=partial(_order, cause))
        if symptom is None or not own or (state.level < _LEARNS and symptom.strength < _STRONG):
            continue
        helped = cause.counts(own[0])
        gained = min(1.0, helped / best)
        if symptom.exact:
            gained = max(gained, _OF_FACT)
        weight = _UNSEEN + (1.0 - _UNSEEN) * symptom.strength
        # What hardly speaks for a cause has to be made up for by what its cure does.
        if helped * weight >= (_HELPS_FACT if symptom.exact else _LEAST):
            found.append(Proved(cause, symptom, tuple(own), gained * weight))
    top = max((proved.score for proved in found), default=0.0)
    # The sort is stable: what is as good as the best stands in the order of the table.
    found.sort(key=lambda proved: 0.0 if proved.score >= top - _TIE else top - proved.score)
    return [proved for proved in found if proved.score >= _BESIDE * top]
