"""A race: lanes that differ in some settings and have the rest in common, above all the start and the batches."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.batch_order import leaves_one

LEAST_LANES, MOST_LANES = 2, 12
MOST_SEEDS = 256
LONGEST_LABEL = 40


@dataclass(frozen=True, slots=True)
class Lane:
    """One lane: its name on screen and all its settings."""

    label: str
    experiment: Experiment


@dataclass(frozen=True, slots=True)
class Race:
    """Lanes of one race; each is run with the seeds ``base.seed``, ``base.seed + 1``, and so on, ``seeds`` of them."""

    base: Experiment
    lanes: tuple[Lane, ...]
    seeds: int = 1

    def seeds_of(self, lane: int) -> range:
        """Return the seeds of a lane's runs; all runs of a lane see the same batches, those of its experiment."""
        first = self.lanes[lane].experiment.seed
        return range(first, first + self.seeds)


def check_race(race: Race) -> Race:
    """Return the race unchanged if it can be run; else raise InputError naming what is not allowed."""
    if not LEAST_LANES <= len(race.lanes) <= MOST_LANES:
        raise InputError("lanes", len(race.lanes), f"from {LEAST_LANES} to {MOST_LANES} lanes")
    if not 1 <= race.seeds <= MOST_SEEDS:
        raise InputError("seeds", race.seeds, f"from 1 to {MOST_SEEDS} seeds for each lane")
    labels = [lane.label for lane in race.lanes]
    for label in labels:
        if not label.strip() or len(label) > LONGEST_LABEL or not label.isprintable():
            raise InputError("lanes", f"the name {label!r}", f"a name of 1 to {LONGEST_LABEL} printable characters")
        if labels.count(label) > 1:
            raise InputError("lanes", f"the name {label!r} twice", "another name for each lane")
    for lane in race.lanes:
        try:
            validate(lane.experiment)
        except InputError as error:
            raise InputError(f"lane {lane.label!r}, {error.field}", error.found, error.expected) from None
    return race


def differences(base: Experiment, other: Experiment, examples: int = 0) -> tuple[str, ...]:
    """Return in words what keeps a lane from the start or the batches of ``base``; empty where it has both.

    ``examples``: how many the lane trains on.
    """
    words = []
    if _widths(base) != _widths(other):
        words.append("another shape: first weights of its own")
    elif (base.weights, base.biases) != (other.weights, other.biases):
        words.append("another initialiser: first weights of its own")
    elif base.seed != other.seed:
        words.append("another seed: first weights of its own")
    elif base.precision != other.precision:
        words.append(f"the same first weights, but in {other.precision}")
    if base.data != other.data:
        words.append("other data")
    elif base.batch_size != other.batch_size:
        words.append("batches of another size")
    elif base.seed != other.seed:
        words.append("batches in another order")
    elif leaves_one(examples, other.batch_size) and _by_statistics(base) != _by_statistics(other):
        words.append("other batches: batch norm leaves out the single example that ends an epoch")
    if base.loss != other.loss:
        words.append("another loss: its numbers do not compare")
    return tuple(words)


def _by_statistics(experiment: Experiment) -> bool:
    return any(NORMALIZATIONS[layer.normalization].over_examples for layer in experiment.layers)


def _widths(experiment: Experiment) -> tuple[object, ...]:
    data = experiment.data
    features = (data.features, data.name, data.path, data.target, data.drawing.shape if data.drawing else None)
    return (*(layer.width for layer in experiment.layers), features)
