"""What the presenter alone sees, on one screen and on two."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import find_lesson, shipped_lessons
from stepviz.ui.core.theme import Theme
from stepviz.ui.lessons.notes_window import NotesWindow
from stepviz.ui.lessons.stopwatch import Stopwatch

ROOT = Path(__file__).parents[2]


def opened(live: LiveLab) -> NotesWindow:
    live.window.lessons.notes.action.trigger()
    view = live.window.lessons.notes.view
    assert view is not None
    assert view.isVisible()
    return view


MOST_PRESSES = 8


def test_notes_follow_the_lesson(qtbot: QtBot, live: LiveLab) -> None:
    view = opened(live)
    assert "open one from the Lab menu" in view.notes.toPlainText()
    assert not view.forward_button.isEnabled()
    live.window.lessons.open(find_lesson("1"))
    lesson = load_lesson(find_lesson("1"))
    for number, scene in enumerate(lesson.scenes):
        assert view.heading.text() == scene.title
        assert view.place.text().endswith(f"scene {number + 1} of {len(lesson.scenes)}")
        assert scene.notes[:30] in view.notes.toPlainText()
        last = number == len(lesson.scenes) - 1
        assert view.next.text() == ("The last scene" if last else f"Next: {lesson.scenes[number + 1].title}")
        presses = 0
        while not last and view.heading.text() == scene.title and presses < MOST_PRESSES:
            qtbot.mouseClick(view.forward_button, Qt.MouseButton.LeftButton)
            presses += 1
        assert last or presses >= (1 if scene.question is None else 3), "a question is not skipped at the first press"
    assert not view.forward_button.isEnabled()
    qtbot.keyClick(view, Qt.Key.Key_PageUp)
    assert view.heading.text() == lesson.scenes[-2].title
    show = live.window.lessons.show
    assert show is not None
    assert show.player is not None
    assert show.player.index == len(lesson.scenes) - 2
    show.dock.close()
    qtbot.waitUntil(lambda: view.heading.text() == "No lesson is open")


def test_closing_the_notes_unticks_the_menu(live: LiveLab) -> None:
    view = opened(live)
    view.close()
    assert not live.window.lessons.notes.action.isChecked()
    assert opened(live) is view


def test_the_curtain_is_drawn_from_the_notes(qtbot: QtBot, live: LiveLab) -> None:
    view = opened(live)
    live.window.presenter.enter()
    qtbot.keyClick(view, Qt.Key.Key_B)
    assert live.window.presenter.curtain.isVisible()
    qtbot.mouseClick(view.blank_button, Qt.MouseButton.LeftButton)
    assert not live.window.presenter.curtain.isVisible()


def test_with_one_screen_notes_are_not_shown_to_the_class(live: LiveLab) -> None:
    live.window.presenter.enter()
    live.window.lessons.open(find_lesson("1"))
    assert live.window.lessons.notes.view is None


def test_the_time_runs_stops_and_begins_again(qtbot: QtBot) -> None:
    now = [100.0]
    watch = Stopwatch(Theme("dark"), lambda: now[0])
    qtbot.addWidget(watch)
    watch.plan(15)
    assert watch.planned.text() == "of 15 min"
    now[0] += 50
    assert watch.seconds == 0.0
    qtbot.mouseClick(watch.run_button, Qt.MouseButton.LeftButton)
    now[0] += 754
    watch.refresh()
    assert watch.passed.text() == "12:34"
    qtbot.mouseClick(watch.run_button, Qt.MouseButton.LeftButton)
    now[0] += 60
    assert watch.seconds == 754.0
    qtbot.mouseClick(watch.reset_button, Qt.MouseButton.LeftButton)
    assert watch.passed.text() == "0:00"
    assert not watch.running


def test_every_scene_that_is_shipped_has_notes() -> None:
    for folder in shipped_lessons():
        for scene in load_lesson(folder).scenes:
            assert 40 <= len(scene.notes) <= 700, f"{folder.name}: {scene.title}"


def test_on_two_screens_the_notes_are_on_the_other_one(tmp_path: Path) -> None:
    file = tmp_path / "screens.json"
    first, second = [0, 0, 1024, 768], [1024, 0, 1280, 800]
    file.write_text(json.dumps({"screens": [
        dict(zip(("x", "y", "width", "height"), place, strict=True), name=name, logicalDpi=96, logicalBaseDpi=96, dpr=1)
        for name, place in (("projector", first), ("desk", second))
    ]}))  # fmt: skip
    variables = os.environ | {"QT_QPA_PLATFORM": f"offscreen:configfile={file}"}
    answer = subprocess.run([sys.executable, "-m", "tests.ui.two_screens"], cwd=ROOT, env=variables, timeout=60,
                            capture_output=True, text=True, check=False)  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    found = json.loads(answer.stdout.splitlines()[-1])
    assert sorted(found["screens"]) == [first, second]
    # A platform may keep a frame of two pixels above an ordinary window.
    assert sorted((left, width, height) for left, _, width, height in (found["stage"], found["notes"])) == [
        (0, 1024, 768), (1024, 1280, 800),
    ]  # fmt: skip
    assert not found["left"]
