"""A lesson on screen while its author edits it, as editors write files."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.lessons.library import is_shipped, shipped_lessons
from stepviz.ui.lessons.controller import LessonShow
from stepviz.ui.widgets.folder_watch import FolderWatch
from tests.lessons.texts import FRONT, scene, written


def in_place(file: Path, content: str) -> None:
    file.write_text(content)


def in_two_parts(file: Path, content: str) -> None:
    with file.open("w") as opened:
        opened.write(content[:50])
        opened.flush()
        os.fsync(opened.fileno())
        opened.write(content[50:])


def put_in_its_place(file: Path, content: str) -> None:
    new = file.with_name(".lesson.md.swp")
    new.write_text(content)
    os.replace(new, file)


def old_one_moved_away(file: Path, content: str) -> None:
    file.rename(file.with_name("lesson.md~"))
    file.write_text(content)


def deleted_first(file: Path, content: str) -> None:
    file.unlink()
    file.write_text(content)


EDITORS = [in_place, in_two_parts, put_in_its_place, old_one_moved_away, deleted_first]


def text(*titles: str, words: str = "Some text.") -> str:
    return FRONT + "\n".join(scene(title=title, text=words) for title in titles)


def opened(live: LiveLab, folder: Path) -> tuple[LessonShow, Path]:
    live.window.lessons.open(folder)
    show = live.window.lessons.show
    assert show is not None
    return show, folder / "lesson.md"


@pytest.mark.parametrize("save", EDITORS)
def test_a_change_is_seen_however_it_is_written_and_again(
    qtbot: QtBot, tmp_path: Path, save: Callable[[Path, str], None]
) -> None:
    file = tmp_path / "lesson.md"
    file.write_text("one")
    watch = FolderWatch((".md",))
    read: list[str] = []
    watch.changed.connect(lambda: read.append(file.read_text()))
    watch.watch(tmp_path)
    for content in ("two, " * 30, "three, and longer" * 9):
        save(file, content)
        qtbot.waitUntil(lambda content=content: read[-1:] == [content])
    assert len(read) == 2, "a change that was written in parts is one"


def test_other_files_and_files_of_the_folder_before_are_none_of_its_business(qtbot: QtBot, tmp_path: Path) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "lesson.md").write_text(name)
    watch = FolderWatch((".md", ".csv"))
    times: list[int] = []
    watch.changed.connect(lambda: times.append(1))
    watch.watch(tmp_path / "a")
    watch.watch(tmp_path / "b")
    (tmp_path / "a" / "lesson.md").write_text("changed")
    (tmp_path / "b" / "notes.xyz").write_text("changed")
    (tmp_path / "b" / "table.csv").write_text("x,y\n1,2\n")
    qtbot.waitUntil(lambda: len(times) > 0)
    (tmp_path / "b" / "table.csv").write_text("x,y\n1,2\n3,4\n")
    qtbot.waitUntil(lambda: len(times) > 1)
    assert len(times) == 2


def test_what_is_saved_is_shown_at_the_same_scene(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    show, file = opened(live, written(tmp_path, front=text("One", "Two", "Three")))
    show.go(1)
    put_in_its_place(file, text("One", "Two, better", "Three", words="It is $h = 1$."))
    qtbot.waitUntil(lambda: show.view.heading.text() == "Two, better")
    assert show.player is not None
    assert show.player.index == 1
    assert "scene 2 of 3" in show.view.place.text()
    qtbot.waitUntil(lambda: show.player is not None and show.player.explains)
    show.view.show_progress()
    assert show.view.words.accessibleDescription() == "It is h = 1.", "there is no explanation, and no room for one"
    in_place(file, text("Only one"))
    qtbot.waitUntil(lambda: show.view.heading.text() == "Only one")
    assert show.player.index == 0


def test_a_mistake_is_said_and_the_last_good_version_stays(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    show, file = opened(live, written(tmp_path, front=text("One", "Two")))
    show.go(1)
    before, notices = show.player, live.window.notices
    in_place(file, text("One", "Two", words="It is $\\fraq{1}{2}$."))
    qtbot.waitUntil(lambda: len(notices.texts) > 0)
    assert "mine/lesson.md, line 18: formula: found \\fraq, expected" in notices.texts[-1]
    assert show.player is before
    assert show.view.heading.text() == "Two"
    in_place(file, FRONT + scene("steps: many"))
    qtbot.waitUntil(lambda: "line 15: steps: found many" in notices.texts[-1])
    assert len(notices.texts) == 1, "the first mistake is mended"
    in_place(file, text("One", "Two, mended"))
    qtbot.waitUntil(lambda: show.view.heading.text() == "Two, mended")
    assert not notices.texts


def test_once_it_is_closed_nothing_is_read_any_more(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    show, file = opened(live, written(tmp_path, front=text("One")))
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    assert show._watch._watcher.files() == show._watch._watcher.directories() == []
    show, _ = opened(live, shipped_lessons()[0])
    assert show._watch._watcher.directories() == [], "nobody edits what comes with the program"
    assert not is_shipped(file.parent)
