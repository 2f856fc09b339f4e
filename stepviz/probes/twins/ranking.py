"""Which cause is named first: the one whose cures did most, weighed by what is measured of the run."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stepviz.probes.twins.causes import CAUSES, Cause
from stepviz.probes.twins.symptom import State, Symptom
from stepviz.probes.twins.trial import HELPS, Trial

# What the effect of a cure counts without any symptom; the symptom gives the rest.
_UNSEEN = 0.25
# Where a fact leaves the run no way to learn, a cure that helps at all counts at least so much of the best.
_OF_FACT = 0.85
_LEAST = 0.15
# Within this much of the best score the order of the table decides.
_TIE = 0.1


@dataclass(frozen=True, slots=True, eq=False)
class Proved:
    """A cause that cures have proved, the best of them first."""

    cause: Cause
    symptom: Symptom
    trials: tuple[Trial, ...]
    score: float


def rank(state: State, trials: Sequence[Trial]) -> list[Proved]:
    """Return the causes proved by trials, the likeliest first.

    score = effect of its best cure / effect of the best of all * (UNSEEN + (1 - UNSEEN) * strength of its symptom).
    """
    best = max((trial.effect for trial in trials if trial.helps), default=0.0)
    if best < HELPS:
        return []
    found = []
    for cause in CAUSES.values():
        symptom = cause.symptom(state)
        own = sorted(
            (trial for trial in trials if trial.helps and cause.proved_by(trial.cure.key)),
            key=lambda trial: -trial.effect,
        )
        if symptom is None or not own:
            continue
        gained = own[0].effect / best
        if symptom.exact:
            gained = max(gained, _OF_FACT)
        weight = _UNSEEN + (1.0 - _UNSEEN) * symptom.strength
        # What hardly speaks for a cause has to be made up for by what its cure does.
        if own[0].effect * weight >= _LEAST:
            found.append(Proved(cause, symptom, tuple(own), gained * weight))
    top = max((proved.score for proved in found), default=0.0)
    # The sort is stable: what is as good as the best stands in the order of the table.
    found.sort(key=lambda proved: 0.0 if proved.score >= top - _TIE else top - proved.score)
    return found
