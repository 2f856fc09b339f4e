"""A scene on screen: all of it can be seen, where it was, and as it was typed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QImage, QTextCursor
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from stepviz.lessons.formulas import MARK
from stepviz.lessons.lesson_file import load_lesson
from stepviz.lessons.player import Player
from stepviz.lessons.scene_run import Starts
from stepviz.ui.core.theme import DARK, LIGHT, Theme
from stepviz.ui.lessons.lesson_view import LessonView
from stepviz.ui.text.fitted_text import FittedText
from tests.lessons.texts import scene, written

BLOCK = """steps: 3
question:
  ask: 'Is $L > 0$ <b>everywhere</b> & always?'
  choices:
    - {text: 'Yes, <i>it</i> is $\\ge \\tfrac14$ & stays so, however long this goes on and on', when: loss > 0}
    - {text: No, when: loss <= 0}
claims:
  - {text: 'So $L > 0$ <img src="a.png">', holds: loss > 0}
  - {text: It is so at the end, holds: loss > 0}"""
TEXT = "Some words of the scene.\n\n---\n\nAn explanation that is not short."
LONG = TEXT + " And more of it." * 20

Shown = Callable[..., tuple[LessonView, Player]]


@pytest.fixture
def shown(qtbot: QtBot, tmp_path: Path) -> Shown:
    def show(text: str, width: int, height: int) -> tuple[LessonView, Player]:
        view = LessonView(Theme("light"))
        qtbot.addWidget(view)
        view.resize(width, height)
        player = Player(load_lesson(written(tmp_path, scene(BLOCK, text=text), scene(BLOCK, "Another", text))))
        view.show_scene(player)
        view.show()
        view.activateWindow()
        qtbot.waitUntil(view.isActiveWindow)
        settle()
        return view, player

    return show


def settle() -> None:
    """Let what was asked for be laid out: a text asks again when it has got its width."""
    for _ in range(5):
        QApplication.sendPostedEvents()
        QApplication.processEvents()


def answer(view: LessonView, player: Player) -> None:
    player.predict(0)
    view.show_progress()
    settle()


def run(view: LessonView, player: Player) -> None:
    player.record = Starts(player.lesson).run(player.index)
    view.show_progress()
    settle()


def parts(view: LessonView) -> list[QWidget]:
    texts = [*view.findChildren(FittedText), view.heading, view.place, *view.choice_buttons]
    return [part for part in texts + [claim.found for claim in view.claim_views] if part.isVisible()]


def top(view: LessonView, part: QWidget) -> int:
    return part.mapTo(view, QPoint(0, 0)).y()


@pytest.mark.parametrize("size", [(240, 200), (340, 300), (500, 900)])
def test_nothing_is_cut_and_all_of_it_can_be_scrolled_to(shown: Shown, size: tuple[int, int]) -> None:
    view, player = shown(LONG, *size)
    answer(view, player)
    run(view, player)
    content, room = view.sheet.widget(), view.sheet.viewport()
    assert content.width() == room.width()
    assert view.sheet.verticalScrollBar().maximum() == max(0, content.height() - room.height())
    assert len(parts(view)) == 11
    for part in parts(view):
        needed = part.heightForWidth(part.width()) if part.hasHeightForWidth() else part.sizeHint().height()
        assert part.height() >= needed
        assert content.rect().contains(part.rect().translated(part.mapTo(content, QPoint(0, 0))))
    # The row of buttons stays in place.
    assert top(view, view.forward_button) > top(view, view.sheet) + view.sheet.height() - 1
    assert view.rect().contains(view.forward_button.geometry())


def test_where_there_is_room_the_explanation_moves_nothing(shown: Shown) -> None:
    view, player = shown(TEXT, 400, 900)
    answer(view, player)
    question, claims = top(view, view.question), top(view, view.claims)
    assert view.claims.height() + claims > view.sheet.height() - 20, "what is claimed stands at the bottom"
    run(view, player)
    assert view.explanation.isVisible()
    assert not view.sheet.scrolls
    assert (top(view, view.question), top(view, view.claims)) == (question, claims)


def test_what_is_looked_at_does_not_jump_when_claims_are_decided(shown: Shown) -> None:
    view, player = shown(LONG, 300, 200)
    answer(view, player)
    bar = view.sheet.verticalScrollBar()
    assert bar.value() == 0
    bar.setValue(bar.maximum())
    before = top(view, view.claim_views[0])
    run(view, player)
    assert view.explanation.isVisible()
    assert top(view, view.claim_views[0]) == before
    player.go_to(1)
    view.show_scene(player)
    settle()
    assert bar.value() == 0, "a scene begins at its top"


def test_on_means_the_rest_of_a_long_scene_first_and_then_the_next_one(shown: Shown, qtbot: QtBot) -> None:
    view, player = shown(LONG, 300, 260)
    answer(view, player)
    run(view, player)
    asked: list[int] = []
    view.forward.connect(lambda: asked.append(view.sheet.verticalScrollBar().value()))
    bar, seen = view.sheet.verticalScrollBar(), []
    assert bar.maximum() > view.sheet.viewport().height()
    while bar.value() < bar.maximum():
        assert view.forward_button.text() == "More ▼"
        seen.append(bar.value())
        qtbot.mouseClick(view.forward_button, Qt.MouseButton.LeftButton)
        assert 0 < bar.value() - seen[-1] < view.sheet.viewport().height(), "nothing is passed over"
    assert not asked
    assert view.forward_button.text() == "Next ▶"
    qtbot.mouseClick(view.forward_button, Qt.MouseButton.LeftButton)
    assert asked == [bar.maximum()]
    player.go_to(1)
    view.show_scene(player)
    settle()
    answer(view, player)
    run(view, player)
    assert view.sheet.more
    assert view.forward_button.isEnabled(), "the last scene has a rest too"
    while view.sheet.more:
        view.go_on()
    assert not view.forward_button.isEnabled()


def test_what_the_person_selected_stays_selected(shown: Shown) -> None:
    view, player = shown(TEXT, 400, 600)
    answer(view, player)
    for text in (view.words, view.question, view.claim_views[0].sentence):
        text.moveCursor(QTextCursor.MoveOperation.NextWord, QTextCursor.MoveMode.KeepAnchor)
        assert text.textCursor().hasSelection()
    run(view, player)
    assert [claim.sign.text() for claim in view.claim_views] == ["✓", "✓"]
    for text in (view.words, view.question, view.claim_views[0].sentence):
        assert text.textCursor().hasSelection()


def test_sentences_are_shown_as_typed_and_read_in_words(shown: Shown) -> None:
    view, player = shown(TEXT, 400, 600)
    answer(view, player)
    assert view.question.toPlainText() == f"Is {MARK} <b>everywhere</b> & always?"
    assert view.question.accessibleDescription() == "Is L > 0 <b>everywhere</b> & always?"
    assert view.claim_views[0].sentence.toPlainText() == f'So {MARK} <img src="a.png">'
    assert view.claim_views[0].sentence.accessibleDescription() == 'So L > 0 <img src="a.png">'
    said = "Yes, <i>it</i> is ≥ 1/4 & stays so, however long this goes on and on"
    assert view.choice_buttons[0].accessibleName() == f"Answer: {said}"
    assert view.choice_buttons[0].text() == "▸ " + said.replace("&", "&&")


def test_keys_and_wheel_over_a_text_scroll_the_scene(shown: Shown, qtbot: QtBot) -> None:
    view, _ = shown(LONG, 300, 200)
    bar = view.sheet.verticalScrollBar()
    qtbot.mouseClick(view.words.viewport(), Qt.MouseButton.LeftButton)
    assert view.words.hasFocus()
    qtbot.keyClick(view.words, Qt.Key.Key_Down)
    moved = bar.value()
    assert moved > 0
    place = view.words.mapTo(view, QPoint(5, moved + 5))
    QTest.wheelEvent(view.windowHandle(), QPointF(place), QPoint(0, -120))
    assert bar.value() > moved


def picture(view: LessonView) -> np.ndarray:
    image = view.grab().toImage().convertToFormat(QImage.Format.Format_RGB32)
    return np.array(image.constBits(), dtype=np.uint8, copy=True)


def test_tab_leads_through_the_scene_and_is_seen(shown: Shown, qtbot: QtBot) -> None:
    view, _ = shown(LONG, 300, 200)
    view.sheet.setFocus(Qt.FocusReason.TabFocusReason)
    met: list[QWidget] = []
    while (focused := QApplication.focusWidget()) not in met:
        assert focused is not None
        met.append(focused)
        with_focus = picture(view)
        place = focused.rect().translated(focused.mapTo(view, QPoint(0, 0)))
        assert not (place & view.rect()).isEmpty()
        focused.clearFocus()
        assert not np.array_equal(with_focus, picture(view)), focused.accessibleName()
        focused.setFocus(Qt.FocusReason.TabFocusReason)
        qtbot.keyClick(focused, Qt.Key.Key_Tab)
    assert set(met) == {view.sheet, *view.choice_buttons, view.again_button, view.forward_button}


def test_an_answer_by_keyboard_scrolls_nothing(shown: Shown) -> None:
    view, player = shown(LONG, 300, 200)
    view.choice_buttons[0].setFocus()
    before = view.sheet.verticalScrollBar().value()
    answer(view, player)
    assert view.sheet.verticalScrollBar().value() == before
    assert view.sheet.hasFocus()


def test_the_way_on_has_the_colours_of_a_theme_that_comes_after_the_end(shown: Shown) -> None:
    view, player = shown(TEXT, 400, 900)
    answer(view, player)
    run(view, player)
    assert LIGHT.accent in view.forward_button.styleSheet()
    view.theme.choose("dark")
    assert DARK.accent in view.forward_button.styleSheet()
