"""The training engine: NumPy only, no Qt, no threads.

The names here are the public interface from Python. They stay from version to version: what they take may grow, and
does not shrink. Every other module of stepviz is private, whatever its name: it may change with any version.

Settings: Experiment, and its parts HiddenLayer, ActivationChoice, Choice, DataSettings, StopConditions, Drawing and
DrawnColumn. ``validate`` checks them and raises InputError.

Data: DATASETS is the table of data sets; ``load_data`` makes a Dataset of settings, ``dataset_from_arrays`` one of
arrays.

Training: Trainer does the steps of an Experiment.

    from stepviz.engine import Choice, Experiment, Trainer
    trainer = Trainer(Experiment(optimizer=Choice("sgd"), learning_rate=0.1))
    trainer.step(100)
    trainer.loss()
"""

from __future__ import annotations

from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import DATASETS, Dataset, dataset_from_arrays, load_data
from stepviz.engine.settings.drawing import Drawing, DrawnColumn
from stepviz.engine.settings.experiment import (
    ActivationChoice,
    Choice,
    DataSettings,
    Experiment,
    HiddenLayer,
    StopConditions,
)
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer

__all__ = [
    "DATASETS",
    "ActivationChoice",
    "Choice",
    "DataSettings",
    "Dataset",
    "Drawing",
    "DrawnColumn",
    "Experiment",
    "HiddenLayer",
    "InputError",
    "StopConditions",
    "Trainer",
    "dataset_from_arrays",
    "load_data",
    "validate",
]
