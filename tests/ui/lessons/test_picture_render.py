"""Pictures of lessons: every measurement can be drawn, and those that are shipped are what is drawn today."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QApplication

from stepviz.cli import main
from stepviz.lessons.lesson_file import load_card, load_lesson
from stepviz.lessons.library import find_lesson, shipped_lessons
from stepviz.lessons.picture_subjects import SUBJECTS, course_of
from stepviz.ui.core.theme import DARK, LIGHT, Theme
from stepviz.ui.lessons.picture_render import HEIGHT, LARGEST_FILE, WIDTH, draw, save
from tests.lessons.texts import FRONT, scene, written

SHARE_OF_INK = 0.02


def pixels(image: QImage) -> np.ndarray:
    image = image.convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits(), dtype=np.uint8, copy=True).reshape(image.height(), image.width(), 4)[..., :3]


@pytest.mark.parametrize("folder", [pytest.param(folder, id=folder.name) for folder in shipped_lessons()])
def test_every_shipped_lesson_has_a_small_picture_for_each_theme(folder: Path) -> None:
    card = load_card(folder)
    assert card.picture_of is not None
    # A whole map has no ground that could be dark.
    assert bool(card.picture_dark) == (card.picture_of[1] != "loss_surface")
    for name, colours in ((card.picture, LIGHT), (card.picture_dark or card.picture, DARK)):
        assert (folder / name).stat().st_size <= LARGEST_FILE
        image = QImage(str(folder / name))
        assert (image.width(), image.height()) == (WIDTH, HEIGHT)
        ground = np.array([int(colours.surface[place : place + 2], 16) for place in (5, 3, 1)])
        inked = np.abs(pixels(image).astype(int) - ground).max(axis=-1) > 40
        assert inked.mean() > SHARE_OF_INK, name


# Those that need no long run.
@pytest.mark.parametrize("name", ["2", "6", "7", "8"])
def test_the_shipped_pictures_are_those_of_today(name: str, tmp_path: Path, qapp: QApplication) -> None:
    lesson = load_lesson(find_lesson(name))
    assert lesson.card.picture_of is not None
    scene_number, shows = lesson.card.picture_of
    save(draw(SUBJECTS[shows](course_of(lesson, scene_number)), Theme("light")), tmp_path / "a.png")
    made, shipped = (pixels(QImage(str(path))).astype(int) for path in (
        tmp_path / "a.png", lesson.card.folder / lesson.card.picture))  # fmt: skip
    # Another version of Qt may smooth edges in another way.
    assert (np.abs(made - shipped).max(axis=-1) > 40).mean() < 0.01


@pytest.mark.parametrize("shows", SUBJECTS)
@pytest.mark.parametrize("data", ["circle", "sine", "plane"])
def test_everything_can_be_drawn_of_any_lesson(shows: str, data: str, tmp_path: Path, qapp: QApplication) -> None:
    loss = "binary-cross-entropy" if data == "circle" else "squared-error"
    block = f"experiment: {{data.name: {data}, loss: {loss}}}\nsteps: 5"
    course = course_of(load_lesson(written(tmp_path, scene(block))), 0)
    image = draw(SUBJECTS[shows](course), Theme("light"))
    assert len(np.unique(pixels(image).astype(int) @ [1, 256, 65536])) > 3


def test_the_command_makes_what_the_gallery_then_finds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # The command sets it for good.
    monkeypatch.setenv("QT_QPA_PLATFORM", os.environ.get("QT_QPA_PLATFORM", ""))
    folder = written(tmp_path, scene("steps: 5"))
    assert main(["picture", str(folder)]) == 2
    assert "mine/lesson.md: picture_of: found nothing" in capsys.readouterr().err
    front = FRONT.replace("minutes: 1", "minutes: 1\npicture_of: {scene: 1, shows: loss}")
    written(tmp_path, scene("steps: 5"), front=front)
    assert main(["picture", str(folder)]) == 0
    assert capsys.readouterr().out.split() == [str(folder / "picture.png"), str(folder / "picture-dark.png")]
    assert (load_card(folder).picture, load_card(folder).picture_dark) == ("picture.png", "picture-dark.png")
