"""The start page as a person uses it: opened, walked through, left, and what is chosen on it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QObject, QPoint, Qt
from PySide6.QtWidgets import QAbstractButton, QApplication, QToolButton
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment, HiddenLayer
from stepviz.engine.setup.experiment_file import encode
from stepviz.instruments import ALWAYS_MEASURED
from stepviz.lessons.library import shipped_lessons
from stepviz.runtime.commands import Ask, Command, Pause, Play, SetSpeed
from stepviz.runtime.run import Run
from stepviz.runtime.session_file import SUFFIX, encode_session, session_of
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.start_page import file_look
from stepviz.ui.start_page.page import StartPage
from stepviz.ui.window.main_window import MainWindow
from tests.runtime.test_looking_back import advance
from tests.ui.frames import make_frame
from tests.ui.window.test_keyboard import walk

SECONDS = 10_000
PROBES = ("gradient_flow", "stuck_units", "diagnosis")


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def window(qtbot: QtBot, sent: list[Command]) -> Iterator[MainWindow]:
    lab = Lab(Experiment(), sent.append)
    window = MainWindow(lab, Theme("light"), Preferences(theme="light"))
    window.resize(1366, 768)
    window.show()
    window.activateWindow()
    qtbot.waitUntil(window.isActiveWindow)
    lab.show(make_frame(Experiment(), 5, PROBES))
    yield window
    window.close()


def opened(qtbot: QtBot, window: MainWindow) -> StartPage:
    button = window.transport.widgetForAction(window.transport.home)
    assert isinstance(button, QToolButton)
    assert window.start.page is None, "it is made when it is first asked for"
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    page = window.start.page
    assert page is not None
    assert page.isVisible()
    assert button.isChecked()
    return page


def running(live: LiveLab) -> bool:
    assert live.lab.frame is not None
    return live.lab.frame.running


def test_it_lies_between_the_transport_and_the_status_line_and_escape_leaves(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window)
    assert page.geometry().top() == window.transport.geometry().bottom() + 1
    assert page.width() == window.width()
    for dock in (window.editor_dock, *(dock for dock in window.panel_docks.values() if dock.isVisible())):
        assert page.geometry().contains(dock.geometry())
    window.resize(1500, 900)
    qtbot.waitUntil(lambda: page.width() == 1500)
    assert page.geometry().bottom() > 800
    focus = QApplication.focusWidget()
    assert focus is page.sheet.continued
    qtbot.keyClick(focus, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert not window.transport.home.isChecked()
    qtbot.keyClick(window, Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    assert page.isVisible()
    qtbot.mouseClick(page.back, Qt.MouseButton.LeftButton)
    assert not page.isVisible()


def test_tab_goes_round_on_it_and_the_focus_is_seen(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window)
    blink = QApplication.cursorFlashTime()
    QApplication.setCursorFlashTime(0)
    seen, unseen = walk(qtbot, window)
    wanted = {page.at_start, page.back, page.sheet.open, page.sheet.continued, page.sheet.free, *page.sheet.cards}
    assert set(seen) == wanted
    assert unseen == []
    assert all(isinstance(stop, QAbstractButton) and (stop.accessibleName() or stop.text()) for stop in seen)
    window.appearance.set_theme("dark")
    assert walk(qtbot, window)[1] == []
    QApplication.setCursorFlashTime(blink)
    assert all(card.accessibleName().startswith("Lesson ") for card in page.sheet.cards)


def test_arrows_go_from_card_to_card(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window)
    cards = page.sheet.cards

    def pressed(key: Qt.Key) -> object:
        focus = QApplication.focusWidget()
        assert focus is not None
        qtbot.keyClick(focus, key)
        return QApplication.focusWidget()

    assert pressed(Qt.Key.Key_Right) is cards[0]
    assert pressed(Qt.Key.Key_Right) is cards[1]
    assert pressed(Qt.Key.Key_Down) is cards[5], "four in a row at this width"
    assert pressed(Qt.Key.Key_Left) is cards[4]
    assert pressed(Qt.Key.Key_Up) is cards[0]
    assert pressed(Qt.Key.Key_Left) is page.sheet.continued
    assert pressed(Qt.Key.Key_End) is cards[-1]
    assert page.rect().contains(cards[-1].mapTo(page, cards[-1].rect().center())), "it is scrolled into view"
    assert pressed(Qt.Key.Key_Home) is page.sheet.continued


def test_every_lesson_has_its_card_and_its_own_picture_in_both_themes(qtbot: QtBot, window: MainWindow) -> None:
    cards = opened(qtbot, window).sheet.cards
    assert [card.card.folder for card in cards] == list(shipped_lessons())
    for theme in ("light", "dark"):
        window.appearance.set_theme(theme)
        # A loss surface covers all of its picture, and has the same colours in both themes.
        corners = [card._picture().toImage().pixelColor(2, 2).lightness() for card in cards if card.number != 3]
        assert max(corners) < 80 if theme == "dark" else min(corners) > 220
    for card in cards:
        assert card.card.summary in card.lines
        assert f"{card.card.minutes:g} minutes" in card.accessibleName()


def test_instruments_cost_nothing_while_they_are_covered(
    qtbot: QtBot, window: MainWindow, sent: list[Command], monkeypatch: pytest.MonkeyPatch
) -> None:
    qtbot.waitUntil(lambda: any(isinstance(command, Ask) for command in sent))
    shown: list[str] = []
    painted: list[str] = []

    class Watch(QObject):
        def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
            if event.type() == QEvent.Type.Paint:
                painted.append(watched.objectName())
            return False

    watch = Watch()
    panels = [dock.panel for dock in window.panel_docks.values() if dock.panel is not None]
    page = opened(qtbot, window)
    for panel in panels:
        monkeypatch.setattr(panel, "show_frame", lambda _frame, panel=panel: shown.append(type(panel).__name__))
        panel.installEventFilter(watch)
    qtbot.waitUntil(lambda: isinstance(sent[-1], Ask) and sent[-1].probes == ALWAYS_MEASURED)
    window.lab.show(make_frame(Experiment(), 9, PROBES, number=2))
    with qtbot.waitCallback() as called:
        page.sheet.continued.installEventFilter(_WhenPainted(page, called))
        window.repaint()
    assert (shown, painted) == ([], [])
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert len(shown) == len(panels), "all show what is there now"


class _WhenPainted(QObject):
    def __init__(self, parent: QObject, call: object) -> None:
        super().__init__(parent)
        self._call = call

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # Qt's name
        if event.type() == QEvent.Type.Paint:
            watched.removeEventFilter(self)
            self._call()  # type: ignore[operator]  # a callback of pytest-qt
        return False


def test_the_run_rests_and_goes_on(qtbot: QtBot, live: LiveLab) -> None:
    page = opened(qtbot, live.window)
    qtbot.waitUntil(lambda: not running(live), timeout=SECONDS)
    assert live.lab.frame is not None
    step = live.lab.frame.step
    assert any(f"Step {step}," in line for line in page.sheet.continued.lines)
    assert any("Circle; 2 hidden layers (8-8), Tanh" in line for line in page.sheet.continued.lines)
    qtbot.mouseClick(page.sheet.continued, Qt.MouseButton.LeftButton)
    assert not page.isVisible()
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step > step, timeout=SECONDS)


def test_a_run_that_rested_goes_on_resting(window: MainWindow, sent: list[Command]) -> None:
    window.start.open()
    window.start.leave()
    assert isinstance(sent[-1], Pause)
    assert not any(isinstance(command, Play) for command in sent)


def test_enter_opens_the_lesson_that_has_the_focus(qtbot: QtBot, live: LiveLab) -> None:
    page = opened(qtbot, live.window)
    page.sheet.go_to(page.sheet.cards[1])
    qtbot.keyClick(page.sheet.cards[1], Qt.Key.Key_Return)
    lessons = live.window.lessons.show
    assert lessons is not None
    assert lessons.player is not None
    assert lessons.player.lesson.name == "02-the-delta"
    assert not page.isVisible()
    live.window.start.open()
    assert page.sheet.continued.lines[0] == f"Lesson «{lessons.player.lesson.title}», scene 1 of 6"
    qtbot.mouseClick(page.sheet.free, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: lessons.player is None)
    assert not page.isVisible()
    assert live.lab.experiment == Experiment()
    qtbot.waitUntil(lambda: running(live) and live.lab.frame is not None and live.lab.frame.step > 0, timeout=SECONDS)


def test_recent_files_are_opened_and_missing_ones_say_so(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    there, gone = tmp_path / "mine.stepviz", tmp_path / "gone.csv"
    there.write_bytes(encode(Experiment(seed=77)))
    live.window.remembered.note(recent=(str(gone), str(there)))
    page = opened(qtbot, live.window)
    first, second = page.sheet.files[:2]
    qtbot.waitUntil(lambda: not first.isEnabled())
    assert first.text() == "gone.csv"
    assert "not there any more" in first.accessibleDescription()
    assert not page.sheet.files[2].isVisible()
    assert str(tmp_path) in second.lines
    qtbot.mouseClick(second, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live.lab.experiment.seed == 77, timeout=SECONDS)
    qtbot.waitUntil(lambda: not page.isVisible())


def test_a_network_that_does_not_answer_keeps_nobody_waiting(
    qtbot: QtBot, live: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    answer = threading.Event()

    def late(_path: Path) -> str:
        answer.wait()
        return "the file is not there any more"

    monkeypatch.setattr(file_look, "missing_words", late)
    live.window.remembered.note(recent=("/share/mine.stepviz",))
    page = opened(qtbot, live.window)
    file = page.sheet.files[0]
    assert (file.text(), file.isEnabled()) == ("mine.stepviz", True)
    answer.set()
    qtbot.waitUntil(lambda: not file.isEnabled())
    assert "not there any more" in file.accessibleDescription()


def test_a_file_that_cannot_be_read_leaves_the_page_and_says_why_above_it(
    qtbot: QtBot, live: LiveLab, tmp_path: Path
) -> None:
    broken = tmp_path / "broken.stepviz"
    broken.write_text("{")
    live.window.remembered.note(recent=(str(broken),))
    page = opened(qtbot, live.window)
    qtbot.mouseClick(page.sheet.files[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: any("broken.stepviz" in text for text in live.window.notices.texts), timeout=SECONDS)
    assert page.isVisible()
    siblings = live.window.children()
    assert siblings.index(live.window.notices) > siblings.index(page)


def test_what_a_crash_left_is_offered(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    run = Run(Experiment(layers=(HiddenLayer(5),), seed=3))
    advance(run, 4)
    path = tmp_path / f"recovery-1{SUFFIX}"
    path.write_bytes(encode_session(session_of(run)))
    live.window.start.left_behind = path
    page = opened(qtbot, live.window)
    assert page.sheet.recovered.isVisible()
    qtbot.mouseClick(page.sheet.recovered, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step == 12, timeout=SECONDS)
    assert not page.isVisible()
    live.window.start.open()
    assert not page.sheet.recovered.isVisible()


def test_keys_and_buttons_that_change_the_run_show_it(qtbot: QtBot, live: LiveLab) -> None:
    page = opened(qtbot, live.window)
    qtbot.keyClick(page.sheet.continued, Qt.Key.Key_1)
    assert not page.isVisible()
    assert live.lab.experiment.layers[0].activation.name == "step"
    live.window.start.open()
    qtbot.waitUntil(lambda: not running(live), timeout=SECONDS)
    assert live.lab.frame is not None
    step = live.lab.frame.step
    button = live.window.transport.widgetForAction(live.window.transport.step)
    assert button is not None
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    assert not page.isVisible()
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step == step + 1, timeout=SECONDS)
    assert not running(live)


def test_it_stays_in_front_when_a_lesson_arranges_its_instruments_anew(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    window.lessons.open(shipped_lessons()[1])
    lessons = window.lessons.show
    assert lessons is not None
    before = lessons._plan
    window.start.open()
    page = window.start.page
    assert page is not None
    window.resize(1024, 1000)
    qtbot.waitUntil(lambda: lessons._plan != before)

    def in_front() -> bool:
        places = [QPoint(x, y) for x in range(100, 1000, 150) for y in range(150, 650, 100)]
        return all(found is page or page.isAncestorOf(found) for found in map(window.childAt, places) if found)

    qtbot.waitUntil(in_front)
    window.panel_docks["slice"].toggleViewAction().trigger()
    assert not page.isVisible(), "what was asked for is to be seen"


def test_the_time_slider_shows_the_past_not_the_page(qtbot: QtBot, live: LiveLab) -> None:
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step > 50, timeout=SECONDS)
    page = opened(qtbot, live.window)
    qtbot.waitUntil(lambda: not running(live), timeout=SECONDS)
    live.window.transport.time.setValue(0)
    assert not page.isVisible()
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step == 0, timeout=SECONDS)
    assert not running(live)


def test_a_lesson_shown_to_its_end_has_a_mark(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    window.lessons.open(shipped_lessons()[1])
    lessons = window.lessons.show
    assert lessons is not None
    assert lessons.player is not None
    lessons.go(len(lessons.player.lesson.scenes) - 1)
    live.lab.send(SetSpeed(None))
    window.start.open()
    page = window.start.page
    assert page is not None
    assert "end" not in page.sheet.cards[1].accessibleName()
    window.start.leave()
    qtbot.mouseClick(lessons.view.choice_buttons[0], Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: window.remembered.preferences.lessons_done == ("02-the-delta",), timeout=SECONDS)
    window.start.open()
    assert page.sheet.cards[1].accessibleName().endswith("12 minutes, shown to its end")
    assert "end" not in page.sheet.cards[0].accessibleName()


def test_on_stage_escape_leaves_the_page_before_the_stage(qtbot: QtBot, window: MainWindow) -> None:
    qtbot.keyClick(window, Qt.Key.Key_F5)
    qtbot.keyClick(window, Qt.Key.Key_Home, Qt.KeyboardModifier.AltModifier)
    page = window.start.page
    assert page is not None
    qtbot.waitUntil(lambda: page.geometry().top() == 0)
    qtbot.keyClick(page, Qt.Key.Key_Escape)
    assert not page.isVisible()
    assert window.presenter.on_stage
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.presenter.on_stage


def test_the_check_box_is_remembered(qtbot: QtBot, window: MainWindow) -> None:
    page = opened(qtbot, window)
    assert not page.at_start.isChecked()
    qtbot.mouseClick(page.at_start, Qt.MouseButton.LeftButton, pos=page.at_start.rect().center())
    assert window.remember().start_page
    page.at_start.click()
    assert not window.remember().start_page
