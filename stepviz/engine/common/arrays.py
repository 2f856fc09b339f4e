"""Array types of the engine: one place that says what an array of numbers is."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

Precision = Literal["float64", "float32", "float16"]

Array = NDArray[np.floating[Any]]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


def freeze(array: NDArray[Any]) -> NDArray[Any]:
    """Return the array after forbidding writes to it: what a Frame holds is never written again."""
    array.setflags(write=False)
    return array


def with_ones(inputs: Array, dtype: np.dtype[np.floating] | str) -> Array:
    """Return (1, examples, n + 1): the inputs (examples, n) with the constant column that carries the biases."""
    extended = np.ones((1, inputs.shape[0], inputs.shape[1] + 1), dtype=dtype)
    extended[0, :, :-1] = inputs
    return extended
