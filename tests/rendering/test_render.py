"""Pictures and a page, made without anybody there."""

from __future__ import annotations

import base64
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.experiment_file import encode

# A process of its own: it has a platform of its own.


def render(*arguments: str, home: Path) -> subprocess.CompletedProcess[str]:
    environment = {**os.environ, "HOME": str(home), "XDG_CONFIG_HOME": str(home), "XDG_STATE_HOME": str(home)}
    return subprocess.run(
        [sys.executable, "-m", "stepviz", "render", *arguments], capture_output=True, text=True, timeout=110,
        env=environment, check=False,
    )  # fmt: skip


def pictures_of(page: str) -> list[bytes]:
    return [base64.b64decode(data) for data in re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', page)]


def test_an_experiment_becomes_pictures_and_a_page_that_needs_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "rings.stepviz").write_bytes(encode(Experiment()))
    done = render(str(tmp_path / "rings.stepviz"), "-o", str(tmp_path / "out"), "--steps", "50", home=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "index.html").read_text()
    assert "After 50 steps." in page
    assert len(pictures_of(page)) == 6
    assert all(b"<svg" in picture for picture in pictures_of(page))
    assert not re.search(r'(src|href)="(?!data:)', page), "nothing is fetched"
    made = [Path(line) for line in done.stdout.splitlines()]
    assert all(path.stat().st_size > 2000 for path in made if path.suffix == ".png")
    assert len(made) == 13
    assert not done.stderr, "nothing for the person to wonder at"


def test_a_lesson_becomes_a_part_for_each_scene_with_its_claims_measured(tmp_path: Path) -> None:
    made = subprocess.run(
        [sys.executable, "-m", "stepviz", "new-lesson", str(tmp_path / "mine")], capture_output=True, check=False
    )
    assert made.returncode == 0
    lesson = (tmp_path / "mine" / "lesson.md").rename(tmp_path / "mine" / "mine.stepviz-lesson")
    done = render(str(lesson), "-o", str(tmp_path / "out"), "--pdf", "--paper", "letter", home=tmp_path)
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "out" / "index.html").read_text()
    scenes = page.count("<h2>")
    assert scenes >= 2
    assert page.count('class="holds"') >= scenes - 1
    assert 'class="open"' not in page
    assert 'class="fails"' not in page
    assert "<figcaption>Loss</figcaption>" in page
    assert 'role="img" aria-label="' in page, "a formula is drawn, and has words"
    handout = (tmp_path / "out" / "mine.pdf").read_bytes()
    assert handout.startswith(b"%PDF")
    assert len(re.findall(rb"/Type /Page\b", handout)) == scenes
    assert "$" not in re.sub(r"<style>.*?</style>|src=\"[^\"]*\"", "", page, flags=re.DOTALL)


@pytest.mark.parametrize(
    ("source", "why"), [("no-such-lesson", "expected a lesson's folder"), ("missing.stepviz", "No such file")]
)
def test_what_cannot_be_read_is_said_in_a_line(tmp_path: Path, source: str, why: str) -> None:
    done = render(source, "-o", str(tmp_path / "out"), home=tmp_path)
    assert done.returncode == 2
    assert done.stderr.startswith("stepviz: ")
    assert why in done.stderr
    assert not (tmp_path / "out").exists()
