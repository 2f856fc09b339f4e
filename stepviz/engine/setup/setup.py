"""What is fixed between two changes of settings: examples, network, optimizer. Built whole or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS, Optimizer
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import DATASETS, Dataset, load_data
from stepviz.engine.data.examples import Examples, split_examples
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import Experiment, scheduled_slope
from stepviz.engine.setup.validation import validate

LARGEST_NETWORK = 20_000_000
# Numbers that each of the arrays of one pass over all examples holds; there are six of them.
LARGEST_PASS = 50_000_000


@dataclass(frozen=True, slots=True)
class BoundExperiment:
    """An experiment made concrete: nothing in it changes while training goes on."""

    experiment: Experiment
    dataset: Dataset
    train: Examples
    test: Examples
    network: Network
    optimizer: Optimizer
    optimizer_values: tuple[float, ...]

    @property
    def data_bytes(self) -> int:
        """Return the bytes that the examples take."""
        dataset, train, test = self.dataset, self.train, self.test
        arrays = (dataset.inputs, dataset.network_inputs, dataset.targets, dataset.train, dataset.test)
        passes = (train.inputs, train.targets, test.inputs, test.targets)
        return sum(array.nbytes for array in (*arrays, *passes))

    def at(self, step: int) -> BoundExperiment:
        """Return what is in force before update ``step`` (from 0): with the slope that a schedule gives then."""
        slope = scheduled_slope(self.experiment, step)
        return self if slope is None else replace(self, network=self.network.with_slope(slope))

    def keeps_weights(self, other: BoundExperiment) -> bool:
        """Return whether a run can go on under ``other`` with its weights: same shape, and the same start named."""
        old, new = self.experiment, other.experiment
        same_start = (old.weights, old.biases, old.seed) == (new.weights, new.biases, new.seed)
        return same_start and self.network.layout.widths == other.network.layout.widths


def _check_size(experiment: Experiment) -> None:
    """Raise InputError for what is too large whatever the data are: before they are made or read."""
    widths = [layer.width for layer in experiment.layers]
    _check_parameters(sum((before + 1) * width for before, width in pairwise(widths)))
    if DATASETS[experiment.data.name].generate is not None:
        _check_pass(experiment.data.samples, widths)


def _check_parameters(size: int) -> None:
    if size > LARGEST_NETWORK:
        raise InputError("layers", f"a network of {size:,} parameters", f"at most {LARGEST_NETWORK:,}")


def _check_pass(examples: int, widths: Sequence[int]) -> None:
    numbers = examples * sum(widths)
    if numbers > LARGEST_PASS:
        found = f"{sum(widths):,} units for each of {examples:,} examples"
        raise InputError("layers", found, f"at most {LARGEST_PASS:,} in all: fewer units or examples")


def set_up(
    experiment: Experiment, dataset: Dataset | None = None, previous: BoundExperiment | None = None
) -> BoundExperiment:
    """Make an experiment concrete, reusing the data set of ``previous`` where the data settings are the same.

    Raises InputError for settings that are not allowed or data that cannot be read.
    """
    validate(experiment)
    _check_size(experiment)
    if dataset is None and previous is not None and previous.experiment.data == experiment.data:
        dataset = previous.dataset
    if dataset is None:
        dataset = load_data(experiment.data)
    loss = LOSSES[experiment.loss]
    old = None if previous is None else previous.experiment
    if previous is not None and old is not None and dataset is previous.dataset and (
        (old.loss, old.precision) == (experiment.loss, experiment.precision)
    ):  # fmt: skip
        # Moments to go back to keep their setup: each with examples of its own, they would fill the memory.
        train, test = previous.train, previous.test
    else:
        train, test = split_examples(dataset, loss, experiment.precision)
    inputs = train.inputs.shape[2] - 1
    widths = [*(layer.width for layer in experiment.layers), train.targets.shape[1]]
    size = sum((before + 1) * width for before, width in zip([inputs, *widths], widths, strict=False))
    _check_parameters(size)
    _check_pass(len(train) + len(test), widths)
    if len(train) == 1 and any(NORMALIZATIONS[layer.normalization].over_examples for layer in experiment.layers):
        raise InputError("data", "one training example", "at least 2, because of batch norm: one has no spread")
    same = previous is not None and old is not None and previous.dataset is dataset and (
        (old.layers, old.output, old.loss) == (experiment.layers, experiment.output, experiment.loss)
    )  # fmt: skip
    if previous is not None and same:
        network = previous.network
    else:
        functions = [UnitFunction.of(each.activation, each.dropout, each.normalization) for each in experiment.layers]
        network = Network(inputs, widths, [*functions, UnitFunction.of(experiment.output)], loss)
    optimizer = OPTIMIZERS[experiment.optimizer.name]
    if optimizer.mistakes and dataset.task == "regression":
        raise InputError("optimizer.name", optimizer.key, "another for a regression: the perceptron rule tells classes")
    values = resolve(experiment.optimizer.parameters, optimizer.parameters, "optimizer")
    return BoundExperiment(experiment, dataset, train, test, network, optimizer, values)
