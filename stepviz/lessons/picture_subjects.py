"""What a lesson's picture can show: a measurement of one of its scenes, taken where the scene's run ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Experiment
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.instant import Instant, Path
from stepviz.probes.probe_table import PROBES
from stepviz.probes.response import Response, Responses
from stepviz.probes.stuck_units import measure_units

if TYPE_CHECKING:
    from stepviz.lessons.lesson import Lesson

# Moments at which a run is looked at, besides its start.
LOOKS = 120


@dataclass(frozen=True, slots=True)
class LossCurve:
    """The training loss ``loss`` (points,) at ``steps`` (points,)."""

    steps: NDArray[np.int64]
    loss: Array


@dataclass(frozen=True, slots=True)
class UnitStates:
    """The states (moments, units) of all hidden units, codes of probes.stuck_units; ``layers`` (units,) they are in."""

    states: NDArray[np.uint8]
    layers: NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Answers:
    """What the network computes at the start and at the end of a run on the examples of ``setup``."""

    start: Response
    end: Response
    setup: BoundExperiment


@dataclass(frozen=True, slots=True)
class Course:
    """The run of a scene: its start, its end, and what was seen on the way at ``steps`` (moments,)."""

    experiment: Experiment
    start: Instant
    end: Instant
    options: dict[str, Any]
    steps: NDArray[np.int64]
    loss: Array
    states: NDArray[np.uint8]


def course_of(lesson: Lesson, index: int) -> Course:
    """Train a scene (counted from 0) to its end. Raises InputError where it cannot be trained, or diverges."""
    # Only here: a lesson's file is read without what runs it.
    from stepviz.lessons.scene_run import Starts

    scene = lesson.scenes[index]
    begin = Starts(lesson).of(index)
    trainer = begin.trainer()
    steps = np.unique(np.linspace(0, scene.steps, LOOKS + 1).astype(np.int64))
    nowhere = Path(steps[:0], np.empty((0, trainer.theta.shape[1]), dtype=np.float32))
    losses, states, rows = [], [], []
    for step in steps:
        trainer.step(int(step) - trainer.step_count)
        if trainer.diverged is not None:
            raise InputError("picture_of.scene", f"a run that diverged at {trainer.diverged}", "one that stays finite")
        here = Instant(trainer, nowhere)
        losses.append(here.train_loss)
        rows.append(trainer.theta[0].astype(np.float32))
        units = measure_units(here).states
        states.append(np.concatenate(units) if units else np.empty(0, dtype=np.uint8))
    end = Instant(trainer, Path(steps, np.stack(rows)))
    start = Instant(begin.trainer(), nowhere)
    found = np.array(losses), np.stack(states)
    return Course(scene.experiment, start, end, dict(scene.options), steps, *found)


def _answers(course: Course) -> Answers:
    if course.end.setup.dataset.inputs.shape[1] > 2:
        raise InputError("picture_of.shows", "response", "another measurement, where there are more than two inputs")
    return Answers(Responses().measure(course.start), Responses().measure(course.end), course.end.setup)


def _measured(probe: str) -> Callable[[Course], object]:
    def measure(course: Course) -> object:
        entry = PROBES[probe]
        readings = entry.measure(course.end, course.options.get(probe, entry.options))
        return [reading for reading in readings if reading is not None][-1]

    return measure


def _first_activation(course: Course) -> ActivationChoice:
    layers = course.experiment.layers
    return layers[0].activation if layers else course.experiment.output


def _unit_states(course: Course) -> UnitStates:
    widths = [layer.width for layer in course.experiment.layers]
    if not widths:
        raise InputError("picture_of.shows", "stuck_units", "another measurement, where there is no hidden layer")
    return UnitStates(course.states, np.repeat(np.arange(len(widths)), widths))


SUBJECTS: dict[str, Callable[[Course], object]] = {
    "activation": _first_activation,
    "gradient_flow": _measured("gradient_flow"),
    "loss": lambda course: LossCurve(course.steps, course.loss),
    "loss_surface": _measured("loss_surface"),
    "response": _answers,
    "slice": _measured("slice"),
    "stuck_units": _unit_states,
}
