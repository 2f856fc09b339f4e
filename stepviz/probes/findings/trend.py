"""Whether the loss moves."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stepviz.engine.arrays import Array

Trend = Literal["falling", "flat", "rising", "unknown", "not finite"]

# Fewer losses than this say nothing.
FEWEST = 8
# So many losses are the present; where their scatter hides what they do, all that are known are looked at, in blocks.
LATEST, BLOCK = 64, 8
# A change that is smaller than the scatter about the line, or than a thousandth of the loss, is none.
_SCATTERS, _LEAST_CHANGE = 1.5, 1e-3


def trend_of(losses: Array) -> Trend:
    """Return how losses (points,), oldest first, moved: by the least-squares line through them, against its scatter.

    Minibatches make the loss of a second scatter by more than it falls in that second, though it halves in a minute:
    so the newest 64 decide where they can, and else the means of blocks of 8 of all of them.
    """
    if not np.isfinite(losses).all():
        return "not finite"
    if len(losses) < FEWEST:
        return "unknown"
    now = _moved(losses[-LATEST:])
    blocks = len(losses) // BLOCK
    if now != "hidden" or blocks < FEWEST:
        return "flat" if now == "hidden" else now
    long = _moved(losses[-blocks * BLOCK :].reshape(blocks, BLOCK).mean(axis=1))
    return "flat" if long == "hidden" else long


def _moved(losses: Array) -> Literal["falling", "flat", "rising", "hidden"]:
    places = np.linspace(-0.5, 0.5, len(losses))
    change = float(places @ losses / (places @ places))
    scatter = float(np.std(losses - change * places))
    if abs(change) <= _LEAST_CHANGE * abs(float(np.mean(losses))):
        return "flat"
    if abs(change) <= _SCATTERS * scatter:
        return "hidden"
    return "falling" if change < 0 else "rising"
