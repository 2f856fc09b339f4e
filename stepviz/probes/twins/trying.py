"""Trying changes on twins of one run, beside the twins with nothing changed."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass, replace
from typing import TypeVar

from stepviz.engine.common.errors import InputError
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.twins.cure import Cure
from stepviz.probes.twins.plan import Plan
from stepviz.probes.twins.subject import Subject
from stepviz.probes.twins.training import Curves, from_now, from_start, trained
from stepviz.probes.twins.trial import Trial, trial_of

T = TypeVar("T")
# A computation that yields None where it may be interrupted, and returns what it came to.
Work = Generator[None, None, T]


@dataclass(frozen=True, slots=True, eq=False)
class Controls:
    """The twins with nothing changed: ``going_on`` from now (None where the numbers are not finite), ``again`` anew."""

    going_on: Curves | None
    again: Curves


@dataclass(frozen=True, slots=True, eq=False)
class Trying:
    """One run, what can be afforded, and the controls that every change is compared with."""

    subject: Subject
    plan: Plan
    controls: Controls

    def try_one(self, cure: Cure) -> Work[Trial | None]:
        """Return what a change does; None where it is not allowed for these data."""
        now = None
        try:
            if self.controls.going_on is not None and cure.dataset is None:
                trainer = from_now(self.subject, cure.experiment)
                now = None if trainer is None else (yield from run(trainer, self.plan.steps, self.plan.points))
            fresh = yield from run(fresh_twins(self.subject, cure, self.plan), self.plan.steps, self.plan.points)
        except InputError:
            return None
        return trial_of(cure, self.plan.steps, now, fresh, self.controls.going_on, self.controls.again)

    def given(self, steps: int, controls: Controls) -> Trying:
        """Return the same with other steps and the controls for them."""
        return Trying(self.subject, replace(self.plan, steps=steps), controls)


def run(trainer: Trainer, steps: int, points: int) -> Work[Curves]:
    """Train a population and return its curves."""
    curves = None
    for curves in trained(trainer, steps, points):
        if curves is None:
            yield None
    assert curves is not None
    return curves


def fresh_twins(subject: Subject, cure: Cure, plan: Plan) -> Trainer:
    """Return twins with new weights, one per seed from the run's own on. Raises InputError for what is not allowed."""
    first = subject.experiment.seed
    same = subject.dataset if cure.from_start.data == subject.experiment.data else None
    return from_start(cure.from_start, cure.dataset or same, range(first, first + plan.seeds))
