"""In the window nothing tells the answer to a question before the class has chosen, whatever is pressed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.lessons.library import shipped_lessons
from stepviz.lessons.player import Player
from stepviz.probes.diagnosis import Diagnosis
from stepviz.runtime.frame import Frame
from stepviz.ui.docks.cover_sheet import CoverSheet
from stepviz.ui.lessons.controller import COVER, STATUS, LessonShow
from stepviz.ui.window.main_window import MainWindow
from tests.ui.lessons.test_controller import opened

SECONDS = 30_000
# Lessons with every kind of scene: no run, weights kept, instruments that stay visible. What is covered is the same
# mechanism in the others, and tests/lessons/test_answers.py goes through all scenes.
QUICK = (1, 3, 6)


def wait_for_the_start(qtbot: QtBot, live: LiveLab, player: Player) -> Frame:
    """Wait until the window has a frame of the scene with its diagnosis, which would tell."""

    def begun() -> bool:
        frame = live.lab.frame
        seen = frame is not None and frame.sightings is not None and frame.sightings.watch is player.watch
        return bool(seen and frame is not None and frame.reading(Diagnosis) is not None)

    qtbot.waitUntil(begun, timeout=SECONDS)
    assert live.lab.frame is not None
    return live.lab.frame


def texts_on_screen(window: MainWindow) -> list[str]:
    """Return what can be read outside the lesson, by eye, under the mouse or by a screen reader."""
    parts = [part for part in (*window.panel_docks.values(), window.status) if part.isVisible()]
    found = [window.windowTitle()]
    for part in parts:
        for widget in (part, *part.findChildren(QWidget)):
            if widget.isVisible():
                text = widget.text() if isinstance(widget, QLabel) else ""
                found += [text, widget.toolTip(), widget.accessibleName(), widget.accessibleDescription()]
    return [text for text in found if text]


def assert_nothing_tells(window: MainWindow, player: Player, frame: Frame) -> None:
    question = player.scene.question
    assert question is not None
    for name, dock in window.panel_docks.items():
        if name in question.visible:
            assert not dock.covered
            continue
        assert dock.covered, name
        assert dock.panel is None or not dock.panel.isVisible()
        assert dock.bar.take is not None
        assert not dock.bar.take.isEnabled(), "its picture and its numbers would tell"
        if dock.isVisible() and dock.panel is not None:
            assert isinstance(dock.widget(), CoverSheet)
            assert dock.widget().isVisible()
    told = frame.reading(Diagnosis)
    assert told is not None
    assert window.status.sentence.text() == STATUS
    for text in texts_on_screen(window):
        assert told.sentence not in text
        assert not any(finding.advice and finding.advice in text for finding in told.findings)


def press_what_would_train(qtbot: QtBot, live: LiveLab) -> None:
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_S):
        qtbot.keyClick(live.window, key)
    QApplication.processEvents()


@pytest.mark.parametrize(
    "number",
    [
        number if number in QUICK else pytest.param(number, marks=pytest.mark.long)
        for number in range(1, len(shipped_lessons()) + 1)
    ],
)
def test_until_the_class_has_chosen_nothing_on_screen_tells(qtbot: QtBot, live: LiveLab, number: int) -> None:
    show, player = opened(live, str(number))
    window = live.window
    places = [place for place, scene in enumerate(player.lesson.scenes) if scene.question is not None]
    assert places
    for place in places:
        show.go(place - player.index)
        frame = wait_for_the_start(qtbot, live, player)
        assert_nothing_tells(window, player, frame)
        press_what_would_train(qtbot, live)
        assert player.waits_for_prediction
        assert live.lab.frame is not None
        assert live.lab.frame.step == 0
        assert_nothing_tells(window, player, frame)
        qtbot.mouseClick(show.view.choice_buttons[0], Qt.MouseButton.LeftButton)
        for name in player.scene.panels:
            dock = window.panel_docks[name]
            assert not dock.covered
            assert dock.panel is None or dock.widget() is dock.panel
        assert window.status.sentence.text() != STATUS


def test_an_instrument_brought_up_while_the_question_waits_is_covered_too(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    show.go(1)
    wait_for_the_start(qtbot, live, player)
    dock = live.window.panel_docks["diagnosis"]
    assert "diagnosis" not in player.scene.panels
    dock.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: dock.panel is not None)
    cover = dock.widget()
    assert isinstance(cover, CoverSheet)
    assert cover.words.text() == COVER
    live.window.layout_of_docks.enlarge(dock)
    assert dock.panel is not None
    assert not dock.panel.isVisible()
    qtbot.mouseClick(show.view.choice_buttons[0], Qt.MouseButton.LeftButton)
    assert dock.widget() is dock.panel


def test_a_covered_instrument_takes_as_much_room_as_the_one_below(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    show.go(3)
    wait_for_the_start(qtbot, live, player)
    before = {name: live.window.panel_docks[name].geometry() for name in player.scene.panels}
    qtbot.mouseClick(show.view.choice_buttons[0], Qt.MouseButton.LeftButton)
    for _ in range(5):
        QApplication.processEvents()
    assert {name: live.window.panel_docks[name].geometry() for name in player.scene.panels} == before


def page_down(qtbot: QtBot, live: LiveLab, show: LessonShow) -> None:
    """Press PageDown until the end of the scene's page, and once more."""
    while show.view.sheet.more:
        qtbot.keyClick(live.window, Qt.Key.Key_PageDown)
    qtbot.keyClick(live.window, Qt.Key.Key_PageDown)


def test_page_down_skips_no_question_silently(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    show.go(1)
    page_down(qtbot, live, show)
    assert (player.index, player.waits_for_prediction) == (1, True)
    assert show.view.notice.isVisible()
    assert "Choose an answer" in show.view.notice.text()
    page_down(qtbot, live, show)
    assert (player.index, player.waits_for_prediction) == (1, False)
    assert player.prediction is None
    assert not show.view.notice.isVisible()
    page_down(qtbot, live, show)
    assert player.index == 2


def test_after_a_lesson_nothing_is_covered_and_the_own_speed_is_back(qtbot: QtBot, live: LiveLab) -> None:
    live.window.transport.set_speed(1000.0)
    show, player = opened(live, "1")
    show.go(1)
    assert player.scene.speed == 100
    assert live.window.transport.speed_label.text() == "100 steps/s"
    assert live.window.remembered.preferences.speed == 1000.0
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    assert not any(dock.covered for dock in live.window.panel_docks.values())
    assert live.window.transport.play.isEnabled()
    assert live.window.transport.speed_label.text() == "1,000 steps/s"


def test_after_the_last_scene_the_next_lesson_is_offered(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    show.go(len(player.lesson.scenes) - 1)
    page_down(qtbot, live, show)
    assert player.at_end
    assert "The next lesson: The derivative that is a Dirac delta" in show.view.notice.text()
    while show.view.sheet.more:
        qtbot.keyClick(live.window, Qt.Key.Key_PageDown)
    assert show.view.forward_button.text() == "Next lesson ▶"
    qtbot.mouseClick(show.view.forward_button, Qt.MouseButton.LeftButton)
    assert show.player is not None
    assert show.player.lesson.name == "02-the-delta"
    assert show.player.index == 0


def test_after_the_last_lesson_comes_the_start_page(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "10")
    show.go(len(player.lesson.scenes) - 1)
    player.skip_question()
    show.view.show_progress()
    while show.view.sheet.more:
        qtbot.keyClick(live.window, Qt.Key.Key_PageDown)
    assert show.view.forward_button.text() == "Start page ▶"
    qtbot.mouseClick(show.view.forward_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live.window.start.showing)


def test_on_stage_the_arrows_turn_pages_and_train_no_step(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    show, player = opened(live, "1")
    qtbot.keyClick(window, Qt.Key.Key_F5)
    assert window.presenter.on_stage
    while show.view.sheet.more:
        qtbot.keyClick(window, Qt.Key.Key_Right)
    qtbot.keyClick(window, Qt.Key.Key_Right)
    assert player.index == 1
    frame = wait_for_the_start(qtbot, live, player)
    assert frame.step == 0
    qtbot.keyClick(window, Qt.Key.Key_Left)
    assert player.index == 0
    controls = window.presenter.controls
    for widget in (controls.play, controls.speed, controls.step):
        assert widget.isVisible()
    assert controls.speed.text() == "100 steps/s"
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    assert "Right" in [key.toString() for key in window.transport.step.shortcuts()]
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not controls.isVisible()


def test_notes_on_one_screen_say_where_they_are(qtbot: QtBot, live: LiveLab) -> None:
    qtbot.keyClick(live.window, Qt.Key.Key_F5, Qt.KeyboardModifier.ShiftModifier)
    assert live.window.lessons.notes.view is not None
    assert "one screen" in live.window.notices.texts[-1]
    live.window.lessons.notes.close()
