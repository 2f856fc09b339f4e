"""The built wheel, installed into a fresh environment whose packages nobody can write to, does what a checkout does."""

from __future__ import annotations

import importlib.util
import json
import os
import subprocess
import sys
import sysconfig
import venv
from collections.abc import Iterator
from pathlib import Path

import pytest
from hatchling.builders.wheel import WheelBuilder
from python_environment import CHECKOUT

pytestmark = pytest.mark.skipif(importlib.util.find_spec("pip") is None, reason="no pip to install with")


class Installed:
    """An environment with the wheel in it, and a home folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder, self.home = folder, folder / "home"
        self.home.mkdir()
        self.scripts = Path(sysconfig.get_path("scripts", "venv", vars={"base": str(folder)}))
        self.site = Path(sysconfig.get_path("purelib", "venv", vars={"base": str(folder)}))

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("XDG_")}
        environment |= {"HOME": str(self.home), "QT_QPA_PLATFORM": "offscreen", "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("PYTHONPATH", None)
        return subprocess.run(
            [str(self.scripts / "stepviz"), *arguments], cwd=self.home, env=environment, capture_output=True, text=True,
            check=False,
        )  # fmt: skip


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("environment")
    (wheel,) = WheelBuilder(str(CHECKOUT)).build(directory=str(folder), versions=["standard"])
    venv.create(folder, with_pip=False)
    made = Installed(folder)
    python = made.scripts / Path(sys.executable).name
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "-q", "--no-deps", "--no-index", wheel]
    subprocess.run(command, check=True)
    # What it depends on is lent by the environment of the tests: nothing is downloaded.
    (made.site / "lent.pth").write_text(sysconfig.get_path("purelib") + "\n")
    parts = [made.site, *made.site.rglob("*")]
    for part in parts:
        part.chmod(0o555 if part.is_dir() else 0o444)
    yield made
    for part in parts:
        part.chmod(0o755 if part.is_dir() else 0o644)


def test_it_is_the_installed_one_and_finds_all_that_it_ships(installed: Installed) -> None:
    done = installed.run("doctor")
    assert done.returncode == 0, done.stderr
    assert f"package in private environment, {installed.site / 'stepviz'}" in done.stdout
    assert "is missing" not in done.stdout
    assert str(installed.site / "stepviz" / "resources" / "fonts") in done.stdout


def test_it_trains(installed: Installed) -> None:
    done = installed.run("train", "--steps", "20", "--json", "--set", "data.name=xor")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["steps"] == 20


def test_it_verifies_a_lesson_that_it_ships(installed: Installed) -> None:
    done = installed.run("verify", "01-why-not-a-step", "--seeds", "1")
    assert done.returncode == 0, done.stdout + done.stderr
    assert "holds" in done.stdout


def test_it_renders_a_lesson_that_it_ships(installed: Installed) -> None:
    done = installed.run("render", "02-the-delta", "-o", str(installed.home / "rendered"))
    assert done.returncode == 0, done.stdout + done.stderr
    page = (installed.home / "rendered" / "index.html").read_text()
    assert page.count("<h2>") >= 3
    assert 'class="holds"' in page


def test_it_opens_its_window(installed: Installed) -> None:
    done = installed.run("--screenshot", "window.png", "--quit-after", "1")
    assert done.returncode == 0, done.stderr
    assert (installed.home / "window.png").stat().st_size > 10_000


def test_it_carries_the_guide_with_its_pictures(installed: Installed) -> None:
    python = installed.scripts / Path(sys.executable).name
    script = (
        "from stepviz.guide.pages import load_guide, links_of; from stepviz.shipped import resource;"
        "links = {link for page in load_guide().values() for link in links_of(page.markdown) if link.endswith('.png')};"
        "print(len(load_guide()), all(resource('pictures', link.split('/')[-1]).is_file() for link in links))"
    )
    done = subprocess.run([str(python), "-c", script], capture_output=True, text=True, check=True, cwd=installed.home)
    assert done.stdout.split() == ["17", "True"]
