"""When a scene's run is looked at, and what was measured there: the same moments with and without a window."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from msgspec.structs import replace

from stepviz.engine.common.arrays import Array
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.lessons.expression import Node, QuantityRef, Timed, arguments_of, children, measured
from stepviz.lessons.lesson import Scene
from stepviz.lessons.quantities import QUANTITIES
from stepviz.lessons.quantity import Sample

# Evenly spread looks at a run, besides those that claims name: each takes about as long as an update or two.
LOOKS = 40


@dataclass(frozen=True, slots=True)
class Measurement:
    """The figures of one moment: ``values`` by the key of the quantity (see ``QuantityRef.key``).

    ``wholes``: of how many things each of them counts, for those that count.
    """

    step: int
    values: Mapping[str, float]
    wholes: Mapping[str, float] = field(default_factory=dict)


class SamplingPlan:
    """Which quantities a scene needs at which steps, and the measuring of them."""

    def __init__(self, scene: Scene) -> None:
        """Collect what the conditions of the scene speak of."""
        self._experiment = scene.experiment
        spacing = max(1, -(-scene.steps // LOOKS))
        self._even = [*range(0, scene.steps, spacing), scene.steps]
        self._wanted: dict[int, dict[str, QuantityRef]] = {step: {} for step in self._even}
        for condition in scene.conditions():
            self._add(condition, (scene.steps,))
        if not isinstance(scene.goes_on, str):
            self._add(scene.goes_on, self._even)
        cheap = {
            item.key: item
            for condition in scene.conditions()
            for item in measured(condition)
            if not (item.before or QUANTITIES[item.name].expensive)
        }
        # A cheap quantity is measured at every look, so that an open claim can say how it stands.
        for wanted in self._wanted.values():
            wanted.update(cheap)
        self.stops: tuple[int, ...] = tuple(sorted(self._wanted))

    @property
    def expensive_looks(self) -> int:
        """Return how many measurements of dear quantities the scene takes."""
        return sum(QUANTITIES[item.name].expensive for wanted in self._wanted.values() for item in wanted.values())

    def next_stop(self, step: int) -> int | None:
        """Return the first step after ``step`` at which the run has to be looked at; None after the last."""
        place = bisect_right(self.stops, step)
        return self.stops[place] if place < len(self.stops) else None

    def look(self, trainer: Trainer, first: Array) -> Measurement:
        """Measure at the trainer's present step; ``first`` (parameters,) are those with which the scene began.

        A run that was changed is no longer the scene's: what the claims speak of may not be there, and nothing of it
        is measured.
        """
        look = Sample(trainer, first)
        own = same_but_for_seeds(trainer.experiment, self._experiment)
        wanted = self._wanted.get(trainer.step_count, {}) if own else {}
        values: dict[str, float] = {}
        wholes: dict[str, float] = {}
        for key, item in wanted.items():
            quantity, arguments = QUANTITIES[item.name], arguments_of(item)
            values[key] = quantity.measure(look, arguments)
            if quantity.whole is not None:
                wholes[key] = quantity.whole(look, arguments)
        return Measurement(trainer.step_count, values, wholes)

    def _add(self, node: Node, moments: Iterable[int]) -> None:
        moments = tuple(moments)
        if isinstance(node, Timed):
            moments = moments_of(node, self._even)
        if isinstance(node, QuantityRef) and not node.before:
            for step in moments if node.at is None else (node.at,):
                self._wanted.setdefault(step, {})[node.key] = node
        for child in children(node):
            self._add(child, moments)


def same_but_for_seeds(one: Experiment, other: Experiment) -> bool:
    """Return whether two experiments differ in nothing but what is drawn."""
    return replace(one, seed=other.seed, data=replace(one.data, seed=other.data.seed)) == other


def moments_of(node: Timed, even: Iterable[int]) -> tuple[int, ...]:
    """Return the steps at which a condition with a word of time is looked at, given the evenly spread ones."""
    match node.time:
        case "always":
            return tuple(even)
        case "within":
            return (*(step for step in even if step < node.steps), node.steps)
        case "after":
            return (node.steps,)


@dataclass
class Record:
    """What was measured in a scene so far; ``end`` is its last step, ``over`` whether no more will come.

    ``before`` holds what the scene compares itself with, at the end of the scene before, by key. ``why_over`` says
    why it ended before its end (a divergence), empty where it did not. ``wholes``: of how many things a quantity
    counts, by key.
    """

    end: int
    before: Mapping[str, float] = field(default_factory=dict)
    values: dict[int, dict[str, float]] = field(default_factory=dict)
    wholes: dict[str, float] = field(default_factory=dict)
    over: bool = False
    why_over: str = ""

    def add(self, measurement: Measurement) -> None:
        """Enter a measurement."""
        self.values.setdefault(measurement.step, {}).update(measurement.values)
        self.wholes.update(measurement.wholes)
        if measurement.step >= self.end:
            self.over = True

    @property
    def newest(self) -> int | None:
        """Return the last step that was looked at."""
        return max(self.values, default=None)

    def value(self, item: QuantityRef, step: int) -> float | None:
        """Return what a quantity was at a step (or at its own one), None where it was not measured."""
        if item.before:
            return self.before.get(item.key)
        return self.values.get(step if item.at is None else item.at, {}).get(item.key)

    def whole(self, item: QuantityRef) -> float | None:
        """Return of how many things a quantity counts, None where it counts none or that is not known."""
        return None if item.before else self.wholes.get(item.key)
