"""The examples of a data set with their inputs or their targets brought to mean 0 and standard deviation 1."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from stepviz.engine.catalogue.scaling import Scaling, standardize
from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.data.dataset import Dataset

# A column whose mean is within so many and whose deviation within so many times the usual needs no scaling.
_MEAN, _FACTOR = 3.0, 4.0


def needs_scaling(columns: Array | Ints, train: Ints) -> bool:
    """Return whether a column (N, columns) that is not constant lies or spreads far from mean 0 and deviation 1."""
    return farthest_scale(columns, train) > 1.0


def farthest_scale(columns: Array | Ints, train: Ints) -> float:
    """Return by how much the worst column exceeds what needs no scaling; 1 is the limit, 0 where none varies."""
    rows = np.asarray(columns, dtype=np.float64)[train]
    with np.errstate(all="ignore"):
        sd = rows.std(axis=0)
        varies = sd > 1e-12 * np.maximum(1.0, np.abs(rows).max(axis=0))
        if not varies.any():
            return 0.0
        sd, means = sd[varies], np.abs(rows.mean(axis=0)[varies])
        worst = np.maximum(np.maximum(sd, 1.0 / sd) / _FACTOR, np.maximum(means / (_MEAN * np.maximum(sd, 1.0)), 0.0))
    return float(worst.max())


def with_scaled_inputs(dataset: Dataset) -> Dataset:
    """Return the data set with what the network sees of its inputs standardised by the training rows."""
    scaling = standardize(dataset.network_inputs, dataset.train)
    return replace(
        dataset,
        network_inputs=freeze(scaling.apply(dataset.network_inputs)),
        input_scaling=dataset.input_scaling if dataset.features else _after(dataset.input_scaling, scaling),
    )


def with_scaled_targets(dataset: Dataset) -> Dataset:
    """Return the data set of a regression with its targets standardised by the training rows."""
    scaling = standardize(np.asarray(dataset.targets, dtype=np.float64), dataset.train)
    return replace(
        dataset,
        targets=freeze(scaling.apply(np.asarray(dataset.targets, dtype=np.float64))),
        target_scaling=_after(dataset.target_scaling, scaling),
    )


def _after(first: Scaling, then: Scaling) -> Scaling:
    """Return the one scaling that does what two do one after the other."""
    return Scaling(first.mean + then.mean * first.sd, first.sd * then.sd)
