from __future__ import annotations

import math
from collections.abc import Iterator

import numpy as np
import pytest

from stepviz.probes.twins.examination import Examination, examine
from stepviz.probes.twins.reporting import causes, report
from stepviz.probes.twins.subject import Subject
from tests.probes.twins.situations import SITUATIONS, Situation

SEEDS = 5
# A first cause is right in so many of all, and its button comes within 1.5 times of the best twin in so many.
RIGHT, BEST = 57 / 60, 55 / 60
FAR = math.log(1.5)


def examined(situation: Situation, seed: int) -> Examination:
    with np.errstate(all="ignore"):
        found = [found for found in examine(Subject.of(situation.trainer(seed))) if found is not None]
    return found[-1]


def first_cause(found: Examination) -> str | None:
    findings = report(found).findings
    return findings[0].cause if findings else None


def is_right(situation: Situation, cause: str | None) -> bool:
    return cause in situation.cause or (situation.learns and cause is None)


def button_is_good(found: Examination) -> bool:
    """Return whether what the first button does comes within 1.5 times of the best twin that had as much time."""
    if not found.proved:
        return True
    first = found.proved[0].best
    best = max(trial.effect for trial in found.trials if trial.steps <= first.steps)
    return best - first.effect <= FAR


def test_the_bank_is_large_and_names_only_known_causes():
    ill = [situation for situation in SITUATIONS if not situation.learns]
    assert len(ill) >= 60
    assert len({situation.name for situation in SITUATIONS}) == len(SITUATIONS)
    named = {cause for situation in SITUATIONS for cause in (*situation.cause, *situation.never)}
    assert named <= causes().keys()
    assert all(situation.cause for situation in ill)


@pytest.mark.parametrize("situation", [each for each in SITUATIONS if each.quick], ids=lambda each: each.name)
def test_the_first_cause_is_the_true_one(situation):
    found = examined(situation, 0)
    cause = first_cause(found)
    assert is_right(situation, cause), cause
    assert cause not in situation.never
    assert button_is_good(found)


def _all() -> Iterator[tuple[Situation, int, Examination]]:
    for situation in SITUATIONS:
        for seed in range(SEEDS):
            yield situation, seed, examined(situation, seed)


@pytest.mark.long
def test_of_all_situations_and_seeds_the_first_cause_is_the_true_one():
    right = good = total = 0
    wrong, false_alarms = [], []
    for situation, seed, found in _all():
        cause = first_cause(found)
        if situation.learns and not is_right(situation, cause):
            false_alarms.append((situation.name, seed, cause))
        if situation.learns:
            continue
        total += 1
        right += is_right(situation, cause)
        good += button_is_good(found)
        if not is_right(situation, cause) or not button_is_good(found):
            wrong.append((situation.name, seed, cause))
    print(f"first cause {right} of {total}, first button {good} of {total}", *wrong, sep="\n")
    assert not false_alarms
    assert right >= RIGHT * total, wrong
    assert good >= BEST * total, wrong
