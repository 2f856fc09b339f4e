"""What an examination says: plain values that go to the screen, to JSON and through a pipe."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.settings.experiment import Experiment


@dataclass(frozen=True, slots=True)
class Tried:
    """One change and what its twins did.

    ``cure`` is its key, ``words`` say it after «with». ``start``: ``now`` where the twin went on with the run's
    weights, ``fresh`` where twins began with new ones. ``steps`` they trained; ``before`` what the run comes to in that
    time with nothing changed, ``median`` what they came to, ``losses`` each of them (None where it diverged): the
    run's loss, or, where ``as_share``, shares of the loss of the best constant answer. ``helped`` of ``twins`` (with
    new weights) ended a fifth lower. ``curve``: steps and medians; ``helps``: whether the change does.
    """

    cure: str
    words: str
    start: str
    steps: int
    before: float | None
    median: float | None
    losses: tuple[float | None, ...]
    as_share: bool
    helped: int
    twins: int
    diverged: int
    helps: bool
    curve: tuple[tuple[int, float | None], ...]


@dataclass(frozen=True, slots=True)
class Remedy:
    """The change that a button makes: ``experiment`` are the settings after it, None where settings cannot name it.

    ``restart``: its twins that did best began with new weights. ``fields``: the settings changed, by name.
    """

    key: str
    words: str
    experiment: Experiment | None
    fields: tuple[str, ...]
    restart: bool


@dataclass(frozen=True, slots=True)
class TwinFinding:
    """A cause: its stable key, the sentence with the figure, the evidence of the twins, and the cure."""

    cause: str
    title: str
    sentence: str
    evidence: str
    cure: Remedy | None
    twins: tuple[Tried, ...]


@dataclass(frozen=True, slots=True)
class TwinDiagnosis:
    """What is the matter with a run, as far as it is known.

    ``verdict``: ``learns``, ``learned``, ``nothing left`` or ``ill``; ``trend``: how the loss moves; ``step`` and
    ``loss`` (training loss, None where not finite) of the run; ``findings``, best first; ``tried``: every change, in
    the order of trying; ``own``: how the run goes on by itself; ``done``: whether all was tried.
    """

    verdict: str
    sentence: str
    trend: str
    step: int
    loss: float | None
    findings: tuple[TwinFinding, ...]
    tried: tuple[Tried, ...]
    own: tuple[tuple[int, float | None], ...]
    experiment: Experiment
    done: bool
