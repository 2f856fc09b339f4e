"""One line of a table of measurements: an amount, what it is compared with, and the goal."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Literal

ROUNDS = 15
SCALES = {"µs": 1e6, "s": 1.0, "MB": 1e-6}


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the table: the ``amount`` of what is measured, ``against`` what it is compared with, and the goal.

    Amounts are seconds, or bytes where the ``unit`` shown is MB. ``ratio`` is amount / against; the goal holds when it
    is at most ``goal`` (None: no goal). ``note`` says why a row is missing its figures.
    """

    name: str
    amount: float
    versus: str
    against: float
    goal: float | None
    note: str = ""
    unit: Literal["µs", "s", "MB"] = "µs"

    @property
    def ratio(self) -> float:
        """Return how many times as long it took as what it is compared with."""
        return self.amount / self.against

    @property
    def holds(self) -> bool:
        """Return whether the goal is met (True without one)."""
        return self.goal is None or self.note != "" or self.ratio <= self.goal


def interleaved(first: Callable[[], object], second: Callable[[], object]) -> tuple[float, float]:
    """Return the median seconds of both, taken in turns, so that a slow moment of the machine hits both."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(ROUNDS):
        for function, record in zip((first, second), times, strict=True):
            began = time.perf_counter()
            function()
            record.append(time.perf_counter() - began)
    return median(times[0]), median(times[1])
