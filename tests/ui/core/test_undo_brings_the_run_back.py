"""What puts an end to a run is undone with the run: its weights, step, optimizer, history and marks."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from msgspec.structs import replace
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.engine.setup.experiment_file import encode
from stepviz.engine.setup.switch import with_activation
from stepviz.lessons.library import shipped_lessons
from stepviz.runtime.commands import Pause, Step
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import encode_session
from tests.ui.live import PATIENCE, wait_for_step


def frame(live: LiveLab) -> Frame:
    assert live.lab.frame is not None
    return live.lab.frame


def rest(qtbot: QtBot, live: LiveLab) -> Frame:
    """Return a frame of the run at rest, with something done to it before."""
    wait_for_step(qtbot, live, 40)
    live.lab.change(with_activation(live.lab.experiment, "relu", None), "Switch to ReLU")
    live.lab.send(Pause())
    seen = frame(live).number
    qtbot.waitUntil(lambda: frame(live).number > seen and not frame(live).running, timeout=PATIENCE)
    qtbot.waitUntil(lambda: len(frame(live).history.marks) == 1, timeout=PATIENCE)
    return frame(live)


def open_experiment(live: LiveLab, folder: Path) -> None:
    path = folder / "other.stepviz"
    path.write_bytes(encode(Experiment(seed=8)))
    live.window.documents.open(path)


def open_session(live: LiveLab, folder: Path) -> None:
    path = folder / "other.stepviz-session"
    path.write_bytes(encode_session(Run(Experiment(seed=9)).session()))
    live.window.documents.open(path)


def narrow(live: LiveLab, _folder: Path) -> None:
    live.lab.change(replace(live.lab.experiment, layers=(HiddenLayer(3),)), "Layers")


WAYS: dict[str, Callable[[LiveLab, Path], None]] = {
    "new experiment": lambda live, _: live.window.documents.start_anew(),
    "restart": lambda live, _: live.window.transport.restart.trigger(),
    "new weights": lambda live, _: live.window.transport.renew.trigger(),
    "open an experiment": open_experiment,
    "open a session": open_session,
    "open a lesson": lambda live, _: live.window.lessons.open(shipped_lessons()[0]),
    "other layers": narrow,
}


@pytest.mark.parametrize("way", WAYS)
def test_the_run_is_back_after_an_undo_and_the_other_after_a_redo(
    qtbot: QtBot, live: LiveLab, tmp_path: Path, way: str
) -> None:
    before = rest(qtbot, live)
    WAYS[way](live, tmp_path)
    qtbot.waitUntil(lambda: frame(live).generation > before.generation, timeout=PATIENCE)
    live.lab.send(Pause())
    live.lab.send(Step(5))
    other = frame(live).number
    qtbot.waitUntil(lambda: frame(live).number > other and not frame(live).running, timeout=PATIENCE)
    left = frame(live)
    live.lab.undo_stack.undo()
    qtbot.waitUntil(lambda: frame(live).generation > left.generation, timeout=PATIENCE)
    again = frame(live)
    assert (again.step, again.experiment, again.running) == (before.step, before.experiment, False)
    assert live.lab.experiment == before.experiment
    np.testing.assert_array_equal(again.parameters, before.parameters)
    assert again.history.marks == before.history.marks
    np.testing.assert_array_equal(again.history.column("train_loss"), before.history.column("train_loss"))
    live.lab.undo_stack.redo()
    qtbot.waitUntil(lambda: frame(live).generation > again.generation, timeout=PATIENCE)
    assert (frame(live).step, frame(live).experiment) == (left.step, left.experiment)
    np.testing.assert_array_equal(frame(live).parameters, left.parameters)


def test_several_runs_come_back_one_after_the_other(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    rest(qtbot, live)
    lefts = []
    for _ in range(3):
        lefts.append(frame(live))
        live.window.transport.renew.trigger()
        live.lab.send(Step(7))
        generation = frame(live).generation
        qtbot.waitUntil(lambda: frame(live).generation > generation and frame(live).step == 7, timeout=PATIENCE)  # noqa: B023  # called at once
        qtbot.waitUntil(lambda: not frame(live).running, timeout=PATIENCE)
    for left in reversed(lefts):
        generation = frame(live).generation
        live.lab.undo_stack.undo()
        qtbot.waitUntil(lambda: frame(live).generation > generation, timeout=PATIENCE)  # noqa: B023  # called at once
        assert (frame(live).step, frame(live).experiment.seed) == (left.step, left.experiment.seed)
        np.testing.assert_array_equal(frame(live).parameters, left.parameters)


def test_a_lesson_closes_when_its_opening_is_undone(qtbot: QtBot, live: LiveLab) -> None:
    before = rest(qtbot, live)
    live.window.lessons.open(shipped_lessons()[0])
    show = live.window.lessons.show
    assert show is not None
    qtbot.waitUntil(lambda: frame(live).generation > before.generation, timeout=PATIENCE)
    live.lab.undo_stack.undo()
    qtbot.waitUntil(lambda: show.player is None and frame(live).step == before.step, timeout=PATIENCE)
    assert show.dock.isHidden()


def test_a_restart_of_what_has_just_begun_leaves_nothing_to_undo(qtbot: QtBot, live: LiveLab) -> None:
    before = rest(qtbot, live)
    count = live.lab.undo_stack.count()
    for _ in range(3):
        live.window.transport.restart.trigger()
        qtbot.waitUntil(lambda: frame(live).generation > before.generation and frame(live).step == 0, timeout=PATIENCE)
    assert live.lab.undo_stack.count() == count + 1
