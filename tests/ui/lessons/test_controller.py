"""A lesson in the window, pressed through as a lecturer does."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QCoreApplication, Qt, QTimer
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment
from stepviz.lessons.library import find_lesson, shipped_lessons
from stepviz.lessons.player import Player
from stepviz.runtime.commands import Play, SetSpeed
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.instruments.loss_surface.panel import MOVING, LossSurfacePanel
from stepviz.ui.lessons.controller import LessonShow
from stepviz.ui.lessons.lesson_view import LessonView

SECONDS = 30_000
MOST_PAGES = 6


def opened(live: LiveLab, name: str) -> tuple[LessonShow, Player]:
    live.window.lessons.open(find_lesson(name))
    show = live.window.lessons.show
    assert show is not None
    assert show.player is not None
    return show, show.player


def signs(view: LessonView) -> list[str]:
    return [claim.sign.text() for claim in view.claim_views]


def through(qtbot: QtBot, show: LessonShow, player: Player) -> list[str]:
    """Answer what is asked, wait for the end of the scene, and return how its claims stand."""
    if player.waits_for_prediction:
        assert not show.view.claims.isVisible()
        qtbot.mouseClick(show.view.choice_buttons[0], Qt.MouseButton.LeftButton)
    # What is measured does not depend on the speed.
    show._lab.send(SetSpeed(None))
    qtbot.waitUntil(lambda: not player.may_run, timeout=SECONDS)
    return [verdict.state for verdict in player.verdicts]


def press_on(qtbot: QtBot, window: QWidget, player: Player) -> None:
    """Press PageDown until the next scene is there: of a long one it shows the rest first. At the end nothing comes."""
    index = player.index
    for _press in range(MOST_PAGES):
        qtbot.keyClick(window, Qt.Key.Key_PageDown)
        if player.index != index:
            return
    assert player.at_end


def test_the_menu_lists_the_ten_lessons(live: LiveLab) -> None:
    live.window.lessons.menu.aboutToShow.emit()
    titles = [action.text() for action in live.window.lessons.menu.actions()]
    assert len(titles) == len(shipped_lessons()) == 10
    assert titles[0].startswith("1. ")


def test_a_message_stays_above_the_instruments_of_a_lesson(qtbot: QtBot, live: LiveLab) -> None:
    notices = live.window.notices
    notices.tell("The film is in loss.gif")
    opened(live, "2")

    def seen() -> QWidget | None:
        return live.window.childAt(notices.geometry().center())

    qtbot.waitUntil(lambda: (found := seen()) is not None and notices.isAncestorOf(found))


def test_the_window_is_named_after_the_lesson_while_it_is_shown(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "2")
    assert live.window.windowTitle() == f"{player.lesson.card.title}[*] – stepviz"
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    assert live.window.windowTitle() == "untitled[*] – stepviz"


def test_a_lesson_is_pressed_through_and_its_claims_hold(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    assert show.dock.isVisible()
    assert not live.window.editor_dock.isVisible()
    for index, scene in enumerate(player.lesson.scenes):
        assert player.index == index
        assert show.view.heading.text() == scene.title
        assert live.lab.experiment == scene.experiment
        assert set(through(qtbot, show, player)) <= {"holds"}
        if index < len(player.lesson.scenes) - 1:
            press_on(qtbot, live.window, player)
    assert show.view.forward_button.text() in ("Next lesson ▶", "More ▼")
    qtbot.waitUntil(lambda: signs(show.view) == ["✓"] * len(player.scene.claims))


def test_beyond_the_first_and_the_last_scene_a_clicker_begins_nothing_again(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    for key, last in ((Qt.Key.Key_PageUp, 0), (Qt.Key.Key_PageDown, len(player.lesson.scenes) - 1)):
        show.go(last - player.index)
        through(qtbot, show, player)
        record = player.record
        for _press in range(MOST_PAGES):
            qtbot.keyClick(live.window, key)
        assert player.index == last
        assert player.record is record


def test_the_same_scene_shows_the_same_numbers_again(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    through(qtbot, show, player)
    first = [str(verdict) for verdict in player.verdicts]
    qtbot.mouseClick(show.view.again_button, Qt.MouseButton.LeftButton)
    through(qtbot, show, player)
    assert [str(verdict) for verdict in player.verdicts] == first


def test_a_scene_without_steps_stays_where_it_begins(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "3")
    assert player.scene.steps == 0
    assert through(qtbot, show, player) == ["holds", "holds"]
    assert live.lab.frame is not None
    before = live.lab.frame
    qtbot.waitUntil(lambda: live.lab.frame is not before or not live.lab.frame.running)
    assert (live.lab.frame.step, live.lab.frame.running) == (0, False)


def test_a_change_by_hand_is_no_longer_the_scenes_run(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    live.window.strip.switch("relu")
    assert player.altered
    qtbot.mouseClick(show.view.again_button, Qt.MouseButton.LeftButton)
    assert not player.altered
    assert live.lab.experiment == player.scene.experiment


def test_the_panels_of_a_scene_that_matter_are_pointed_at(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "3")

    def pointed_at() -> set[str]:
        return {name for name, dock in live.window.panel_docks.items() if dock.bar.title.text().startswith("▸ ")}

    assert pointed_at() == set(player.scene.highlight) == {"loss_surface"}
    assert live.window.panel_docks["loss_surface"].bar.title.accessibleDescription() == "Look here"
    show.go(3)
    assert pointed_at() == set(player.scene.highlight) == {"response", "loss_surface"}
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    assert pointed_at() == set()


def test_after_a_lesson_nothing_pauses_the_run_where_its_scene_ended(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "1")
    assert player.scene.steps > 0
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    live.window.menus.menus["File"].actions()[0].trigger()
    live.window.transport.set_speed(None)
    live.lab.send(Play())

    def beyond() -> bool:
        frame = live.lab.frame
        return frame is not None and frame.experiment == Experiment() and frame.step > player.scene.steps

    qtbot.waitUntil(beyond, timeout=SECONDS)


def test_an_instrument_enlarged_and_put_back_does_not_end_the_lesson(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "2")
    layout = live.window.layout_of_docks
    layout.enlarge(live.window.panel_docks["loss"])
    layout.restore()
    layout.enlarge(live.window.panel_docks["loss"])
    press_on(qtbot, live.window, player)
    QCoreApplication.processEvents()
    assert (show.player, player.index, layout.enlarged) == (player, 1, None)
    assert show.dock.isVisible()


def test_a_lesson_goes_on_in_a_window_of_its_own(qtbot: QtBot, live: LiveLab) -> None:
    show, player = opened(live, "2")
    show.dock.setFloating(True)
    QCoreApplication.processEvents()
    assert (show.player, show.dock.isVisible()) == (player, True)
    show.go(1)
    assert player.index == 1
    show.dock.setFloating(False)
    QCoreApplication.processEvents()
    assert (show.player, show.dock.isVisible()) == (player, True)


def test_closing_the_dock_ends_the_lesson(qtbot: QtBot, live: LiveLab) -> None:
    show, _ = opened(live, "2")
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    assert live.window.editor_dock.isVisible()


@pytest.mark.parametrize("name", ["1", "2"])
def test_a_lesson_may_be_opened_while_an_instrument_is_enlarged(qtbot: QtBot, live: LiveLab, name: str) -> None:
    opened(live, "2")
    layout, dock = live.window.layout_of_docks, live.window.panel_docks["response"]
    qtbot.waitUntil(dock.isVisible)
    layout.toggle(dock)
    show, player = opened(live, name)
    qtbot.waitUntil(lambda: not show._ending.isActive())
    assert show.player is player
    assert show.dock.isVisible()
    assert layout.enlarged is None
    assert live.lab.experiment == player.scene.experiment


@pytest.mark.long
@pytest.mark.parametrize("folder", [folder.name for folder in shipped_lessons()])
def test_every_lesson_is_pressed_through(qtbot: QtBot, live: LiveLab, folder: str) -> None:
    show, player = opened(live, folder)
    for index in range(len(player.lesson.scenes)):
        assert player.index == index
        assert set(through(qtbot, show, player)) <= {"holds"}, player.scene.title
        press_on(qtbot, live.window, player)


def test_a_lesson_that_cannot_be_read_is_said(live: LiveLab, tmp_path: Path) -> None:
    (tmp_path / "lesson.md").write_text("no front matter")
    live.window.lessons.open(tmp_path)
    assert "lesson.md" in live.window.notices.texts[-1]


def test_instruments_look_at_what_the_scene_says_while_it_runs_and_afterwards_at_their_own(
    qtbot: QtBot, live: LiveLab
) -> None:
    own = live.lab.options("loss_surface")
    show, player = opened(live, "3")
    said = {key: getattr(player.scene.options["loss_surface"], key) for key in ("directions", "second", "span")}
    assert said == {"directions": "parameters", "second": 1, "span": 16.0}
    press_on(qtbot, live.window, player)
    through(qtbot, show, player)
    panel = live.window.panel_docks["loss_surface"].panel
    assert isinstance(panel, LossSurfacePanel)

    def stands() -> bool:
        shown = panel.map.surface
        return shown is not None and shown.step == player.scene.steps and len(shown.alpha) > MOVING

    qtbot.waitUntil(stands, timeout=SECONDS)
    assert panel.map.surface is not None
    assert {key: getattr(panel.map.surface.options, key) for key in said} == said
    assert panel.controls.directions.text().strip() == "Parameters"
    show.dock.close()
    qtbot.waitUntil(lambda: show.player is None)
    assert replace(live.lab.options("loss_surface"), resolution=own.resolution) == own


def test_a_scene_that_says_nothing_shows_the_same_whichever_was_shown_before_it(live: LiveLab) -> None:
    show, player = opened(live, "1")
    seen = {}
    for index in (*range(len(player.lesson.scenes)), *reversed(range(len(player.lesson.scenes)))):
        show.go(index - player.index)
        options = {name: live.lab.options(name) for name in player.options}
        assert seen.setdefault(index, options) == options
    assert len({str(options) for options in seen.values()}) > 1


def test_on_stage_the_window_is_no_larger_than_its_screen_also_where_the_instruments_before_were(
    qtbot: QtBot, live: LiveLab
) -> None:
    window = live.window
    window.presenter.enter()
    screen = window.screen().size()
    window.resize(screen.width() + 500, screen.height())
    qtbot.waitUntil(lambda: window.width() > screen.width())
    opened(live, "1")
    qtbot.waitUntil(lambda: window.size() == screen)
    window.presenter.leave()


def test_a_lesson_opened_with_the_window_keeps_its_own_sharing_of_the_room(
    qtbot: QtBot, monkeypatch: pytest.MonkeyPatch
) -> None:
    live = LiveLab(Experiment(), Preferences(theme="light"))
    layout, done = live.window.layout_of_docks, []
    share, arrange = layout.share_room, layout.arrange
    monkeypatch.setattr(layout, "share_room", lambda: (done.append("share"), share()))
    monkeypatch.setattr(layout, "arrange", lambda *how: (done.append("arrange"), arrange(*how)))
    # As ``stepviz LESSON`` does: before the room of the default layout is shared, once the window has its size.
    QTimer.singleShot(0, live.window, lambda: opened(live, "1"))
    live.start(play=False)
    passed: list[bool] = []
    QTimer.singleShot(0, live.window, lambda: passed.append(True))
    qtbot.waitUntil(lambda: bool(passed) and "arrange" in done)
    assert done.index("share") < done.index("arrange")
    assert done.count("share") == 1
    live.window.close()
