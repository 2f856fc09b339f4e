"""The program as a process: it starts, trains, leaves a picture, and ends cleanly."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import encode
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import load_session
from stepviz.ui.documents.autosave import LAST, write_last_run
from tests.conftest import why_no_screen
from tests.runtime.test_looking_back import advance


def environment(home: Path, **more: str) -> dict[str, str]:
    """Return variables for a process that remembers in ``home`` and has no screen but a drawn one."""
    folders = {name: str(home) for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "LOCALAPPDATA")}
    screen = {} if os.environ.get("QT_QPA_PLATFORM") or not why_no_screen() else {"QT_QPA_PLATFORM": "offscreen"}
    return os.environ | folders | screen | more


def run(home: Path, *arguments: str, **more: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "stepviz", *arguments],
        env=environment(home, **more), capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip


def errors_of(done: subprocess.CompletedProcess[str]) -> str:
    return "\n".join(line for line in done.stderr.splitlines() if "propagateSizeHints" not in line)


def test_it_leaves_a_picture_of_the_size_asked_for_and_ends_by_itself(tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    picture = tmp_path / "a.png"
    done = run(tmp_path, "--fresh", "--theme", "dark", "--size", "1200x700", "--screenshot", str(picture),
               "--quit-after", "1.5")  # fmt: skip
    assert (done.returncode, errors_of(done)) == (0, "")
    image = QImage(str(picture))
    assert (image.width(), image.height()) == (1200, 700)
    assert image.pixelColor(image.width() - 3, 40).lightness() < 60
    colours = {image.pixel(x, y) for x in range(0, 1200, 9) for y in range(0, 700, 9)}
    assert len(colours) > 60, "an empty window has few colours"
    assert list(tmp_path.rglob("settings.json")) == [], "--fresh remembers nothing"


def test_it_remembers_from_one_start_to_the_next(tmp_path: Path) -> None:
    file = tmp_path / "mine.stepviz"
    file.write_bytes(encode(Experiment(seed=77)))
    assert run(tmp_path, str(file), "--quit-after", "0.5").returncode == 0
    kept = json.loads(next(tmp_path.rglob("settings.json")).read_text())
    assert json.loads(kept["experiment"])["experiment"]["seed"] == 77
    assert kept["recent"] == [str(file)]
    assert run(tmp_path, "--quit-after", "0.5").returncode == 0
    again = json.loads(next(tmp_path.rglob("settings.json")).read_text())
    assert json.loads(again["experiment"])["experiment"]["seed"] == 77


def test_the_run_is_there_again_at_the_next_start(tmp_path: Path) -> None:
    kept = Run(Experiment(seed=77))
    advance(kept, 12)
    write_last_run(tmp_path / "stepviz", kept.session())
    left = load_session(tmp_path / "stepviz" / LAST)
    for _ in range(2):
        # The second time the settings are remembered too.
        assert run(tmp_path, "--quit-after", "0.7").returncode == 0
        again = load_session(next(tmp_path.rglob(LAST)))
        assert again.moment.step == 36, "it rests where it was left"
        np.testing.assert_array_equal(again.moment.state, left.moment.state)
        rows = left.recorded.history.rows
        np.testing.assert_array_equal(again.recorded.history.rows[: len(rows)], rows)
    file = next(tmp_path.rglob(LAST))
    content = file.read_bytes()
    assert run(tmp_path, "--fresh", "--quit-after", "0.5").returncode == 0
    assert file.read_bytes() == content, "--fresh leaves it alone"
    file.write_bytes(content[:-100])
    done = run(tmp_path, "--quit-after", "0.7")
    assert (done.returncode, errors_of(done)) == (0, "")
    assert load_session(file).moment.setup.experiment.seed == 77, "its settings begin anew"


def test_it_opens_with_the_start_page_where_that_is_asked_for_or_remembered(tmp_path: Path) -> None:
    from PySide6.QtGui import QImage

    from stepviz.ui.core.theme import DARK

    picture = tmp_path / "a.png"

    def is_covered(*arguments: str) -> bool:
        # Off screen the picture is painted when it is taken, however slow the machine is.
        done = run(tmp_path, *arguments, "--theme", "dark", "--size", "1200x700", "--screenshot", str(picture),
                   "--quit-after", "0.5", QT_QPA_PLATFORM="offscreen")  # fmt: skip
        assert (done.returncode, errors_of(done)) == (0, "")
        # Below the transport there is the empty head of the page, or else the activation strip.
        image = QImage(str(picture))
        return {image.pixelColor(x, 78).name() for x in range(300, 700, 20)} == {DARK.window}

    assert is_covered("--start-page")
    path = next(tmp_path.rglob("settings.json"))
    kept = json.loads(path.read_text())
    assert kept.pop("start_page") is False, "that was for once"
    path.write_text(json.dumps(kept))
    assert not is_covered(), "an older file has no such field"
    path.write_text(json.dumps(kept | {"start_page": True}))
    assert is_covered()
    assert not is_covered("5"), "a lesson was asked for"


def test_hostile_settings_are_ignored_and_it_starts(tmp_path: Path) -> None:
    run(tmp_path, "--quit-after", "0.1")
    path = next(tmp_path.rglob("settings.json"))
    path.write_text('{"experiment": 7}')
    done = run(tmp_path, "--quit-after", "0.3")
    assert (done.returncode, errors_of(done)) == (0, "")
    assert "Experiment" not in path.read_text() or json.loads(path.read_text())["version"] == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("a.stepviz", "{", "a.stepviz, line 1"),
        ("a.csv", "x,y\n1,2\n3,abc\n", "line 3"),
        ("gone.stepviz", None, "gone.stepviz"),
    ],
)
def test_a_bad_file_gets_one_line_and_code_2(tmp_path: Path, name: str, content: str | None, message: str) -> None:
    if content is not None:
        (tmp_path / name).write_text(content)
    done = run(tmp_path, str(tmp_path / name))
    assert done.returncode == 2
    assert message in done.stderr
    assert len(errors_of(done).splitlines()) == 1


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only there is a display named by a variable")
def test_without_a_display_it_says_so_instead_of_aborting(tmp_path: Path) -> None:
    done = run(tmp_path, DISPLAY="", WAYLAND_DISPLAY="", QT_QPA_PLATFORM="")
    assert done.returncode == 2
    assert "the display: found none" in done.stderr


@pytest.mark.skipif(sys.platform == "win32", reason="signals of POSIX")
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_closes_it_as_its_button_does(tmp_path: Path, number: signal.Signals) -> None:
    process = subprocess.Popen(
        [sys.executable, "-X", "faulthandler", "-c", _TELLS_WHEN_SHOWN], env=environment(tmp_path),
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    with process:
        try:
            assert process.stdout.readline().strip() == "shown"
            process.send_signal(number)
            _, errors = process.communicate(timeout=30)
        finally:
            process.kill()
    assert process.returncode == 0, errors
    assert len(list(tmp_path.rglob("settings.json"))) == 1


_TELLS_WHEN_SHOWN = """
from stepviz import app
start = app.LiveLab.start
def told(self, **how):
    start(self, **how)
    # Of the first frames some may never be shown.
    self.lab.frame_shown.connect(lambda frame: print("shown", flush=True) if frame.number >= 3 else None)
app.LiveLab.start = told
raise SystemExit(app.run(None, None))
"""


def test_the_window_is_imported_only_when_it_is_needed() -> None:
    code = "import sys, stepviz.cli; print([m for m in ('PySide6', 'numpy', 'rich', 'msgspec') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.screen
@pytest.mark.parametrize(("activation", "stuck"), [("tanh", False), ("step", True)])
def test_on_a_real_screen_exact_zeros_have_their_colour_and_nothing_else_has(
    tmp_path: Path, activation: str, stuck: bool
) -> None:
    from PySide6.QtGui import QColor, QImage

    from stepviz.ui.core.theme import LIGHT

    file, picture = tmp_path / "mine.stepviz", tmp_path / "a.png"
    file.write_bytes(encode(with_activation(Experiment(seed=1), activation)))
    done = run(tmp_path, str(file), "--fresh", "--theme", "light", "--size", "1200x700", "--screenshot", str(picture),
               "--quit-after", "3")  # fmt: skip
    assert done.returncode == 0, done.stderr
    image, zero = QImage(str(picture)), QColor(LIGHT.zero)
    # The lower half holds the units and the gradients; the strip above draws the zeros of each derivative.
    pixels = [image.pixelColor(x, y) for x in range(0, image.width(), 3) for y in range(350, image.height(), 3)]
    share = sum(colour.rgb() == zero.rgb() for colour in pixels) / len(pixels)
    assert share > 0.02 if stuck else share < 0.002
