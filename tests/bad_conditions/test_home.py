"""Home folders as programs do not expect them."""

from __future__ import annotations

import json
import os
import resource
import sys
from pathlib import Path

import pytest

from .conftest import Start

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="permissions and limits of Unix")
OLDER_SETTINGS = Path(__file__).parent / "settings-0.1.0.json"


@pytest.mark.parametrize("home", ["/dev/null", "/proc/nowhere"])
@pytest.mark.long
def test_without_a_home_to_write_to_it_opens_and_remembers_nothing(start: Start, home: str) -> None:
    done = start.run("--quit-after", "0.5", variables={"HOME": home})
    assert done.code == 0, done.errors
    assert "nothing will be remembered" in start.run("doctor", variables={"HOME": home}).output


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="root may write everywhere")
def test_a_home_that_may_only_be_read_stays_as_it_is(start: Start) -> None:
    start.home.chmod(0o555)
    done = start.run("--quit-after", "0.5")
    start.home.chmod(0o755)
    assert done.code == 0, done.errors
    assert list(start.home.iterdir()) == []


@pytest.mark.long
def test_a_path_with_spaces_and_letters_of_many_scripts(start: Start, tmp_path: Path) -> None:
    start.home = tmp_path / "Übung mit Ω, и 学 ‏עברית"
    start.home.mkdir()
    picture, weights = start.home / "Bild 学.png", start.home / "Gewichte Ω.npz"
    assert start.run("--quit-after", "0.5", "--screenshot", str(picture)).code == 0
    assert picture.stat().st_size > 10_000
    assert start.settings.exists()
    assert start.run("train", "--steps", "2", "--output", str(weights), variables={"LC_ALL": "C"}).code == 0
    assert weights.exists()


@pytest.mark.long
def test_on_a_full_disk_the_settings_stay_as_they_were(start: Start) -> None:
    assert start.run("--quit-after", "0.5", "--theme", "dark").code == 0
    before = start.settings.read_bytes()
    # The kernel refuses what goes beyond the limit, as a full disk does.
    done = start.run("--quit-after", "0.5", "--theme", "light",
                     prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))  # fmt: skip
    assert done.code == 0, done.errors
    assert start.settings.read_bytes() == before
    assert [path.name for path in start.settings.parent.iterdir()] == ["settings.json"]


def test_results_that_do_not_fit_on_the_disk_are_an_error_that_names_the_file(start: Start) -> None:
    done = start.run("train", "--steps", "2", "--output", str(start.home / "weights.npz"),
                     prepare=lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (100, 100)))  # fmt: skip
    assert done.code == 2
    assert "weights.npz" in done.errors
    assert not (start.home / "weights.npz").exists()


def test_settings_of_an_older_version_are_taken_over(start: Start) -> None:
    start.settings.parent.mkdir(parents=True)
    older = json.loads(OLDER_SETTINGS.read_text())
    start.settings.write_text(json.dumps(older))
    assert start.run("--quit-after", "0.5").code == 0
    kept = json.loads(start.settings.read_text())
    for name in ("theme", "type_scale", "speed", "recent", "hint_done"):
        assert kept[name] == older[name]
    assert json.loads(kept["experiment"])["experiment"]["data"]["name"] == "spiral"


def test_settings_with_fewer_fields_are_taken_over(start: Start) -> None:
    start.settings.parent.mkdir(parents=True)
    start.settings.write_text('{"theme": "dark"}')
    assert start.run("--quit-after", "0.5").code == 0
    assert json.loads(start.settings.read_text())["theme"] == "dark"


@pytest.mark.long
def test_two_at_once_leave_settings_that_can_be_read(start: Start) -> None:
    both = [start.begin("--quit-after", "1.5", "--theme", theme) for theme in ("dark", "light")]
    for process in both:
        _, errors = process.communicate(timeout=60)
        assert process.returncode == 0, errors
        assert "Traceback" not in errors
    assert json.loads(start.settings.read_text())["theme"] in ("dark", "light")
    assert [path.name for path in start.settings.parent.iterdir()] == ["settings.json"]
