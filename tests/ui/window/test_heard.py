"""What a person sees happen is announced, seldom enough, and stands in the transcript."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Choice, DataSettings, Experiment
from stepviz.lessons.library import shipped_lessons
from stepviz.ui.core import announcer as speech
from tests.ui.live import PATIENCE, open_lab


@pytest.fixture(autouse=True)
def hurried(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speech, "PAUSE", 0.05)


def wait_for(qtbot: QtBot, live: LiveLab, words: str) -> None:
    said = live.window.heard.announcer
    qtbot.waitUntil(lambda: any(words in text for text in said.transcript), timeout=2 * PATIENCE)


def test_a_switch_and_the_units_that_get_stuck_by_it_are_announced(qtbot: QtBot, live: LiveLab) -> None:
    qtbot.keyClick(live.window, Qt.Key.Key_1)
    wait_for(qtbot, live, "Switch to Step")
    wait_for(qtbot, live, "16 of 16 hidden units are stuck")
    qtbot.keyClick(live.window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    wait_for(qtbot, live, "Undo: Switch to Step")
    wait_for(qtbot, live, "No hidden unit is stuck any more")
    rows = [live.window.heard.list.item(row).text() for row in range(live.window.heard.list.count())]
    assert rows == live.window.heard.announcer.transcript


def test_a_run_that_diverges_is_announced_first(qtbot: QtBot, live: LiveLab) -> None:
    base = replace(Experiment(), data=DataSettings("sine"), loss="squared-error", optimizer=Choice("sgd"))
    assert live.lab.change(replace(base, layers=(), learning_rate=100.0), "Too large a rate")
    wait_for(qtbot, live, "diverged at")


def test_scenes_and_the_answer_to_a_prediction_are_announced(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    window.lessons.open(shipped_lessons()[0])
    show = window.lessons.show
    assert show is not None
    wait_for(qtbot, live, "Scene 1 of")
    show.go(1)
    wait_for(qtbot, live, "Scene 2 of")
    qtbot.mouseClick(show.view.choice_buttons[0], Qt.MouseButton.LeftButton)
    wait_for(qtbot, live, "The answer is: It is exactly 0. Expected was: It stays as large as before")


def test_it_can_be_off_and_stays_so(qtbot: QtBot, live: LiveLab) -> None:
    live.window.heard.action.trigger()
    qtbot.keyClick(live.window, Qt.Key.Key_1)
    kept = live.window.remember()
    assert not kept.announce
    live.window.close()
    assert live.window.heard.announcer.transcript == []
    second = open_lab(qtbot, preferences=kept)
    assert not second.window.heard.action.isChecked()
    assert not second.window.heard.announcer.on
    second.window.close()


def test_of_one_kind_only_the_newest_waits_and_the_weightiest_comes_first(
    qtbot: QtBot, live: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(speech, "PAUSE", 0.3)
    said = speech.Announcer(live.window)
    said.say("loss", "first")
    qtbot.waitUntil(lambda: said.transcript == ["first"], timeout=PATIENCE)
    for number in range(100):
        said.say("loss", f"loss {number}")
    said.say("divergence", "diverged")
    qtbot.waitUntil(lambda: len(said.transcript) == 3, timeout=PATIENCE)
    assert said.transcript == ["first", "diverged", "loss 99"]


def test_the_pane_opens_from_the_view_menu_and_stays_open_in_a_lesson(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    window.heard.dock.toggleViewAction().trigger()
    assert window.heard.dock.isVisible()
    window.lessons.open(shipped_lessons()[0])
    assert window.heard.dock.isVisible()
