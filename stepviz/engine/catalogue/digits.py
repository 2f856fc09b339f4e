"""The 8 x 8 handwritten digits that are shipped with the program.

Source: E. Alpaydin, C. Kaynak, Optical Recognition of Handwritten Digits, UCI Machine Learning Repository, 1998,
doi 10.24432/C50P49, CC BY 4.0; the 1797 images of its test set. See ``resources/datasets/digits.LICENCE.txt``.
"""

from __future__ import annotations

from functools import cache

import numpy as np
from numpy.random import Generator

from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.shipped import resource

EXAMPLES = 1797
DARKEST = 16.0


@cache
def all_digits() -> tuple[Array, Ints]:
    """Return images (1797, 64) of grey levels 0 (paper) to 16 (ink), row by row, and their digits (1797,)."""
    table = np.loadtxt(resource("datasets", "digits.csv.gz"), delimiter=",", dtype=np.uint8)
    if table.shape != (EXAMPLES, 65) or table[:, :64].max() > DARKEST or table[:, 64].max() > 9:
        raise ValueError(f"the shipped digits are damaged: shape {table.shape}; install again")
    return freeze(table[:, :64].astype(np.float64)), freeze(table[:, 64].astype(np.int64))


def digits(samples: int, noise: float, generator: Generator) -> tuple[Array, Ints]:
    """Return ``samples`` of the images (64 grey levels each) and their digits, none twice; noise is not used."""
    images, labels = all_digits()
    chosen = np.sort(generator.permutation(EXAMPLES)[:samples])
    return images[chosen], labels[chosen]
