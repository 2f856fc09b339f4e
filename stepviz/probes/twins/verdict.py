"""Whether a run is well: then nothing is tried."""

from __future__ import annotations

from typing import Literal

import numpy as np

from stepviz.probes.twins.state import State

Verdict = Literal["learns", "learned", "nothing left", "ill"]

# As shares of a constant answer's loss: what has learned, of classes and of numbers; what leaves nothing to learn.
_LEARNED_CLASSES, _LEARNED_NUMBERS, _NOTHING = 0.1, 0.02, 1e-9
# A falling loss must come down to this share of itself in the time that twins are trained.
_FALLS = 0.85
# A schedule that leaves less than this of the learning rate has stopped the run, unless so little is left to learn.
_STOPPED, _LITTLE = 0.01, 0.002
# All examples right, and not only just.
_RIGHT, _SURE = 0.99, 0.25


def verdict_of(state: State) -> Verdict:
    """Return whether a run learns, has learned, has nothing left to learn, or is ill, by how it goes on by itself."""
    going_on, motion = state.going_on, state.motion
    if going_on is None or not np.isfinite(going_on.train[0]).all():
        return "ill"
    level = state.level
    if level < _NOTHING:
        return "nothing left"
    if motion is not None and motion.rate_factor < _STOPPED and level > _LITTLE:
        return "ill"
    regression = state.subject.dataset.task == "regression"
    if level <= (_LEARNED_NUMBERS if regression else _LEARNED_CLASSES) or _all_right(state):
        return "learned"
    first = float(np.median(going_on.train[0][:3]))
    falls = float(going_on.finals[0]) <= _FALLS * first
    return "learns" if falls and state.trend != "swinging" and level < 1.0 else "ill"


def _all_right(state: State) -> bool:
    evidence = state.evidence
    return evidence is not None and evidence.train_accuracy >= _RIGHT and state.level < _SURE
