"""Lessons rendered and looked at as a person would: nothing empty, nothing without words, nothing cut off."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.library import shipped_lessons
from stepviz.rendering import render
from stepviz.ui.core.lab import Lab
from stepviz.ui.export.render import image
from stepviz.ui.export.settle import settle
from stepviz.ui.instruments.instrument import Panel
from tests.ui.rendered.cut_off import cut_off
from tests.ui.rendered.words import count_dots, longest_curve, overlapping, words_in

LESSONS = [folder.name for folder in shipped_lessons()]
# What instruments say that have nothing to show yet.
WAITING = re.compile(r"appears? here|once training runs")
# Buttons that open a dialog end so too.
BUTTONS = {"Export…"}
# Of the pixels, those that differ from the ground; the barest instrument has some words and a few lines.
LEAST_INK = 0.03
# Of the pixels, those that the run has changed.
LEAST_DRAWN = 0.03
# Of the instruments that draw them: so many points on the longest curve, and so many dots.
LEAST_CURVE = dict.fromkeys(("loss", "activation", "slice"), 50)
LEAST_DOTS = {"response": 100}
# Without these nobody knows what an instrument shows; of several sets one has to be there, whole.
LABELS: dict[str, tuple[set[str], ...]] = {
    "response": ({"x1", "x2"}, {"x", "t"}),
    "loss_surface": ({"layer 1, weight 1→1", "layer 1, bias of unit 1", "now"}, {"random 1", "random 2", "now"}),
    "loss": ({"step", "loss"},),
    "activation": ({"z", "pre-activations z"},),
    "gradient_flow": ({"layer 1", "output", "10⁻⁸", "1"},),
    "stuck_units": ({"layer 1", "step", "units"},),
    "slice": ({"loss", "slope", "slope by differences"},),
    "network_diagram": ({"inputs", "layer 1", "output"}, {"in", "1", "out"}),
    "unit_ledger": ({"All states", "Export…"},),
}


class Looker:
    """Looks at each instrument as its picture is taken, in the place of ``save``."""

    def __init__(self, save: object) -> None:
        self._save, self.complaints, self.seen = save, [], []
        self._blank: dict[tuple[str, int, int], np.ndarray] = {}

    def __call__(self, panel: Panel, path: Path) -> None:
        self._save(panel, path)
        if path.suffix == ".svg":
            self.seen.append(path.stem)
            self.complaints += [f"{path.stem}: {complaint}" for complaint in self._look(panel, path)]

    def _look(self, panel: Panel, svg: Path) -> Iterator[str]:
        yield from cut_off(panel)
        (width, height), words = words_in(svg)
        texts = {word.text for word in words}
        if not any(labels <= texts for labels in LABELS[panel.instrument.key]):
            yield f"no labels among {sorted(texts)}"
        for word in words:
            if "…" in word.text and word.text not in BUTTONS:
                yield f"cut off: {word.text}"
            if word.left < -1 or word.top < -1 or word.right > width + 1 or word.bottom > height + 1:
                yield f"outside: {word}"
            # A scene that does not train has no past to show.
            if WAITING.search(word.text) and panel.lab.frame.step > 0:
                yield f"still waiting: {word.text}"
        for one, other in overlapping(words):
            yield f"one on the other: {one} {other}"
        curve, dots = longest_curve(svg), count_dots(svg)
        if curve < LEAST_CURVE.get(panel.instrument.key, 0) or dots < LEAST_DOTS.get(panel.instrument.key, 0):
            yield f"only {curve} points on a curve and {dots} dots"
        pixels = np.asarray(Image.open(svg.with_suffix(".png")).convert("RGBA")).view(np.uint32).ravel()
        # Of each seventh pixel: to count them all takes longer than to make the picture.
        colours, counts = np.unique(pixels[::7], return_counts=True)
        if len(colours) <= 8 or 1 - counts.max() / counts.sum() < LEAST_INK:
            yield f"empty: {len(colours)} colours"
        if (drawn := float((pixels_of(panel) != self._without_run(panel)).any(axis=-1).mean())) < LEAST_DRAWN:
            yield f"only {drawn:.2%} of it comes from the run"

    def _without_run(self, panel: Panel) -> np.ndarray:
        key = panel.instrument.key, panel.width(), panel.height()
        if key not in self._blank:
            blank = type(panel)(Lab(Experiment(), lambda _command: None), panel.theme)
            blank.setFixedSize(panel.size())
            settle(blank)
            self._blank[key] = pixels_of(blank)
            blank.deleteLater()
        return self._blank[key]


def pixels_of(panel: Panel) -> np.ndarray:
    picture = image(panel)
    lines = np.frombuffer(picture.constBits(), np.uint8).reshape(picture.height(), picture.bytesPerLine())
    return lines[:, : 4 * picture.width()].reshape(picture.height(), picture.width(), 4)[..., :3].copy()


def look_at_lesson(folder: str, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Render a shipped lesson and fail for what a person could not read of it, or for a claim that does not hold."""
    looker = Looker(render.save)
    monkeypatch.setattr(render, "save", looker)
    lesson = load_lesson(next(path for path in shipped_lessons() if path.name == folder))
    made = render.render_lesson(lesson, out)
    assert not looker.complaints, "\n".join(looker.complaints)
    wanted = [f"scene-{number}-{panel}" for number, scene in enumerate(lesson.scenes, 1) for panel in scene.panels]
    assert looker.seen == [name for name in wanted if not name.endswith("-loss_surface_3d")]
    assert all(path.exists() for path in made)
    page = (out / "index.html").read_text()
    assert page.count("<h2>") == len(lesson.scenes)
    assert page.count('class="holds"') == sum(len(scene.claims) for scene in lesson.scenes)
    assert page.count('role="img"') == page.count("<svg "), "a formula without words"
