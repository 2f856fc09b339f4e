"""What speaks for a cause before anything is tried."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.probes.twins.state import State


@dataclass(frozen=True, slots=True)
class Symptom:
    """What is measured of a run that a cause would explain.

    ``strength`` from 0 (as in any run) to 1 (so exceptional that it asks for an explanation); ``sentence`` names the
    cause and gives the figure. ``exact``: a fact about the settings or the numbers that leaves the run no way to learn,
    not a matter of more or less.
    """

    strength: float
    sentence: str
    exact: bool = False


__all__ = ["State", "Symptom"]
