"""An experiment on other data: what depends on the data is changed with it."""

from __future__ import annotations

from msgspec.structs import replace

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.data.csv_source import without_table
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.data.datasets import fitting_loss, load_data
from stepviz.engine.settings.drawing import Drawing
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment
from stepviz.engine.setup.validation import LOSS_FOR, validate


def with_data(
    experiment: Experiment, data: DataSettings, dataset: Dataset | None = None, *, before: Dataset | None = None
) -> Experiment:
    """Return the experiment with other data; with the usual loss for them where the present one cannot serve them.

    ``dataset`` is what the data settings give, where that is known already; ``before`` the present data: where another
    kind of task has their usual loss, it becomes the usual one of the new. Raises InputError for settings that are not
    allowed or a file that cannot be used.
    """
    dataset = dataset or load_data(data)
    loss = experiment.loss if dataset.loss_task in LOSSES[experiment.loss].tasks else fitting_loss(dataset)
    if before is not None and before.task != dataset.task and experiment.loss == fitting_loss(before):
        # Squared error serves classes too: whoever looked at a curve in between would keep it unawares.
        loss = fitting_loss(dataset)
    return validate(with_loss(replace(experiment, data=data), loss))


def drawn(data: DataSettings, drawing: Drawing) -> DataSettings:
    """Return the settings with a drawing in the place of whatever data there were.

    The first drawing is trained on whole: what a person draws should count, and not every third point of it.
    """
    share = data.test_share if data.name == "drawn" else 0.0
    return replace(without_table(data), name="drawn", drawing=drawing, test_share=share)


def loses_test_set(before: DataSettings, after: DataSettings) -> bool:
    """Return whether examples were held out of the training with ``before`` and none are with ``after``."""
    return before.test_share > 0.0 and after.test_share == 0.0


def with_optimizer(experiment: Experiment, choice: Choice) -> Experiment:
    """Return the experiment with another optimizer; for the perceptron rule as one layer of steps, without hidden ones.

    A step output or a sign is kept, any other becomes a step.
    """
    if OPTIMIZERS[choice.name].mistakes:
        output = experiment.output if experiment.output.name in LOSS_FOR else ActivationChoice("step")
        experiment = replace(experiment, layers=(), output=output, loss=LOSS_FOR[output.name])
    return replace(experiment, optimizer=choice)


def with_loss(experiment: Experiment, loss: str) -> Experiment:
    """Return the experiment with another loss, and a linear output layer where the loss works on logits."""
    output = ActivationChoice("linear") if LOSSES[loss].on_logits else experiment.output
    return replace(experiment, loss=loss, output=output)
