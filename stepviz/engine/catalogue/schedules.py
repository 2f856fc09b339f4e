"""How the learning rate changes with the steps: one table, one entry each.

A schedule is a factor of the step alone, counted from 0: looking back and stepping back need nothing restored.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from stepviz.engine.catalogue.parameters import Parameter

Factor = Callable[[int, Sequence[float]], float]


@dataclass(frozen=True, slots=True)
class Schedule:
    """One way to change the learning rate: update ``step`` (from 0) is done with η times ``factor(step, values)``."""

    key: str
    label: str
    formula: str
    parameters: tuple[Parameter, ...]
    factor: Factor


def _constant(step: int, values: Sequence[float]) -> float:
    return 1.0


def _step(step: int, values: Sequence[float]) -> float:
    every, factor = values
    return float(factor ** (step // max(1, round(every))))


def _exponential(step: int, values: Sequence[float]) -> float:
    return float(values[0] ** step)


def _cosine(step: int, values: Sequence[float]) -> float:
    length, end = values
    return end + (1.0 - end) * 0.5 * (1.0 + math.cos(math.pi * min(1.0, step / length)))


def _warm_up(step: int, values: Sequence[float]) -> float:
    return min(1.0, (step + 1) / values[0])


EVERY = Parameter("every", "k", 1000.0, 1.0, 1e9, "steps from one fall to the next", (10.0, 1e4), logarithmic=True)
FACTOR = Parameter("factor", "γ", 0.5, 1e-6, 1.0, "what the rate is multiplied by at each fall", (0.1, 1.0))
DECAY = Parameter("decay", "γ", 0.999, 1e-6, 1.0, "what the rate is multiplied by at each step", (0.99, 1.0))
LENGTH = Parameter(
    "length", "T", 2000.0, 1.0, 1e9, "steps until the last rate is reached", (10.0, 1e5), logarithmic=True
)
END = Parameter("end", "r", 0.0, 0.0, 1.0, "share of the rate that is left at the end", (0.0, 1.0))
RISE = Parameter("length", "T", 200.0, 1.0, 1e9, "steps until the full rate is reached", (10.0, 1e4), logarithmic=True)

# Step, exponential and cosine as StepLR, ExponentialLR and CosineAnnealingLR in PyTorch's documentation
# (torch.optim.lr_scheduler); cosine from Loshchilov and Hutter 2017 (arXiv 1608.03983), held at its end.
SCHEDULES: dict[str, Schedule] = {
    entry.key: entry
    for entry in (
        Schedule("constant", "Constant", "η", (), _constant),
        Schedule("step", "Step", "η γ^⌊t / k⌋", (EVERY, FACTOR), _step),
        Schedule("exponential", "Exponential", "η γᵗ", (DECAY,), _exponential),
        Schedule("cosine", "Cosine", "η (r + (1 − r) (1 + cos(π t / T)) / 2), then η r", (LENGTH, END), _cosine),
        Schedule("warm-up", "Warm-up", "η (t + 1) / T, then η", (RISE,), _warm_up),
    )
}
