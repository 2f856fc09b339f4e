"""What a screen reader finds in the window, asked over AT-SPI as one does."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

LAUNCHERS = ("/usr/libexec/at-spi-bus-launcher", "/usr/lib/at-spi2-core/at-spi-bus-launcher")
SECONDS = 150
CONTROLS = {"push button", "button", "check box", "toggle button", "combo box", "slider", "spin button", "radio button"}


def launcher() -> str:
    """Return the path of the program that starts the bus of screen readers; skip without it."""
    found = [path for path in LAUNCHERS if Path(path).exists()]
    if not found or not shutil.which("dbus-run-session"):
        pytest.skip("at-spi2-core or dbus is not installed")
    return found[0]


@pytest.mark.screen
@pytest.mark.timeout(2 * SECONDS)
def test_a_screen_reader_finds_a_name_for_every_control_and_presses_one(tmp_path: Path) -> None:
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no X server")
    variables = os.environ | {
        name: str(tmp_path) for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
    }
    tmp_path.chmod(0o700)
    command = ["dbus-run-session", "--", sys.executable, "-m", "tests.ui.accessible_tree", launcher()]
    answer = subprocess.run(
        command, env=variables, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    tree = [(role, name) for role, name in json.loads(answer.stdout.splitlines()[-1])]
    controls = [(role, name) for role, name in tree if role in CONTROLS]
    assert len(controls) > 70
    assert [role for role, name in controls if not name] == []
    names = {name for _, name in tree}
    wanted = {"Step activation", "Speed", "Why the loss does or does not move", "One step", "Seed", "Enlarge Loss",
              "Map of the loss surface", "Gradient by layer and time"}  # fmt: skip
    assert wanted - names == set()


@pytest.mark.screen
@pytest.mark.timeout(2 * SECONDS)
def test_a_screen_reader_is_told_of_a_switch_and_of_the_units_that_get_stuck(tmp_path: Path) -> None:
    if not os.environ.get("DISPLAY"):
        pytest.skip("there is no X server")
    variables = os.environ | {
        name: str(tmp_path) for name in ("XDG_CACHE_HOME", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_RUNTIME_DIR")
    }
    tmp_path.chmod(0o700)
    command = ["dbus-run-session", "--", sys.executable, "-m", "tests.ui.heard_over_atspi", launcher()]
    answer = subprocess.run(
        command, env=variables, cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=SECONDS,
        check=False,
    )  # fmt: skip
    assert answer.returncode == 0, answer.stderr
    heard = json.loads(answer.stdout.splitlines()[-1])
    assert any("Switch to Step" in text for text in heard)
    assert any("16 of 16 hidden units are stuck" in text for text in heard)
