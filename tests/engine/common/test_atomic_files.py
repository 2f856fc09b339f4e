"""A file is there whole, old or new; the version before is kept where that is asked for."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from stepviz.engine.common import atomic_files
from stepviz.engine.common.atomic_files import UnfinishedFile, check_whole, clear_abandoned, previous, write_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.setup.experiment_file import load


def test_the_version_before_is_kept_beside(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    for content in (b"one", b"two", b"three"):
        write_whole(path, content, keep_previous=True)
    assert (path.read_bytes(), previous(path).read_bytes()) == (b"three", b"two")
    assert sorted(each.name for each in tmp_path.iterdir()) == ["a.txt", "a.txt~"]


def test_without_being_asked_nothing_is_kept(tmp_path: Path) -> None:
    write_whole(tmp_path / "a.txt", b"one")
    write_whole(tmp_path / "a.txt", b"two")
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_where_writing_fails_the_old_content_stays_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, b"one")

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(atomic_files.os, "fsync", full)
    with pytest.raises(OSError, match="No space") as caught:
        write_whole(path, b"two", keep_previous=True)
    assert caught.value.filename == str(path), "not the temporary one"
    assert path.read_bytes() == b"one"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_a_file_that_is_written_in_parts_takes_its_place_at_the_end_or_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    target, synced = tmp_path / "film.mp4", list[int]()
    target.write_bytes(b"before")
    monkeypatch.setattr(atomic_files.os, "fsync", synced.append)
    unfinished = UnfinishedFile(target, ".mp4")
    assert unfinished.path.suffix == ".mp4"
    unfinished.path.write_bytes(b"half")
    unfinished.remove()
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("film.mp4", b"before")]
    unfinished = UnfinishedFile(target, ".mp4")
    unfinished.path.write_bytes(b"whole")
    assert not synced
    unfinished.put_in_place()
    assert len(synced) == 1
    assert [(each.name, each.read_bytes()) for each in tmp_path.iterdir()] == [("film.mp4", b"whole")]


def test_the_unfinished_file_of_a_writer_at_work_is_not_taken_for_one_that_was_left(tmp_path: Path) -> None:
    unfinished = UnfinishedFile(tmp_path / "a.txt")
    clear_abandoned(tmp_path, ".a.txt.")
    assert unfinished.path.exists()
    (tmp_path / ".a.txt.abcdefgh").write_bytes(b"left")
    write_whole(tmp_path / "a.txt", b"other")
    assert sorted(each.name for each in tmp_path.iterdir()) == sorted(["a.txt", unfinished.path.name])
    unfinished.remove()


def test_only_a_file_that_ends_is_read(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.stepviz")
    with pytest.raises(
        InputError, match=r"pipe\.stepviz: the file: found a device or pipe, expected an experiment file"
    ):
        load(tmp_path / "pipe.stepviz")
    with pytest.raises(InputError, match="found a folder"):
        check_whole(tmp_path, 10, "settings")
    (tmp_path / "a").write_bytes(b"12345")
    check_whole(tmp_path / "a", 5, "settings")
    with pytest.raises(InputError, match="found more than"):
        check_whole(tmp_path / "a", 4, "settings")
