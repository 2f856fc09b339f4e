"""Input features of data with two inputs: what the first layer is given besides, or instead of, the inputs."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array


@dataclass(frozen=True, slots=True)
class Feature:
    """One column of the network's input; ``value`` turns inputs (N, 2) into the feature (N,)."""

    key: str
    label: str
    value: Callable[[Array], Array]


FEATURES: dict[str, Feature] = {
    feature.key: feature
    for feature in (
        Feature("x1", "x₁", lambda x: x[:, 0]),
        Feature("x2", "x₂", lambda x: x[:, 1]),
        Feature("x1^2", "x₁²", lambda x: x[:, 0] ** 2),
        Feature("x2^2", "x₂²", lambda x: x[:, 1] ** 2),
        Feature("x1*x2", "x₁x₂", lambda x: x[:, 0] * x[:, 1]),
        Feature("sin(x1)", "sin x₁", lambda x: np.sin(x[:, 0])),
        Feature("sin(x2)", "sin x₂", lambda x: np.sin(x[:, 1])),
    )
}


def apply_features(keys: Sequence[str], inputs: Array) -> Array:
    """Return the features named by ``keys`` as columns (N, len(keys)) of inputs (N, 2)."""
    return np.column_stack([FEATURES[key].value(inputs) for key in keys])


def feature_names(keys: Sequence[str], input_names: Sequence[str]) -> tuple[str, ...]:
    """Return the features' names with the inputs' own names put for x1 and x2: ``x1^2`` becomes ``height^2``."""
    return tuple(re.sub("x[12]", lambda match: input_names[int(match[0][1]) - 1], key) for key in keys)
