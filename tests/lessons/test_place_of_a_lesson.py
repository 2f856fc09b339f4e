"""A lesson is files of its own folder: links out of it hand out nothing, pipes and devices hang nothing."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stepviz.engine.common.errors import InputError
from stepviz.lessons.lesson_file import load_card, load_lesson
from tests.lessons.texts import FRONT, scene, written

pytestmark = pytest.mark.skipif(os.name == "nt", reason="making links needs rights there")

TABLE = "x,y\n0,1\n1,0\n2,1\n3,0\n"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    """Return a folder with a lesson, a table and a picture, none of which the lesson beside it may reach."""
    folder = written(tmp_path, scene()).rename(tmp_path / "secret")
    (folder / "table.csv").write_text(TABLE)
    (folder / "picture.png").write_bytes(b"no matter what")
    return folder


@pytest.fixture
def mine(tmp_path: Path) -> Path:
    folder = tmp_path / "mine"
    folder.mkdir()
    return folder


def refused(place: Path, said: str) -> None:
    for load in (load_lesson, load_card):
        with pytest.raises(InputError, match=said):
            load(place)


def test_a_lesson_that_is_a_link_out_of_its_folder_is_refused(secret: Path, mine: Path) -> None:
    file = mine / "lesson.md"
    for target in (secret / "lesson.md", Path("../secret/lesson.md"), Path("/proc/self/environ"), Path("/etc/passwd")):
        file.unlink(missing_ok=True)
        file.symlink_to(target)
        refused(mine, "found a link that leads out of its folder, expected a file in the folder itself")
        refused(file, "found a link that leads out of its folder")


def test_a_chain_of_links_is_followed_to_its_end(secret: Path, mine: Path) -> None:
    (mine / "lesson.md").symlink_to("one.md")
    (mine / "one.md").symlink_to(mine / "two.md")
    (mine / "two.md").write_text(FRONT + scene())
    assert load_lesson(mine).title == "A lesson"
    (mine / "two.md").unlink()
    (mine / "two.md").symlink_to(secret / "lesson.md")
    refused(mine, "a link that leads out of its folder")
    (mine / "two.md").unlink()
    (mine / "two.md").symlink_to("one.md")
    refused(mine, "a link that leads out of its folder")


def test_a_link_into_a_folder_within_is_refused_too(mine: Path) -> None:
    (mine / "inner").mkdir()
    (mine / "inner" / "lesson.md").write_text(FRONT + scene())
    (mine / "lesson.md").symlink_to("inner/lesson.md")
    refused(mine, "a link that leads out of its folder")


def test_a_folder_that_is_reached_through_a_link_is_fine(mine: Path, tmp_path: Path) -> None:
    (mine / "lesson.md").write_text(FRONT + scene("experiment: {data.name: csv, data.path: t.csv, data.target: y}"))
    (mine / "t.csv").write_text(TABLE)
    (tmp_path / "link").symlink_to(mine)
    assert load_lesson(tmp_path / "link").title == load_lesson(tmp_path / "link" / "lesson.md").title == "A lesson"


def test_what_never_ends_or_never_begins_is_not_opened(mine: Path) -> None:
    os.mkfifo(mine / "lesson.md")
    refused(mine, "found a folder, a pipe or a device, expected a file")
    (mine / "lesson.md").unlink()
    (mine / "lesson.md").mkdir()
    refused(mine, "found a folder, a pipe or a device, expected a file")
    (mine / "lesson.md").rmdir()
    (mine / "lesson.md").symlink_to("/dev/zero")
    refused(mine, "a link that leads out of its folder")
    refused(Path("/dev/zero"), "found a folder, a pipe or a device, expected a file")


@pytest.mark.parametrize("kind", ["link", "chain", "up", "loop", "pipe", "device"])
@pytest.mark.parametrize("name", ["table.csv", "picture.png"])
def test_a_table_or_a_picture_is_a_file_of_the_folder(secret: Path, mine: Path, name: str, kind: str) -> None:
    file, used = mine / name, name
    match kind:
        case "link":
            file.symlink_to(secret / name)
        case "chain":
            file.symlink_to("other" + name)
            (mine / ("other" + name)).symlink_to(secret / name)
        case "up":
            used = f"../secret/{name}"
        case "loop":
            file.symlink_to("other" + name)
            (mine / ("other" + name)).symlink_to(name)
        case "pipe":
            os.mkfifo(file)
        case "device":
            file.symlink_to("/dev/zero")
    if name == "table.csv":
        whole, said = scene(f"experiment: {{data.name: csv, data.path: {used}}}"), "CSV file in the lesson's own folder"
    else:
        whole, said = scene(text=f"![a picture]({used})"), "PNG or JPEG in the lesson's own folder"
    (mine / "lesson.md").write_text(FRONT + whole)
    with pytest.raises(InputError, match=said):
        load_lesson(mine)
