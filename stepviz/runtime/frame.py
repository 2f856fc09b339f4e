"""The Frame: an immutable snapshot of one instant of a run, all that the window ever sees of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TypeVar

from stepviz.engine.common.arrays import Array
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.engine.training.divergence import Divergence
from stepviz.probes.early_stop import Reached
from stepviz.runtime.checkpoints import Held
from stepviz.runtime.course import Course
from stepviz.runtime.history import HistoryView
from stepviz.runtime.observer import Sightings
from stepviz.runtime.subject import ExperimentSubject, Subject
from stepviz.runtime.unit_ledger import EMPTY, LedgerView

Reading = TypeVar("Reading")


@dataclass(frozen=True, slots=True)
class Frame:
    """One instant of a run.

    ``generation`` rises with every restart: what a panel keeps from an older generation is void. ``number`` rises
    with every frame. ``parameters`` (parameters,) is laid out by ``setup.network.layout``. ``steps_per_second`` is
    measured over the last second of training; ``speed`` is the limit set (None: none). ``diverged`` says where the
    numbers stopped being finite; the readings then are the last finite ones. ``ledger`` is what became of each hidden
    unit since the start. ``last_step`` is how far the run has got: beyond ``step`` after a look back, the newest of
    which has the number ``look_back``; ``ghost`` is the history that was left when the run went on from the past.
    ``sightings`` is what the watch of the run has seen so far. ``film`` is the number of the newest ``Film`` command.
    ``stopped`` is the early stop that the run is at. ``held`` is what is kept to look back at. ``course``: what was
    changed by hand on the way. ``stepper`` does the updates: ``compiled`` or ``numpy``. ``recorded`` is what a
    recording is of: it has neither ``setup`` nor ``parameters``, and to ask for its setup is an error.

    Losses, history, ledger and what standing probes measure are of ``step``. Of the other readings some may be older:
    ``snapshot`` is the newest frame in which none is (but those of slow probes, which say their own step); None where
    this frame is one itself. Numbers and sentences that stand beside each other are to be taken from ``whole``.
    """

    generation: int
    number: int
    setup: BoundExperiment
    step: int
    epochs: float
    running: bool
    speed: float | None
    steps_per_second: float
    train_loss: float
    test_loss: float
    history: HistoryView
    parameters: Array
    diverged: Divergence | None = None
    readings: Mapping[type, object] = field(default_factory=dict)
    ledger: LedgerView = EMPTY
    last_step: int = 0
    look_back: int = 0
    ghost: HistoryView | None = None
    sightings: Sightings | None = None
    film: int = 0
    stopped: Reached | None = None
    held: Held | None = None
    stepper: str = ""
    snapshot: Frame | None = None
    course: Course | None = None
    recorded: Subject | None = None

    @property
    def subject(self) -> Subject:
        """Return what the run is about: asked for names and causes by panels that show recordings too."""
        return ExperimentSubject(self.setup) if self.recorded is None else self.recorded

    @property
    def experiment(self) -> Experiment:
        """Return the settings in force."""
        return self.setup.experiment

    @property
    def whole(self) -> Frame:
        """Return the newest frame all of whose readings, but the slow ones, were measured at its step."""
        return self.snapshot or self

    def reading(self, kind: type[Reading]) -> Reading | None:
        """Return the newest reading of this kind, or None where none was measured yet."""
        found = self.readings.get(kind)
        return found if isinstance(found, kind) else None
