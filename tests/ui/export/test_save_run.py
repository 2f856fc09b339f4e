"""Saving the run, as a person does it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Command, TakeRun
from stepviz.runtime.run import Run
from stepviz.runtime.run_record import take_record
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.window.main_window import MainWindow
from tests.ui.built_panels import walk


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    run = Run(Experiment())
    walk(run, 2, 10)

    def send(command: Command) -> None:
        if isinstance(command, TakeRun):
            command.give(take_record(run))

    window = MainWindow(Lab(Experiment(), send), Theme("light"), Preferences(theme="light"))
    window.show()
    yield window
    window.close()


def save(window: MainWindow, monkeypatch: pytest.MonkeyPatch, path: Path, chosen: str = "") -> None:
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), chosen))
    actions = {action.text().replace("&", ""): action for action in window.menus.menus["File"].actions()}
    actions["Save the run…"].trigger()


def test_the_archive_holds_the_run(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(window.run_saving.saved) as said:
        save(window, monkeypatch, tmp_path / "mine")
    assert str(tmp_path / "mine.npz") in said.args[0]
    with np.load(tmp_path / "mine.npz", allow_pickle=False) as found:
        assert found["checkpoints.step"].tolist() == [0, 10, 20]


def test_a_table_is_written_where_one_is_chosen(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with qtbot.waitSignal(window.run_saving.saved):
        save(window, monkeypatch, tmp_path / "mine", "Comma-separated values (*.csv)")
    assert (tmp_path / "mine.csv").read_text().startswith("step,train_loss,")


def test_what_cannot_be_written_is_said(
    window: MainWindow, qtbot: QtBot, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "a file").touch()
    with qtbot.waitSignal(window.run_saving.failed) as said:
        save(window, monkeypatch, tmp_path / "a file" / "run.npz")
    assert "cannot be written" in said.args[0]


def test_nothing_is_asked_of_the_run_where_no_name_is_given(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(window.lab, "send", lambda command: pytest.fail(f"{command}"))
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("", ""))
    window.run_saving.ask()
