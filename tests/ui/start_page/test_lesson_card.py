"""The card of a lesson: with a picture, without one, and with one that is none."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stepviz.lessons.lesson import Card
from stepviz.lessons.lesson_file import load_card
from stepviz.lessons.library import find_lesson
from stepviz.ui.core.theme import Theme
from stepviz.ui.start_page.lesson_card import SHAPE, LessonCard

WIDTH = 300


def painted(qtbot: QtBot, card: Card, theme: str = "light") -> np.ndarray:
    """Return the pixels (rows, columns, 3) of the picture's part of a card."""
    holder = QWidget()
    qtbot.addWidget(holder)
    shown = LessonCard(card, 7, Theme(theme), holder)
    shown.setGeometry(0, 0, WIDTH, shown.lay_out(1.0, WIDTH))
    image = shown.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    image = image.copy(12, 12, WIDTH - 24, round(WIDTH / SHAPE) - 24)
    return np.array(image.constBits(), dtype=np.uint8, copy=True).reshape(image.height(), image.width(), 4)[..., :3]


@pytest.mark.parametrize("picture", ["", "gone.png", "broken.png"])
def test_without_a_picture_it_shows_its_number(qtbot: QtBot, tmp_path: Path, picture: str) -> None:
    (tmp_path / "broken.png").write_bytes(b"\x89PNG and no more")
    pixels = painted(qtbot, Card("Mine", "A sentence.", 5, tmp_path, picture=picture))
    middle, corner = pixels[:, WIDTH // 3 : 2 * WIDTH // 3], pixels[:, :20]
    assert len(np.unique(corner.reshape(-1, 3), axis=0)) == 1
    assert len(np.unique(middle.reshape(-1, 3), axis=0)) > 5


def test_each_theme_has_its_own_picture(qtbot: QtBot) -> None:
    card = load_card(find_lesson("7"))
    assert painted(qtbot, card, "light").mean() > painted(qtbot, card, "dark").mean() + 80


def test_a_long_summary_makes_a_card_higher(qtbot: QtBot, tmp_path: Path) -> None:
    holder = QWidget()
    qtbot.addWidget(holder)
    heights = [
        LessonCard(Card("Mine", "word " * count, 5, tmp_path), 1, Theme("light"), holder).lay_out(1.0, WIDTH)
        for count in (3, 60)
    ]
    assert heights[1] > heights[0] + 60
