"""All ten lessons in a real window, as a person goes through them: chosen by the picture, answered, scene by scene."""

from __future__ import annotations

import re

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QRect, Qt
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.lessons.formulas import pieces, set_aside
from stepviz.lessons.library import shipped_lessons
from stepviz.lessons.player import Player
from stepviz.runtime.commands import SetSpeed
from stepviz.ui.export.screenshot import real_pixels
from stepviz.ui.lessons.lesson_view import LessonView
from stepviz.ui.window.main_window import MainWindow
from tests.ui.lessons.test_controller import press_on

SECONDS = 30_000
# A text has at least two shades, an instrument more; of a field that was left empty there is one.
FEWEST_SHADES = 5


def place_in(widget: QWidget, window: MainWindow) -> QRect:
    return QRect(widget.mapTo(window, QPoint(0, 0)), widget.size())


def shades(picture: QImage, place: QRect) -> int:
    part = picture.copy(place).convertToFormat(QImage.Format.Format_RGB32)
    return len(np.unique(np.frombuffer(part.constBits(), dtype=np.uint32)))


def plain_words(markdown: str) -> list[str]:
    """Return the longer words outside formulas and addresses."""
    text = " ".join(piece.content for piece in pieces(markdown) if piece.kind == "text")
    return re.findall(r"[A-Za-z]{4,}", re.sub(r"\([^)]*://[^)]*\)", " ", text))


def look(qtbot: QtBot, window: MainWindow, view: LessonView, player: Player) -> None:
    """Assert that the scene's words are to be read, and that its instruments are there and have drawn something."""
    scene = player.scene
    assert view.heading.text() == scene.title
    shown = view.words.toPlainText() + view.explanation.toPlainText()
    assert [word for word in plain_words(scene.text + scene.explanation) if word not in shown] == []
    if scene.question is not None:
        assert view.question.toPlainText() == set_aside(scene.question.text)[0]
    for widget in (view.heading, view.forward_button):
        assert window.rect().contains(place_in(widget, window))
    for text in (view.words, view.explanation, view.question):
        qtbot.waitUntil(lambda text=text: text.isHidden() or text.height() >= text.sizeHint().height())
    for widget in (view.words, view.explanation, view.question, view.choices, view.claims):
        # A long scene scrolls.
        whole = view.sheet.widget().rect()
        assert widget.isHidden() or whole.contains(widget.geometry())
    assert view.sheet.verticalScrollBar().value() == 0
    docks = window.panel_docks
    assert {name for name, dock in docks.items() if dock.isVisible()} <= set(scene.panels)
    assert [name for name in scene.panels if docks[name].isHidden()] == []
    assert [name for name in scene.highlight if not docks[name].seen] == []

    def all_drawn() -> bool:
        picture = real_pixels(window).toImage()
        seen = [dock.panel for name, dock in docks.items() if dock.seen and dock.panel is not None]
        return len(seen) > 0 and all(shades(picture, place_in(panel, window)) >= FEWEST_SHADES for panel in seen)

    qtbot.waitUntil(all_drawn, timeout=SECONDS)


@pytest.mark.screen
@pytest.mark.parametrize("number", range(1, len(shipped_lessons()) + 1))
def test_a_lesson_is_chosen_and_pressed_through(qtbot: QtBot, live: LiveLab, number: int) -> None:
    window = live.window
    qtbot.keyClick(window, Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    page = window.start.page
    assert page is not None
    card = page.sheet.cards[number - 1]
    page.sheet.go_to(card)
    qtbot.mouseClick(card, Qt.MouseButton.LeftButton)
    show = window.lessons.show
    assert show is not None
    player, view = show.player, show.view
    assert player is not None
    assert player.lesson.card.folder == card.card.folder
    for index, scene in enumerate(player.lesson.scenes):
        assert player.index == index
        # As a teacher in a hurry does; what is measured does not depend on it.
        live.lab.send(SetSpeed(None))
        if player.waits_for_prediction:
            assert not view.claims.isVisible()
            qtbot.mouseClick(view.choice_buttons[-1], Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: not player.may_run, timeout=SECONDS)
        assert [verdict.state for verdict in player.verdicts] == ["holds"] * len(scene.claims), scene.title
        qtbot.waitUntil(
            lambda scene=scene: [claim.sign.text() for claim in view.claim_views] == ["✓"] * len(scene.claims)
        )
        assert (player.answer is None) == (scene.question is None)
        look(qtbot, window, view, player)
        press_on(qtbot, window, player)
    assert view.forward_button.text() == ("Start page ▶" if number == len(shipped_lessons()) else "Next lesson ▶")
    assert player.index == len(player.lesson.scenes) - 1
    assert window.remembered.preferences.lessons_done == (player.lesson.name,)
