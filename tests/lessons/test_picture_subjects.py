"""What pictures of lessons are made from is what the scene's run gives."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stepviz.engine.common.errors import InputError
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.picture_subjects import SUBJECTS, Answers, LossCurve, UnitStates, course_of
from stepviz.lessons.scene_run import Starts, run_scene
from stepviz.probes.response import MapResponse
from stepviz.probes.stuck_units import FLAT
from tests.lessons.texts import FRONT, scene, written

STEP = "experiment: {layers.*.activation.name: step}\nsteps: 30"
DIGITS = "experiment: {data.name: digits, data.samples: 100, loss: softmax-cross-entropy}"
WILD = "experiment: {learning_rate: 1e6, loss: squared-error, optimizer.name: sgd}\nsteps: 100"


def test_a_course_is_the_scenes_own_run(tmp_path: Path) -> None:
    lesson = load_lesson(written(tmp_path, scene(STEP), scene("start: keep\nsteps: 7")))
    course = course_of(lesson, 1)
    _, trainer, _ = run_scene(lesson.scenes[1], Starts(lesson).of(1))
    np.testing.assert_array_equal(course.end.theta, trainer.theta[:1])
    assert course.steps.tolist() == list(range(8))
    assert (course.start.step, course.end.step) == (0, 7)
    loss = SUBJECTS["loss"](course)
    assert isinstance(loss, LossCurve)
    assert loss.loss[-1] == pytest.approx(trainer.loss(), rel=1e-6)
    answers = SUBJECTS["response"](course)
    assert isinstance(answers, Answers)
    start, end = answers.start.shape, answers.end.shape
    assert isinstance(start, MapResponse)
    assert isinstance(end, MapResponse)
    assert not np.array_equal(start.scores, end.scores)


def test_units_of_steps_are_flat_all_the_time(tmp_path: Path) -> None:
    course = course_of(load_lesson(written(tmp_path, scene(STEP))), 0)
    units = SUBJECTS["stuck_units"](course)
    assert isinstance(units, UnitStates)
    assert units.states.shape == (31, 3)
    assert (units.states == FLAT).all()
    assert units.layers.tolist() == [0, 0, 0]


@pytest.mark.parametrize(
    ("front", "block", "shows", "why"),
    [
        (FRONT.replace("    - {width: 3}", "    []"), "steps: 1", "stuck_units", "no hidden layer"),
        (
            FRONT,
            DIGITS,
            "response",
            "more than two inputs",
        ),
        (
            FRONT,
            WILD,
            "loss",
            "diverged",
        ),
    ],
)
def test_what_cannot_be_shown_says_why(tmp_path: Path, front: str, block: str, shows: str, why: str) -> None:
    lesson = load_lesson(written(tmp_path, scene(block), front=front))
    with pytest.raises(InputError, match=why):
        SUBJECTS[shows](course_of(lesson, 0))
