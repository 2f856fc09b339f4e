"""Nothing that a hand at mouse and keyboard does breaks the lab: see the package ``monkey`` beside this file."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import psutil
import pytest

from .conftest import Start
from .locales import make_locale

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="sessions and signals of Unix")
MONKEY = ("-m", "tests.bad_conditions.monkey")
LARGEST_MEMORY = 2 * 2**30
FAREWELL = 10.0
NO_HOME = {"HOME": "/proc/nowhere"}


def play(start: Start, folder: Path, seed: int, events: int, *more: str, **variables: str) -> None:
    """Let the monkey play, and fail with what came of it."""
    process = start.begin("--seed", str(seed), "--events", str(events), "--folder", str(folder), *more,
                          command=MONKEY, variables=variables)  # fmt: skip
    try:
        _, errors = process.communicate(timeout=110)
    finally:
        # What the window started ends by itself, with the window, if a moment later.
        others = [other for other in psutil.process_iter() if _in_session(other, process.pid)]
        left = psutil.wait_procs(others, timeout=FAREWELL)[1]
        for other in left:
            other.kill()
    did = (folder / "trace.txt").read_text(encoding="utf-8").splitlines()[-5:]
    assert process.returncode == 0, f"{errors}\nlast: {did}"
    report = json.loads((folder / "report.json").read_text())
    assert report["problems"] == [], "\n".join(
        f"after event {n}, {kind}: {text}" for n, kind, text in report["problems"]
    )
    assert report["done"] == events
    assert max(report["memory"], default=0) < LARGEST_MEMORY
    assert left == [], "processes outlive the window"
    assert "Error" not in errors
    logs = [log.read_text() for log in start.home.rglob("stepviz.log")]
    assert not any(logs), logs


def _in_session(process: psutil.Process, session: int) -> bool:
    try:
        return os.getsid(process.pid) == session and process.status() != psutil.STATUS_ZOMBIE
    except (OSError, psutil.Error):
        return False


def test_a_short_storm(start: Start, tmp_path: Path) -> None:
    play(start, tmp_path, 2, 100)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(12))
def test_a_storm(start: Start, tmp_path: Path, seed: int) -> None:
    play(start, tmp_path, seed, 400)


@pytest.mark.long
@pytest.mark.parametrize("seed", range(20, 26))
def test_the_end_comes_in_the_middle_of_a_storm(start: Start, tmp_path: Path, seed: int) -> None:
    play(start, tmp_path, seed, 150, "--quit-in-the-middle")


@pytest.mark.long
@pytest.mark.parametrize(
    "variables",
    [
        {"PYTHONDEVMODE": "1"}, NO_HOME, {"LC_ALL": "de_DE.UTF-8"}, {"LC_ALL": "tr_TR.UTF-8"},
        {"LC_ALL": "ar_EG.UTF-8"}, {"LC_ALL": "az_AZ.UTF-8"}, {"TZ": "Pacific/Chatham"}, {"QT_SCALE_FACTOR": "1.25"},
        {"QT_SCALE_FACTOR": "3"}, {"QT_FONT_DPI": "192"},
    ],
    ids=lambda variables: "-".join(variables.values()),
)  # fmt: skip
def test_a_storm_under_bad_conditions(start: Start, tmp_path: Path, variables: dict[str, str]) -> None:
    made = make_locale(variables["LC_ALL"], tmp_path / "locales") if "LC_ALL" in variables else variables
    play(start, tmp_path, 41, 250, **made)
