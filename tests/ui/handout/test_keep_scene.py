"""«Keep this as a scene», asked for in the window and opened again as a lesson."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.lesson_file import load_lesson
from stepviz.runtime.commands import Pause
from tests.ui.live import PATIENCE


def test_the_state_of_the_window_becomes_a_scene_that_opens_as_a_lesson(
    qtbot: QtBot, live: LiveLab, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = live.window
    live.lab.send(Pause())
    qtbot.waitUntil(lambda: live.lab.frame is not None and not live.lab.frame.running, timeout=PATIENCE)
    frame = live.lab.frame
    assert frame is not None
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *_: str(tmp_path))
    window.scenes.action.trigger()
    dialog = window.scenes.dialog
    assert dialog is not None
    assert not dialog.choose.isEnabled()
    qtbot.keyClicks(dialog.title, "My scene")
    qtbot.keyClicks(dialog.text, "Look at the loss.")
    qtbot.mouseClick(dialog.choose, Qt.MouseButton.LeftButton)
    scene = load_lesson(tmp_path).scenes[-1]
    assert (scene.title, scene.steps, scene.experiment) == ("My scene", frame.last_step, Experiment(seed=1))
    assert set(scene.panels) == set(window.audience.in_view)
    window.lessons.open(tmp_path)
    assert window.documents.in_lesson
