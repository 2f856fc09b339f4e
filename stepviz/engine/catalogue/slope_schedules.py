"""How the slope a of smooth steps grows with the steps of training (annealing): one table, one entry each.

A network trained with gentle slopes and ended with steep ones is nearly a step network whose every update had a true
gradient. As with the learning rate, the number of the step alone decides.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stepviz.engine.catalogue.parameters import Parameter

Slope = Callable[[int, Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class SlopeSchedule:
    """One way to anneal: update ``step`` (from 0) is done with the slope ``slope(step, values)``; None: as set."""

    key: str
    label: str
    formula: str
    parameters: tuple[Parameter, ...]
    slope: Slope | None


def _linear(step: int, values: Sequence[float]) -> float:
    first, last, length = values
    return last if step >= length else first + (last - first) * (step / length)


def _exponential(step: int, values: Sequence[float]) -> float:
    first, last, length = values
    return last if step >= length else first * (last / first) ** (step / length)


def _stairs(step: int, values: Sequence[float]) -> float:
    first, last, length, stairs = values
    rises = max(1, round(stairs))
    return last if step >= length else first + (last - first) * math.floor(rises * step / length) / rises


FIRST = Parameter("first", "a₀", 1.0, 1e-3, 1e3, "the slope at the start", (0.1, 20.0), logarithmic=True)
LAST = Parameter("last", "a₁", 20.0, 1e-3, 1e3, "the slope at the end", (0.1, 100.0), logarithmic=True)
LENGTH = Parameter(
    "length", "T", 1000.0, 1.0, 1e9, "steps until the last slope is reached", (10.0, 1e5), logarithmic=True
)
COURSE = (FIRST, LAST, LENGTH)
STAIRS = Parameter("stairs", "n", 5.0, 1.0, 1e6, "how many times it jumps on the way", (1.0, 20.0))

# Annealing the slope: Bengio, Léonard and Courville 2013 (arXiv 1308.3432) name it; Chung, Ahn and Bengio 2017
# (arXiv 1609.01704, section 2.4) let it grow linearly with the epochs.
SLOPE_SCHEDULES: dict[str, SlopeSchedule] = {
    entry.key: entry
    for entry in (
        SlopeSchedule("none", "None", "a as set", (), None),
        SlopeSchedule("linear", "Linear", "a₀ + (a₁ − a₀) t / T, then a₁", COURSE, _linear),
        SlopeSchedule("exponential", "Exponential", "a₀ (a₁ / a₀)^(t / T), then a₁", COURSE, _exponential),
        SlopeSchedule("steps", "Steps", "a₀ + (a₁ − a₀) ⌊n t / T⌋ / n, then a₁", (*COURSE, STAIRS), _stairs),
    )
}
