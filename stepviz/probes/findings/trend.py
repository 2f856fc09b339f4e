"""Whether the loss moves, as one who looks at its curve would say."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stepviz.engine.common.arrays import Array

Trend = Literal["falling", "flat", "rising", "swinging", "unknown", "not finite"]

# What is said of a run whose loss does not come down.
STANDS = ("flat", "rising", "swinging")
# Fewer losses than this say nothing.
FEWEST = 8
# So many losses are the present; where nothing is to be seen in them, twice as many are looked at, and so on.
LATEST = 64
# What is less than a fiftieth of all that the plot spans is a few pixels of it; in figures one sees a fiftieth of the
# loss go in the present, or a twentieth in more than it; less than three thousandths is no change at all.
_OF_PLOT, _OF_LOSS_NOW, _OF_LOSS, _LEAST = 0.02, 0.02, 0.05, 3e-3
# What does not differ by this much of itself has stopped.
_STOPPED = 1e-3
# Kendall's tau of a line that falls by 1.5 times its scatter; of few losses, so many standard errors of it. The newer
# half of the line has less of it.
_LEAST_TAU, _ERRORS, _LEAST_LATE_TAU = 0.28, 3.3, 0.2
# A loss swings where its middle eight tenths span so much of its level, and so much of the plot.
_SWING, _SWING_OF_PLOT = 0.5, 0.1
# A curve that went through its present level more often than this goes up and down.
_MOST_CROSSINGS = 2


def trend_of(losses: Array, span: float = 0.0) -> Trend:
    """Return how losses (points,), oldest first, moved of late, in a plot that spans ``span``, or all of them if more.

    A loss falls where later ones are lower than earlier ones (Kendall's tau, which curves and spikes do not deceive),
    by as much as can be seen, and where it has not stopped: the newer half has to fall as well. Minibatches make the
    loss of a second scatter by more than it falls in that second, though it halves in a minute: so the newest 64 decide
    where they can, and else 128, 256, 512, in 64 means. What neither falls nor rises swings where it goes up and down
    by half of its level and by a tenth of the plot; else it is flat.
    """
    if not np.isfinite(losses).all():
        return "not finite"
    if len(losses) < FEWEST:
        return "unknown"
    newest = losses[-LATEST:]
    if np.ptp(newest) <= _STOPPED * np.abs(newest).max():
        return "flat"
    plotted = _OF_PLOT * max(span, float(np.ptp(losses)))
    length = min(len(losses), LATEST)
    while length <= len(losses):
        part = losses[-length:].reshape(min(length, LATEST), -1).mean(axis=1)
        level, share = float(np.median(np.abs(part))), _OF_LOSS if length > LATEST else _OF_LOSS_NOW
        seen = max(_LEAST * level, min(plotted, share * level))
        if _moves(part, seen) and _crossings(losses[:-length], part) <= _MOST_CROSSINGS:
            return "falling" if _tau(part) < 0.0 else "rising"
        length *= 2
    return "swinging" if _swings(newest, max(span, float(np.ptp(losses)))) else "flat"


def _swings(part: Array, span: float) -> bool:
    low, level, high = np.quantile(part, (0.1, 0.5, 0.9))
    least = max(_SWING * abs(level), _SWING_OF_PLOT * span)
    # A curve that came down and then rests spans as much, but it never went up again.
    up = float(np.max(part - np.minimum.accumulate(part)))
    down = float(np.max(np.maximum.accumulate(part) - part))
    return bool(min(high - low, up, down) > least)


def _moves(part: Array, seen: float) -> bool:
    late = part[len(part) // 2 :]
    if _change(part) < seen or _change(late) < seen / 4.0:
        return False
    tau = _tau(part)
    return abs(tau) >= _least_tau(len(part)) and _tau(late) * np.sign(tau) >= _LEAST_LATE_TAU


def _tau(part: Array) -> float:
    """Return the share of pairs in which the later one is higher, less the share in which it is lower."""
    pairs = len(part) * (len(part) - 1) / 2.0
    return float(np.triu(np.sign(part[None, :] - part[:, None])).sum() / pairs)


def _least_tau(points: int) -> float:
    error = np.sqrt(2.0 * (2.0 * points + 5.0) / (9.0 * points * (points - 1.0)))
    return min(0.9, max(_LEAST_TAU, _ERRORS * float(error)))


def _change(part: Array) -> float:
    """Return by how much the loss differs between the first quarter and the last."""
    quarter = max(1, len(part) // 4)
    return abs(float(np.median(part[-quarter:]) - np.median(part[:quarter])))


def _crossings(before: Array, part: Array) -> int:
    """Return how often the loss went through the mean of its present part before, in means of eight against noise."""
    blocks = before[len(before) % 8 :].reshape(-1, 8).mean(axis=1)
    above = blocks > float(np.mean(part))
    return int(np.count_nonzero(above[1:] != above[:-1]))
