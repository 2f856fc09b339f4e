"""One line of a table of measurements: an amount, what it is compared with, and the goal."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

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
