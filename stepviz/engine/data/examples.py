"""A data set in the form that the passes read: inputs with a column of ones, encoded targets, one precision."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.losses import LOSSES, Loss
from stepviz.engine.common.arrays import Array, Precision, with_ones
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.datasets import Dataset


@dataclass(frozen=True, slots=True)
class Examples:
    """Inputs (1, n, features + 1) and targets (n, outputs) of one split."""

    inputs: Array
    targets: Array

    def __len__(self) -> int:
        return len(self.targets)


def split_examples(dataset: Dataset, loss: Loss, precision: Precision) -> tuple[Examples, Examples]:
    """Return the training and the test examples. Raises InputError where the loss cannot serve the data set."""
    if dataset.loss_task not in loss.tasks:
        serving = " or ".join(key for key, each in LOSSES.items() if dataset.loss_task in each.tasks)
        raise InputError("loss", loss.key, f"{serving}: the data set is a {dataset.loss_task} one")
    targets = loss.encode(dataset.targets, len(dataset.class_names))
    with np.errstate(over="ignore"):
        inputs = with_ones(dataset.network_inputs, precision)
        encoded = targets.astype(precision)
    if not (np.isfinite(inputs).all() and np.isfinite(encoded).all()):
        expected = "float32 or float64, or another data.scaling: the data hold larger numbers than it can"
        raise InputError("precision", precision, expected)
    return (
        Examples(np.ascontiguousarray(inputs[:, dataset.train]), encoded[dataset.train]),
        Examples(np.ascontiguousarray(inputs[:, dataset.test]), encoded[dataset.test]),
    )
