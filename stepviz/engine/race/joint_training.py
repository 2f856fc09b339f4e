"""Heats: the lanes of a race that can be trained as one population, and the trainers of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import replace as with_parts

import msgspec
import numpy as np
from msgspec.structs import replace

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.data.datasets import load_data
from stepviz.engine.network.network import Network
from stepviz.engine.race.mixed_population import mixed_functions, mixed_optimizer, replayed
from stepviz.engine.race.race import Race, check_race
from stepviz.engine.settings.experiment import ActivationChoice, Experiment
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.engine.training.initial_parameters import draw_parameters
from stepviz.engine.training.trainer import Trainer

# Of all runs of one race: parameters (there are some ten copies of each, with the optimizers' memory), and what the
# passes over a batch hold.
LARGEST_RACE, LARGEST_BATCHES = 5_000_000, 100_000_000
# Arrays that a pass has for each unit and example.
_ARRAYS = 7

# What the rows of one population may differ in; every other field of the settings is common to them.
_OWN = ("layers", "output", "weights", "biases", "optimizer", "learning_rate", "stop")


@dataclass(frozen=True, slots=True)
class LaneRuns:
    """The runs of a lane: its setup, and its rows in a trainer's parameters."""

    setup: BoundExperiment
    trainer: Trainer
    rows: slice

    @property
    def theta(self) -> Array:
        """Return the parameters (seeds, parameters) of the lane's runs; a view."""
        return self.trainer.theta[self.rows]


class JointTrainer(Trainer):
    """Trains lanes of one shape as one population: run i of the rows of a lane is what the lane alone would be.

    Each lane has ``len(seeds)`` rows, one lane after the other.
    """

    def __init__(self, setups: Sequence[BoundExperiment], seeds: Sequence[int]) -> None:
        """Prepare the runs at step 0. All setups have one layout, one data set and one loss."""
        self._rows: Sequence[BoundExperiment] = ()
        self._lanes, self._lane_seeds = tuple(setups), tuple(seeds)
        first, runs = setups[0], len(seeds)
        layout = first.network.layout
        functions = mixed_functions(
            [
                [setup.network.functions[layer] for setup in setups for _ in range(runs)]
                for layer in range(len(layout.layers))
            ]
        )
        network = Network(layout.widths[0], layout.widths[1:], functions, replayed(first.network.loss))
        optimizer = mixed_optimizer(
            [
                (setup.optimizer, setup.optimizer_values, setup.experiment.learning_rate)
                for setup in setups
                for _ in range(runs)
            ]
        )
        super().__init__(first.experiment, first.dataset, seeds=seeds)
        self.setup = with_parts(first, network=network, optimizer=optimizer, optimizer_values=())
        self._rows = [setup for setup in setups for _ in seeds]
        self.restart()

    def _draw(self) -> Array:
        return np.concatenate([draw_parameters(setup, self._lane_seeds, {}) for setup in self._lanes])

    @property
    def setups(self) -> Sequence[BoundExperiment]:
        """Return the setup of each run: of the lane that it belongs to."""
        # While it is prepared it is a trainer of the first lane alone.
        return self._rows or super().setups

    def change(self, experiment: Experiment, setup: BoundExperiment | None = None) -> bool:
        """Raise InputError: the lanes of a race keep their settings."""
        raise InputError("the race", "other settings", "a new race")


def line_up(race: Race) -> list[LaneRuns]:
    """Return the runs of every lane at step 0; lanes of one shape share a trainer.

    Raises InputError for settings that are not allowed and for a race that does not fit into memory.
    """
    check_race(race)
    datasets: dict[bytes, Dataset] = {}
    setups = [_set_up(lane.experiment, lane.label, datasets) for lane in race.lanes]
    size = sum(setup.network.layout.size for setup in setups) * race.seeds
    if size > LARGEST_RACE:
        raise InputError("the race", f"{size:,} parameters in all its runs", f"at most {LARGEST_RACE:,}")
    held = sum(map(_held_by_a_run, setups)) * race.seeds
    if held > LARGEST_BATCHES:
        raise InputError("the race", f"{held:,} numbers in its batches", f"at most {LARGEST_BATCHES:,}: fewer seeds, "
                         "or smaller batches")  # fmt: skip
    heats: dict[bytes, list[int]] = {}
    for number, lane in enumerate(race.lanes):
        heats.setdefault(_common(lane.experiment, setups[number], number), []).append(number)
    found: dict[int, LaneRuns] = {}
    for members in heats.values():
        members.sort(key=lambda number: msgspec.json.encode(race.lanes[number].experiment.layers))
        seeds = race.seeds_of(members[0])
        chosen = [setups[number] for number in members]
        if len(members) == 1:
            trainer = Trainer(chosen[0].experiment, chosen[0].dataset, seeds=seeds)
        else:
            trainer = JointTrainer(chosen, seeds)
        for place, number in enumerate(members):
            rows = slice(place * race.seeds, (place + 1) * race.seeds)
            found[number] = LaneRuns(setups[number], trainer, rows)
    return [found[number] for number in range(len(race.lanes))]


def _set_up(experiment: Experiment, label: str, datasets: dict[bytes, Dataset]) -> BoundExperiment:
    key = msgspec.json.encode(experiment.data)
    try:
        if key not in datasets:
            datasets[key] = load_data(experiment.data)
        return set_up(experiment, datasets[key])
    except InputError as error:
        raise InputError(f"lane {label!r}, {error.field}", error.found, error.expected) from None


def _held_by_a_run(setup: BoundExperiment) -> int:
    examples, size = len(setup.train), setup.experiment.batch_size
    batch = examples if size == 0 else min(size, examples)
    return _ARRAYS * batch * sum(shape.outputs + 1 for shape in setup.network.layout.layers)


def _common(experiment: Experiment, setup: BoundExperiment, number: int) -> bytes:
    """Return a key that lanes have in common if one population can train them; ``number`` keeps a lane alone."""
    plain = Experiment()
    bare = replace(experiment, **{name: getattr(plain, name) for name in _OWN})
    known = replace(
        plain, data=experiment.data, loss=experiment.loss, batch_size=experiment.batch_size, l1=experiment.l1,
        l2=experiment.l2, precision=experiment.precision, seed=experiment.seed,
    )  # fmt: skip
    layers = tuple(replace(layer, activation=ActivationChoice()) for layer in experiment.layers)
    usual = tuple(replace(plain.layers[0], width=layer.width) for layer in layers)
    trained = any(function.trained for function in setup.network.functions)
    if bare != known or layers != usual or trained or not setup.optimizer.by_gradient:
        # What a population does not know how to do row by row is done lane by lane.
        return b"alone %d" % number
    return msgspec.json.encode((known, layers))
