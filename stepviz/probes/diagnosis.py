"""The sentence that says why the loss does or does not move."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that explains the run: a short ``title``, the ``sentence`` with its numbers, what would help, and a
    changed experiment that does so (None where there is none). ``weight`` orders findings, the largest first.
    ``name`` is stable («flat units»), for tests and lessons."""

    name: str
    title: str
    sentence: str
    advice: str
    remedy: Experiment | None
    weight: float


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """At most three findings, the weightiest first; ``sentence`` is the one-line summary of the first."""

    sentence: str
    findings: tuple[Finding, ...]
