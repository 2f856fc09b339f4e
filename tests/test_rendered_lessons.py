"""Every scene of every shipped lesson as it is rendered: nothing empty, nothing without words, nothing cut off.

Each instrument is waited for as a person would, so that this takes minutes: run it by name with ``-m long``.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import shipped_lessons

# Not drawn without a screen.
WITHOUT_SCREEN = {"loss_surface_3d"}
# What instruments say that have nothing to show yet.
WAITING = re.compile(r"appears? here|once training runs")
# Buttons that open a dialog end so too.
BUTTONS = {"Export…"}
# Of the pixels, those that differ from the ground; the barest instrument has some words and a few lines.
LEAST_INK = 0.01


def words_in(svg: Path) -> list[str]:
    return [words.strip() for words in re.findall(r"<text[^>]*>([^<]*)<", svg.read_text()) if words.strip()]


def ink(png: Path) -> float:
    pixels = np.asarray(Image.open(png).convert("RGB")).reshape(-1, 3)
    colours, counts = np.unique(pixels, axis=0, return_counts=True)
    assert len(colours) > 8, png.name
    return 1 - counts.max() / counts.sum()


@pytest.mark.long
@pytest.mark.timeout(600)
@pytest.mark.parametrize("folder", [folder.name for folder in shipped_lessons()])
def test_every_scene_is_rendered_whole_and_its_claims_hold(folder: str, tmp_path: Path) -> None:
    environment = {**os.environ, "HOME": str(tmp_path), "XDG_CONFIG_HOME": str(tmp_path)}
    done = subprocess.run(
        [sys.executable, "-m", "stepviz", "render", folder, "-o", str(tmp_path / "out")], capture_output=True,
        text=True, env=environment, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lesson = load_lesson(next(path for path in shipped_lessons() if path.name == folder))
    complaints = []
    for number, scene in enumerate(lesson.scenes, 1):
        for panel in set(scene.panels) - WITHOUT_SCREEN:
            svg = tmp_path / "out" / f"scene-{number}-{panel}.svg"
            words = words_in(svg)
            if len(words) < 3:
                complaints.append(f"{svg.name}: hardly any words: {words}")
            complaints += [
                f"{svg.name}: cut off: {text}" for text in words if text.endswith("…") and text not in BUTTONS
            ]
            # A scene that does not train has no past to show.
            if scene.steps:
                complaints += [f"{svg.name}: still waiting: {text}" for text in words if WAITING.search(text)]
            if ink(svg.with_suffix(".png")) < LEAST_INK:
                complaints.append(f"{svg.name}: empty")
    page = (tmp_path / "out" / "index.html").read_text()
    assert page.count("<h2>") == len(lesson.scenes)
    assert page.count('class="holds"') == sum(len(scene.claims) for scene in lesson.scenes)
    assert page.count('role="img"') == page.count("<svg "), "a formula without words"
    assert not complaints, "\n".join(complaints)
