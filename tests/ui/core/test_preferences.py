"""What is remembered between two starts: exactly that, and nothing that a hostile file holds."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.drawing import MOST_POINTS, Drawing
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.settings.limits import MOST_CONTENT
from stepviz.ui.core.preferences import (
    MOST_LESSONS,
    MOST_RECENT,
    Preferences,
    load,
    save,
    seal,
    unseal,
    with_experiment,
    with_lesson,
    with_recent,
)


def test_what_was_saved_is_loaded(tmp_path: Path) -> None:
    path = tmp_path / "folder" / "settings.json"
    kept = replace(
        with_experiment(with_recent(Preferences(), "/a/b.stepviz"), Experiment(seed=7)),
        geometry=bytes(range(256)), layout=b"\x00\xff", theme="dark", type_scale=1.25, speed=None, hint_done=True,
    )  # fmt: skip
    save(path, kept)
    assert load(path) == kept
    assert load(path).last_experiment() == Experiment(seed=7)
    assert [item.name for item in path.parent.iterdir()] == ["settings.json"]


def test_an_experiment_with_its_data_inside_is_remembered_unless_it_is_huge(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    rows = "1,2\n" * (MOST_CONTENT // 4)
    points = tuple((0.12345, -0.12345, 0.0) for _ in range(MOST_POINTS))
    inside = replace(Experiment(), data=DataSettings("csv", content=rows))
    drawing = replace(Experiment(), data=DataSettings("drawn", drawing=Drawing(points, class_names=("a", "b"))))
    for experiment in (inside, drawing):
        save(path, with_experiment(Preferences(), experiment))
        assert load(path).last_experiment() == experiment
    huge = replace(Experiment(), data=DataSettings("csv", content="\x01" * MOST_CONTENT))
    save(path, with_experiment(Preferences(theme="dark"), huge))
    assert load(path) == Preferences(theme="dark")


def test_without_a_file_everything_is_as_at_the_first_start(tmp_path: Path) -> None:
    assert load(tmp_path / "settings.json") == Preferences()
    assert Preferences().last_experiment() is None


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\xff\xfe\x00",
        b"[General]\nlayout=@Variant(...)",
        b"[]",
        b'{"theme": "purple"}',
        b'{"version": 2}',
        b'{"type_scale": 40}',
        b'{"type_scale": NaN}',
        b'{"speed": 0}',
        b'{"geometry": "not base 64!"}',
        b'{"recent": [1, 2]}',
        b'{"recent": [""]}',
        b'{"start_page": 1}',
        b'{"lessons_done": [7]}',
        b"[" * 100_000,
        b'{"experiment": "' + b"x" * 5_000_000 + b'"}',
        b" " * 17_000_000,
    ],
)
def test_hostile_content_is_refused_with_the_name_of_the_file(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "settings.json"
    path.write_bytes(content)
    with pytest.raises(InputError, match=r"settings\.json"):
        load(path)


@pytest.mark.parametrize("text", ["{}", "[1", '{"format": "stepviz experiment", "version": 99}'])
def test_a_last_experiment_that_cannot_be_used_says_so(text: str) -> None:
    with pytest.raises(InputError, match="last experiment"):
        Preferences(experiment=text).last_experiment()


def test_the_newest_file_comes_first_and_once_and_the_list_is_bounded() -> None:
    preferences = Preferences()
    for number in range(MOST_RECENT + 5):
        preferences = with_recent(preferences, f"/{number}")
    preferences = with_recent(preferences, "/10")
    assert preferences.recent[0] == "/10"
    assert len(preferences.recent) == len(set(preferences.recent)) == MOST_RECENT
    for number in range(MOST_LESSONS + 5):
        preferences = with_lesson(preferences, f"{number}")
    assert with_lesson(preferences, "50").lessons_done[0] == "50"
    assert len(with_lesson(preferences, "50").lessons_done) == MOST_LESSONS


@given(st.binary(max_size=300))
def test_any_bytes_give_preferences_or_a_message(tmp_path_factory: pytest.TempPathFactory, content: bytes) -> None:
    path = tmp_path_factory.mktemp("any") / "settings.json"
    path.write_bytes(content)
    try:
        found = load(path)
    except InputError:
        return
    assert msgspec.convert(msgspec.to_builtins(found), Preferences) == found


def test_a_file_that_cannot_be_written_stays_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.stepviz"
    path.write_bytes(b"before")

    def fail(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("stepviz.engine.common.atomic_files.os.replace", fail)
    with pytest.raises(OSError, match="No space"):
        write_whole(path, b"after")
    assert [item.read_bytes() for item in tmp_path.iterdir()] == [b"before"]


@pytest.mark.skipif(sys.platform == "win32", reason="permissions of POSIX")
def test_a_file_keeps_its_permissions_and_a_new_one_gets_the_usual(tmp_path: Path) -> None:
    old, new = tmp_path / "old", tmp_path / "new"
    old.touch()
    old.chmod(0o600)
    before = os.umask(0o027)
    try:
        for path in (old, new):
            write_whole(path, b"x")
    finally:
        os.umask(before)
    assert [stat.S_IMODE(path.stat().st_mode) for path in (old, new)] == [0o600, 0o640]


@given(st.binary(max_size=40), st.data())
def test_what_was_sealed_is_unsealed_and_one_wrong_byte_is_noticed(content: bytes, data: st.DataObject) -> None:
    sealed = seal(content)
    assert unseal(sealed) == content
    damaged = bytearray(sealed)
    damaged[data.draw(st.integers(0, len(sealed) - 1))] ^= data.draw(st.integers(1, 255))
    assert unseal(bytes(damaged)) == b""
    assert unseal(sealed[:-1]) == b""
