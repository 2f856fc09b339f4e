"""The training engine: NumPy only, no Qt, no threads. The names here are the public interface from Python."""

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
