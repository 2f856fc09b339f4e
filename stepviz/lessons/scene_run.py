"""Running the scenes of a lesson without a window, and how each one starts."""

from __future__ import annotations

from dataclasses import dataclass

import msgspec
import numpy as np

from stepviz.engine.arrays import Array, freeze
from stepviz.engine.experiment import Experiment
from stepviz.engine.trainer import Trainer
from stepviz.lessons.lesson import Lesson, Scene
from stepviz.lessons.record import Record, Watch

LARGEST_SEED = 2**31 - 1


@dataclass(frozen=True, slots=True, eq=False)
class SceneStart:
    """Where the run of a scene begins: at step 0 of ``experiment``.

    ``parameters`` (parameters,) replace the weights drawn from its seed; None where they stay as drawn.
    """

    experiment: Experiment
    parameters: Array | None = None

    def trainer(self) -> Trainer:
        """Return a trainer at the start of the scene. Raises InputError where the data cannot be read."""
        trainer = Trainer(self.experiment)
        if self.parameters is not None:
            trainer.put_parameters(self.parameters)
        return trainer


class Starts:
    """How the scenes of a lesson start. Weights that are kept come from running the scenes before, to their end.

    ``shift`` is added to all seeds: another shift, another draw of data and weights.
    """

    def __init__(self, lesson: Lesson, shift: int = 0) -> None:
        self._lesson = lesson
        self._shift = shift
        self._ends: dict[int, dict[str, Array]] = {}

    def of(self, index: int) -> SceneStart:
        """Return the start of a scene. Trains the scenes before it where it keeps their weights (once)."""
        scene = self._lesson.scenes[index]
        experiment = _shifted(scene.experiment, self._shift)
        if scene.start == "fresh" or index == 0:
            return SceneStart(experiment)
        if index - 1 not in self._ends:
            trainer = self.of(index - 1).trainer()
            trainer.step(self._lesson.scenes[index - 1].steps)
            self.note_end(index - 1, trainer)
        ended = self._ends[index - 1]
        fresh = Trainer(experiment)
        names = fresh.parameters()
        kept = {name: values for name, values in ended.items() if name in names}
        layout = fresh.network.layout
        row = fresh.theta.copy()
        layout.write(row, kept)
        return SceneStart(experiment, freeze(row[0].copy()))

    def note_end(self, index: int, trainer: Trainer) -> None:
        """Remember how a scene ended, so that the next one need not train it again."""
        self._ends[index] = trainer.parameters()


def run_scene(scene: Scene, start: SceneStart) -> tuple[Record, Trainer]:
    """Train a scene to its end and return what was measured on the way, and the trainer."""
    trainer, watch = start.trainer(), Watch(scene)
    first = trainer.theta[0].astype(np.float64)
    record = Record(scene.steps)
    while True:
        with np.errstate(all="ignore"):
            record.add(watch.look(trainer, first))
        following = watch.next_stop(trainer.step_count)
        if following is None:
            return record, trainer
        trainer.step(following - trainer.step_count)
        if trainer.diverged is not None:
            record.over, record.why_over = True, f"the run diverged at {trainer.diverged}"
            return record, trainer


def _shifted(experiment: Experiment, shift: int) -> Experiment:
    replace = msgspec.structs.replace
    data = replace(experiment.data, seed=(experiment.data.seed + shift) % (LARGEST_SEED + 1))
    return replace(experiment, data=data, seed=(experiment.seed + shift) % (LARGEST_SEED + 1))
