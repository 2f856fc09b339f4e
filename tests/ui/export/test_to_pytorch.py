"""Taking the run to PyTorch, as a person does it."""

from __future__ import annotations

import ast
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Choice, Experiment
from stepviz.export.pytorch.script import as_notebook, as_script
from stepviz.export.pytorch.starts import from_start
from stepviz.runtime.commands import Command, TakeSession
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.window.main_window import MainWindow
from tests.ui.built_panels import walk


@pytest.fixture
def run() -> Run:
    run = Run(replace(Experiment(), precision="float64"))
    walk(run, 1, 20)
    return run


@pytest.fixture
def window(qtbot: QtBot, run: Run) -> Iterator[MainWindow]:
    def send(command: Command) -> None:
        if isinstance(command, TakeSession):
            command.give(run.session())

    window = MainWindow(Lab(Experiment(), send), Theme("light"), Preferences(theme="light"))
    window.show()
    yield window
    window.close()


def press(window: MainWindow, text: str) -> None:
    next(action for action in window.to_pytorch.menu.actions() if action.text() == text).trigger()


def test_the_script_on_the_clipboard_repeats_the_run(window: MainWindow, run: Run, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.to_pytorch.done) as said:
        press(window, "Copy as PyTorch, from the start")
    assert said.args[0] == "Copied a script for PyTorch: step 0 to 20. Nothing is left out."
    first = Run(run.trainer.experiment).trainer.moment()
    assert QGuiApplication.clipboard().text() == as_script(first, 20)


def test_from_this_step_the_present_weights_are_in_it(window: MainWindow, run: Run, qtbot: QtBot) -> None:
    with qtbot.waitSignal(window.to_pytorch.done) as said:
        press(window, "Copy as PyTorch, from this step")
    assert "step 20 to 1,020" in said.args[0]
    script = QGuiApplication.clipboard().text()
    assert script == as_script(run.trainer.moment(), 1000)
    assert "exp_avg_sq" in script


def test_a_notebook_is_written(
    window: MainWindow, run: Run, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "mine"), ""))
    with qtbot.waitSignal(window.to_pytorch.done) as said:
        press(window, "Save as notebook, from this step…")
    assert str(tmp_path / "mine.ipynb") in said.args[0]
    content = (tmp_path / "mine.ipynb").read_bytes()
    assert content == as_notebook(run.trainer.moment(), 1000)
    assert json.loads(content)["nbformat"] == 4


def test_what_is_left_out_is_said_in_the_window(window: MainWindow, run: Run, qtbot: QtBot) -> None:
    run.change(replace(Experiment(), optimizer=Choice("random-search")), "")
    with qtbot.waitSignal(window.to_pytorch.done) as said:
        press(window, "Copy as PyTorch, from the start")
    assert "Random search: a search without gradients" in said.args[0]
    assert "step 0 to 0" in said.args[0]
    ast.parse(QGuiApplication.clipboard().text())


def test_a_folder_that_cannot_be_written_to_is_said(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "a file" / "run.ipynb"), ""))
    with qtbot.waitSignal(window.to_pytorch.failed) as said:
        press(window, "Save as notebook, from the start…")
    assert "cannot be written" in said.args[0]


def test_from_the_start_is_where_a_restart_goes_back_to(run: Run) -> None:
    state = run.trainer.checkpoint()
    moment, steps = from_start(state)
    run.trainer.restart()
    assert steps == 20
    assert moment.state.tobytes() == run.trainer.moment().state.tobytes()
    assert (moment.step, moment.seen, moment.updates) == (0, 0, 0)
