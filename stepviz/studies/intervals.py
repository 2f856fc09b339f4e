"""95 % confidence intervals."""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.common.arrays import Array

# The 97.5th percentile of the standard normal distribution.
Z = 1.959963984540054


def wilson(hits: int, trials: int) -> tuple[float, float]:
    """Return the interval of a share, ``hits`` of ``trials`` (E. B. Wilson 1927).

    (p + z²/2n ± z sqrt(p (1 - p)/n + z²/4n²)) / (1 + z²/n). Unlike the textbook's p ± z sqrt(p (1 - p)/n) it is right
    for shares near 0 and 1, and never empty.
    """
    share, square = hits / trials, Z * Z / trials
    middle = share + square / 2
    half = Z * math.sqrt(share * (1 - share) / trials + square / (4 * trials))
    low, high = (middle - half) / (1 + square), (middle + half) / (1 + square)
    # Exactly 0 and 1 in the formula, not quite in floating point.
    return (0.0 if hits == 0 else low), (1.0 if hits == trials else high)


def mean_interval(values: Array) -> tuple[float, float, float]:
    """Return the mean of values (n,), and its interval: mean ± z s / sqrt n (the normal approximation).

    One value alone has an interval of no width.
    """
    mean = float(np.mean(values))
    spread = float(np.std(values, ddof=1)) / math.sqrt(len(values)) if len(values) > 1 else 0.0
    return mean, mean - Z * spread, mean + Z * spread
