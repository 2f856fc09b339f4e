"""The course of a lesson: scenes, questions, and a run that is fed look by look."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.training.trainer import Trainer
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.player import Player
from stepviz.lessons.scene_run import SceneStart, run_scene
from tests.lessons.texts import scene, written

RUN = """steps: 60
claims:
  - {text: It moves., holds: moved(layer=1) > 0}
  - {text: It moves early., holds: moved(layer=1) > 0 within 7 steps}
  - {text: Never., holds: step < 30 always}"""
ASK = """steps: 10
question:
  ask: How many steps?
  choices:
    - {text: Few, when: step < 5}
    - {text: Ten, when: step == 10}"""


@pytest.fixture
def player(tmp_path: Path) -> Player:
    scenes = (
        scene(RUN, "Run"),
        scene(ASK, "Ask"),
        scene("start: keep\nsteps: 5\ngo_on: steps", "Keep"),
        scene("steps: 100\ngo_on: step > 20", "Wait"),
        scene("", "Still"),
    )
    return Player(load_lesson(written(tmp_path, *scenes)))


def shown(player: Player, start: SceneStart, until: int | None = None) -> Trainer:
    """Run a scene as a window does: from stop to stop, and look there."""
    trainer = start.trainer()
    first = trainer.theta[0].copy()
    player.take(player.watch.look(trainer, first))
    while player.may_run and (following := player.watch.next_stop(trainer.step_count)) is not None:
        if until is not None and following > until:
            break
        trainer.step(following - trainer.step_count)
        player.take(player.watch.look(trainer, first))
    return trainer


def test_claims_are_decided_as_the_run_goes(player: Player) -> None:
    assert [verdict.state for verdict in player.verdicts] == ["open", "open", "open"]
    shown(player, player.start, until=8)
    assert [verdict.state for verdict in player.verdicts] == ["open", "holds", "open"]
    assert player.verdicts[1].measured.endswith("at step 2")
    assert player.may_run
    shown(player, player.reset())
    assert [verdict.state for verdict in player.verdicts] == ["holds", "holds", "fails"]
    assert player.verdicts[2].measured == "30 steps at step 30"
    assert not player.may_run
    assert not player.goes_on, "it waits for the key"


def test_the_window_and_the_verification_measure_the_same_bits(player: Player) -> None:
    shown(player, player.start)
    record, *_ = run_scene(player.scene, player.start)
    assert record.values == player.record.values
    assert len(record.values) > 30
    assert 7 in record.values, "a step that a claim names is looked at"


def test_the_run_waits_for_the_prediction_and_the_measurement_answers(player: Player) -> None:
    start = player.go_to(1)
    assert player.waits_for_prediction
    assert not player.may_run
    player.predict(5)
    assert player.waits_for_prediction, "there is no such choice"
    player.predict(0)
    assert player.may_run
    assert player.answer is None
    shown(player, start)
    assert (player.prediction, player.answer) == (0, 1)
    player.reset()
    assert (player.prediction, player.answer) == (None, None)
    player.skip_question()
    assert player.may_run


def test_nothing_is_given_away_while_the_class_may_still_guess(tmp_path: Path) -> None:
    block = (
        "question: {ask: What step is it, choices: [{text: zero, when: step == 0}, {text: one, when: step == 1}]}\n"
        "claims: [{text: None., holds: step == 0}]"
    )
    player = Player(load_lesson(written(tmp_path, scene(block))))
    shown(player, player.start)
    assert (player.answer, [str(verdict) for verdict in player.verdicts]) == (None, ["open"])
    assert not player.explains
    player.predict(1)
    assert player.explains
    assert (player.answer, player.verdicts[0].state) == (0, "holds")


def test_a_scene_keeps_the_weights_of_the_one_before_however_one_comes_there(player: Player) -> None:
    directly = player.go_to(2)
    assert directly.parameters is not None
    _, trainer, _ = run_scene(player.lesson.scenes[1], Player(player.lesson, 1).start)
    assert np.array_equal(directly.parameters, trainer.theta[0])
    assert np.array_equal(directly.trainer().theta[0], trainer.theta[0])
    assert directly.trainer().step_count == 0
    again = player.reset()
    assert np.array_equal(again.parameters, directly.parameters)


def test_scenes_go_on_at_the_end_of_the_run_or_when_their_condition_holds(player: Player) -> None:
    start = player.go_to(2)
    assert not player.goes_on
    shown(player, start)
    assert player.goes_on
    start = player.forward()
    assert start is not None
    shown(player, start, until=20)
    assert not player.goes_on
    shown(player, start, until=24)
    assert player.goes_on


def test_a_scene_compares_itself_with_the_end_of_the_one_before(tmp_path: Path) -> None:
    claims = (
        "claims:\n  - {text: As good., holds: loss == loss before}\n  - {text: Later., holds: step > 2 * step before}"
    )
    player = Player(load_lesson(written(tmp_path, scene("steps: 3"), scene(f"steps: 9\n{claims}"))), 1)
    _, trainer, _ = run_scene(player.lesson.scenes[0], player.go_to(0))
    start = player.go_to(1)
    assert player.record.before == pytest.approx({"loss(split=train)": trainer.loss(), "step": 3.0}, rel=1e-6)
    shown(player, start)
    assert [verdict.state for verdict in player.verdicts] == ["fails", "holds"]
    assert player.verdicts[1].measured == "9 steps at step 9; 3 steps at the end of the scene before"
    with pytest.raises(InputError, match="found step before, expected a scene before this one"):
        load_lesson(written(tmp_path, scene("claims: [{text: No., holds: step before > 1}]")))


def test_the_ends_of_a_lesson_are_ends(player: Player) -> None:
    assert player.back() is None
    player.go_to(99)
    assert (player.index, player.at_end, player.forward()) == (4, True, None)
    assert not player.may_run or player.scene.steps == 0
    assert player.back() is not None
    assert player.index == 3


def test_what_a_person_changes_is_not_taken_for_the_scene(player: Player) -> None:
    trainer = player.start.trainer()
    player.take(player.watch.look(trainer, trainer.theta[0].copy()))
    player.alter()
    shown(player, player.start)
    assert [str(verdict) for verdict in player.verdicts] == ["open: the run was changed by hand"] * 3
    assert list(player.record.values) == [0]
    player.reset()
    shown(player, player.start)
    assert player.verdicts[0].state == "holds"


def test_a_run_that_diverges_decides_what_was_open(player: Player) -> None:
    trainer = player.start.trainer()
    player.take(player.watch.look(trainer, trainer.theta[0].copy()))
    player.diverge("the run diverged at step 3")
    assert [verdict.state for verdict in player.verdicts] == ["fails"] * 3
    assert not player.may_run


def test_weights_can_only_be_kept_by_the_same_network(tmp_path: Path) -> None:
    folder = written(tmp_path, scene(), scene("start: keep\nexperiment: {layers.0.width: 5}"))
    with pytest.raises(InputError, match="keep after a scene of another shape"):
        load_lesson(folder)
