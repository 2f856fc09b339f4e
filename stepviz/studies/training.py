"""Training of many runs at once, and what is read off them at the end."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.training.trainer import Trainer
from stepviz.studies.study import Results, fitting


def runs_at_once(parameters: int, activations: int, most: int) -> int:
    """Return how many runs fit a chunk: ``parameters`` of one network, ``activations`` of all units and examples.

    Adam keeps two numbers for each parameter, the trainer remembers some of the last updates, a pass has six arrays.
    """
    return fitting(8 * (20 * parameters + 7 * activations), most)


def accuracies(trainer: Trainer) -> Array:
    """Return the share of right answers of each run (runs,) on the training examples; NaN for a regression."""
    dataset, loss = trainer.dataset, trainer.network.loss
    if dataset.task != "classification":
        return np.full(trainer.theta.shape[0], np.nan)
    answers, classes = trainer.train_pass().y, dataset.targets[dataset.train]
    return np.array([np.mean(loss.predict(answer) == classes) for answer in answers])


def readings(trainer: Trainer) -> dict[str, Array]:
    """Return the loss on both sets and the accuracy on the training set, of each run."""
    return {
        "train_loss": trainer.losses("train").astype(np.float64),
        "test_loss": trainer.losses("test").astype(np.float64),
        "accuracy": accuracies(trainer),
    }


def quartiles(results: Results, name: str) -> tuple[float, float, float]:
    """Return median, lower and upper quartile of one reading over runs, a run that diverged counting as infinite."""
    values = np.where(np.isnan(results[name]), np.inf, results[name])
    # Between two infinities nothing is interpolated: the lower one is as good.
    low, middle, high = (float(np.quantile(values, share, method="lower")) for share in (0.25, 0.5, 0.75))
    return middle, low, high
