"""What is fixed between two changes of settings: examples, network, optimiser. Built whole or not at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.normalizations import NORMALIZATIONS
from stepviz.engine.catalogue.optimizers import OPTIMIZERS, Optimizer
from stepviz.engine.catalogue.table import resolve
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import Dataset, load_data
from stepviz.engine.data.examples import Examples, split_examples
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import Experiment, scheduled_slope
from stepviz.engine.setup.validation import validate

LARGEST_NETWORK = 20_000_000


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


def set_up(
    experiment: Experiment, dataset: Dataset | None = None, previous: BoundExperiment | None = None
) -> BoundExperiment:
    """Make an experiment concrete, reusing the data set of ``previous`` where the data settings are the same.

    Raises InputError for settings that are not allowed or data that cannot be read.
    """
    validate(experiment)
    if dataset is None and previous is not None and previous.experiment.data == experiment.data:
        dataset = previous.dataset
    if dataset is None:
        dataset = load_data(experiment.data)
    loss = LOSSES[experiment.loss]
    train, test = split_examples(dataset, loss, experiment.precision)
    inputs = train.inputs.shape[2] - 1
    widths = [*(layer.width for layer in experiment.layers), train.targets.shape[1]]
    size = sum((before + 1) * width for before, width in zip([inputs, *widths], widths, strict=False))
    if size > LARGEST_NETWORK:
        raise InputError("layers", f"a network of {size:,} parameters", f"at most {LARGEST_NETWORK:,}")
    if len(train) == 1 and any(NORMALIZATIONS[layer.normalization].over_examples for layer in experiment.layers):
        raise InputError("data", "one training example", "at least 2, because of batch norm: one has no spread")
    functions = [UnitFunction.of(layer.activation, layer.dropout, layer.normalization) for layer in experiment.layers]
    functions.append(UnitFunction.of(experiment.output))
    optimizer = OPTIMIZERS[experiment.optimizer.name]
    if optimizer.mistakes and dataset.task == "regression":
        raise InputError("optimizer.name", optimizer.key, "another for a regression: the perceptron rule tells classes")
    values = resolve(experiment.optimizer.parameters, optimizer.parameters, "optimizer")
    return BoundExperiment(
        experiment, dataset, train, test, Network(inputs, widths, functions, loss), optimizer, values
    )
