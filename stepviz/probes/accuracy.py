"""How many examples are classified rightly."""

from __future__ import annotations

import numpy as np

from stepviz.engine.network.forward_backward import Pass
from stepviz.probes.instant import Instant


def accuracy(instant: Instant) -> tuple[float, float]:
    """Return the shares of training and test examples whose class is answered; NaN for regression or no examples."""
    dataset = instant.setup.dataset
    if dataset.task == "regression":
        return float("nan"), float("nan")
    classes = np.asarray(dataset.targets)
    loss = instant.setup.network.loss

    def share(evaluation: Pass | None, chosen: np.ndarray) -> float:
        if evaluation is None:
            return float("nan")
        return float(np.mean(loss.predict(evaluation.y[0]) == classes[chosen]))

    return share(instant.train, dataset.train), share(instant.test, dataset.test)
