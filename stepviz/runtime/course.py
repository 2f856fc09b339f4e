"""The course of a run: what was changed by hand, and at which step, so that the run can be done again."""

from __future__ import annotations

from dataclasses import dataclass, replace

from msgspec.structs import replace as with_fields

from stepviz.engine.common.arrays import Array, Ints
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Experiment, HiddenLayer

# A course with more changes, or more numbers put in by hand, is not kept.
MOST_CHANGES, MOST_VALUES = 1000, 5000


@dataclass(frozen=True, slots=True)
class Switch:
    """Other settings were put in force after ``step`` updates."""

    step: int
    experiment: Experiment


@dataclass(frozen=True, slots=True)
class Put:
    """``values`` were written to the parameters with the numbers ``indices`` after ``step`` updates.

    ``fresh``: the optimizer forgot what it knew of them.
    """

    step: int
    indices: tuple[int, ...]
    values: tuple[float, ...]
    fresh: bool = False


@dataclass(frozen=True, slots=True)
class Course:
    """A run from its start: its first settings, and each change in order.

    Training the first settings and making the changes at their steps gives the same numbers, bit for bit. ``missing``
    says in words what is not known, so that it would not; empty as a rule.
    """

    experiment: Experiment
    changes: tuple[Switch | Put, ...] = ()
    missing: str = ""

    @property
    def last(self) -> Experiment:
        """Return the settings in force at the end."""
        switches = [change for change in self.changes if isinstance(change, Switch)]
        return switches[-1].experiment if switches else self.experiment

    def switch(self, step: int, experiment: Experiment) -> Course:
        """Return the course with other settings from ``step`` on."""
        newest, before = (self.changes[-1] if self.changes else None), self
        if isinstance(newest, Switch) and newest.step == step:
            # Of a slider moved at one step the last place counts, where nothing but the place was changed.
            before = replace(self, changes=self.changes[:-1])
            if not _leaves_no_trace(before.last, newest.experiment, experiment):
                before = self
        return before._bounded(Switch(step, experiment))

    def put(self, step: int, indices: Ints, values: Array, *, fresh: bool = False) -> Course:
        """Return the course with ``values`` (k,) put to the parameters ``indices`` (k,) at ``step``."""
        return self._bounded(Put(step, tuple(map(int, indices)), tuple(map(float, values)), fresh))

    def until(self, step: int, experiment: Experiment) -> Course:
        """Return the course up to a moment kept at ``step``, which has the settings ``experiment``.

        A moment is kept before the settings change at its step, and after parameters were put there.
        """
        puts = [place for place, change in enumerate(self.changes) if isinstance(change, Put) and change.step == step]
        kept = puts[-1] + 1 if puts else sum(change.step < step for change in self.changes)
        found = replace(self, changes=self.changes[:kept])
        return found if found.last == experiment else replace(found, missing="settings of the past")

    def _bounded(self, change: Switch | Put) -> Course:
        changes = (*self.changes, change)
        values = sum(len(each.values) for each in changes if isinstance(each, Put))
        if len(changes) <= MOST_CHANGES and values <= MOST_VALUES:
            return replace(self, changes=changes)
        many = f"more than {MOST_CHANGES:,} changes" if len(changes) > MOST_CHANGES else f"{values:,} weights"
        return Course(self.last if isinstance(change, Put) else change.experiment, (), f"{many} put in by hand")


def _leaves_no_trace(*experiments: Experiment) -> bool:
    """Return whether settings that were in force between others, at one step, make no difference after."""
    return len({_carried(experiment) for experiment in experiments}) == 1 and not any(map(trains_its_own, experiments))


def _carried(experiment: Experiment) -> str:
    """Return, as text, the settings on which it depends what goes over into others: data, shapes, optimizer."""
    plain = ActivationChoice()
    layers = tuple(HiddenLayer(layer.width, plain, 0.0, layer.normalization) for layer in experiment.layers)
    kept = Experiment()
    return repr(
        with_fields(
            kept,
            data=experiment.data,
            layers=layers,
            optimizer=experiment.optimizer,
            batch_size=experiment.batch_size,
            precision=experiment.precision,
            seed=experiment.seed,
            weights=experiment.weights,
            biases=experiment.biases,
        )
    )


def trains_its_own(experiment: Experiment) -> bool:
    """Return whether parameters of an activation are trained."""
    return any(UnitFunction.of(choice).trained for choice in experiment.activations())
