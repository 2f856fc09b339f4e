"""Running the scenes of a lesson without a window, and how each one starts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec
import numpy as np

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.trainer import Trainer
from stepviz.lessons.expression import arguments_of, measured
from stepviz.lessons.lesson import Lesson, Scene
from stepviz.lessons.quantities import QUANTITIES
from stepviz.lessons.quantity import Sample
from stepviz.lessons.record import Record, SamplingPlan

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
    """How the scenes of a lesson start, and what they ended with: both may depend on the scenes before.

    Scenes are trained only where that is needed, and once. ``shift`` is added to all seeds: another shift, another
    draw of data and weights.
    """

    def __init__(self, lesson: Lesson, shift: int = 0) -> None:
        self._lesson = lesson
        self._shift = shift
        self._ends: dict[int, tuple[Trainer, Array]] = {}

    def of(self, index: int) -> SceneStart:
        """Return the start of a scene. Trains the scene before where its weights are kept."""
        scene = self._lesson.scenes[index]
        experiment = _shifted(scene.experiment, self._shift)
        if scene.start == "fresh" or index == 0:
            return SceneStart(experiment)
        ended, _ = self._end(index - 1)
        fresh = Trainer(experiment)
        row, layout = fresh.theta.copy(), fresh.network.layout
        names = layout.named(row)
        layout.write(row, {name: values for name, values in ended.parameters().items() if name in names})
        return SceneStart(experiment, freeze(row[0].copy()))

    def before(self, index: int) -> dict[str, float]:
        """Return by key what a scene compares itself with at the end of the scene before, which is trained for it."""
        conditions = self._lesson.scenes[index].conditions()
        wanted = {item.key: item for condition in conditions for item in measured(condition) if item.before}
        if not wanted:
            return {}
        trainer, first = self._end(index - 1)
        look = Sample(trainer, first)
        with np.errstate(all="ignore"):
            return {key: QUANTITIES[item.name].measure(look, arguments_of(item)) for key, item in wanted.items()}

    def run(self, index: int) -> Record:
        """Train a scene to its end and return what was measured on the way."""
        record, trainer, first = run_scene(self._lesson.scenes[index], self.of(index), self.before(index))
        self._ends[index] = trainer, first
        return record

    def _end(self, index: int) -> tuple[Trainer, Array]:
        if index not in self._ends:
            self.run(index)
        return self._ends[index]


def run_scene(
    scene: Scene, start: SceneStart, before: Mapping[str, float] | None = None
) -> tuple[Record, Trainer, Array]:
    """Train a scene to its end; return what was measured on the way, the trainer, and its first parameters.

    ``before`` is what ``Starts.before`` says of the scene.
    """
    trainer, watch = start.trainer(), SamplingPlan(scene)
    first = trainer.theta[0].astype(np.float64)
    record = Record(scene.steps, before or {})
    while True:
        with np.errstate(all="ignore"):
            record.add(watch.look(trainer, first))
        following = watch.next_stop(trainer.step_count)
        if following is None:
            return record, trainer, first
        trainer.step(following - trainer.step_count)
        if trainer.diverged is not None:
            record.over, record.why_over = True, f"the run diverged at {trainer.diverged}"
            return record, trainer, first


def _shifted(experiment: Experiment, shift: int) -> Experiment:
    replace = msgspec.structs.replace
    data = replace(experiment.data, seed=(experiment.data.seed + shift) % (LARGEST_SEED + 1))
    return replace(experiment, data=data, seed=(experiment.seed + shift) % (LARGEST_SEED + 1))
