"""Whether the loss moves."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stepviz.engine.arrays import Array

Trend = Literal["falling", "flat", "rising", "unknown", "not finite"]

# Fewer losses than this say nothing.
FEWEST = 8
# A change that is smaller than the scatter about the line, or than a thousandth of the loss, is none.
_SCATTERS, _LEAST_CHANGE = 1.5, 1e-3


def trend_of(losses: Array) -> Trend:
    """Return how losses (points,), oldest first, moved: by the least-squares line through them, against its scatter."""
    if not np.isfinite(losses).all():
        return "not finite"
    if len(losses) < FEWEST:
        return "unknown"
    places = np.linspace(-0.5, 0.5, len(losses))
    change = float(places @ losses / (places @ places))
    scatter = float(np.std(losses - change * places))
    if abs(change) <= max(_SCATTERS * scatter, _LEAST_CHANGE * abs(float(np.mean(losses)))):
        return "flat"
    return "falling" if change < 0 else "rising"
