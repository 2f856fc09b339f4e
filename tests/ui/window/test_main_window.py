"""The whole lab, live: what a person does first, and what must never go wrong on stage."""

from __future__ import annotations

from pathlib import Path

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QMimeData, QObject, QPoint, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent, QMouseEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QTabBar, QWidget
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Choice, Experiment
from stepviz.engine.setup.experiment_file import encode
from stepviz.engine.setup.open_file import with_csv
from stepviz.engine.setup.switch import with_activation
from stepviz.instruments import ALWAYS_MEASURED, HIDDEN_AT_FIRST, INSTRUMENTS
from stepviz.probes.probe_table import PROBES
from stepviz.probes.stuck_units import StuckUnits
from stepviz.runtime.commands import Ask, SetSpeed
from stepviz.runtime.frame import Frame
from stepviz.ui.core.preferences import Preferences, seal, with_experiment
from stepviz.ui.instruments.panel_class import panel_class
from stepviz.ui.window.main_window import MainWindow
from tests.ui.live import open_lab

SHOWN_AT_FIRST = [name for name in INSTRUMENTS if name not in HIDDEN_AT_FIRST]
SECONDS = 10_000


def frame_of(live: LiveLab) -> Frame:
    assert live.lab.frame is not None
    return live.lab.frame


def wait_paused(qtbot: QtBot, live: LiveLab) -> None:
    qtbot.waitUntil(lambda: not frame_of(live).running, timeout=SECONDS)


def test_the_story_press_1_and_the_hidden_units_are_stuck(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    assert window.status.offer.isVisible()
    before = frame_of(live)
    qtbot.keyClick(window, Qt.Key.Key_1)

    def stuck() -> bool:
        units = frame_of(live).reading(StuckUnits)
        is_step = all(layer.activation.name == "step" for layer in frame_of(live).experiment.layers)
        return is_step and units is not None and units.stuck == 16

    qtbot.waitUntil(stuck, timeout=SECONDS)
    qtbot.waitUntil(lambda: "16 hidden units" in window.status.sentence.text(), timeout=SECONDS)
    assert frame_of(live).generation == before.generation, "the weights are kept"
    assert window.first_minute.key == "stand-in"
    assert any("Step" in mark.text for mark in frame_of(live).history.marks)
    qtbot.keyClick(window, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: frame_of(live).experiment.layers[0].activation.name == "tanh", timeout=SECONDS)


def test_every_panel_of_the_first_layout_is_on_screen_and_inside(live: LiveLab) -> None:
    window = live.window
    assert (window.width(), window.height()) == (1366, 768)
    places = {}
    for name in SHOWN_AT_FIRST:
        panel = window.panel_docks[name].panel
        assert panel is not None
        assert panel.isVisible()
        places[name] = panel.geometry().translated(panel.parentWidget().pos())
        assert places[name].width() > 300
        assert places[name].height() > 190
        assert window.rect().contains(places[name])
    rows = [SHOWN_AT_FIRST[:3], SHOWN_AT_FIRST[3:]]
    for row in rows:
        assert len({places[name].top() for name in row}) == 1
        assert [places[name].left() for name in row] == sorted(places[name].left() for name in row)
        assert max(places[name].width() for name in row) - min(places[name].width() for name in row) <= 4
    assert 250 <= window.editor_dock.width() <= 290


def test_an_instrument_that_is_asked_for_comes_to_the_front_and_its_tab_can_be_read(
    qtbot: QtBot, live: LiveLab
) -> None:
    window = live.window
    for name in HIDDEN_AT_FIRST:
        window.panel_docks[name].toggleViewAction().trigger()
        qtbot.waitUntil(lambda name=name: window.panel_docks[name].seen)
    qtbot.waitUntil(lambda: all(window.panel_docks[name].seen for name in HIDDEN_AT_FIRST))
    bars = [bar for bar in window.findChildren(QTabBar) if bar.isVisible()]
    assert sum(bar.count() for bar in bars) == len(INSTRUMENTS)
    for bar in bars:
        for tab in range(bar.count()):
            assert bar.fontMetrics().horizontalAdvance(bar.tabText(tab)) < bar.tabRect(tab).width(), bar.tabText(tab)


def test_a_larger_window_gives_its_room_to_the_instruments(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    editor = window.editor_dock.width()
    window.resize(1900, 1000)
    qtbot.waitUntil(lambda: window.panel_docks["loss"].width() > 500)
    assert abs(window.editor_dock.width() - editor) <= 2


def test_a_double_click_enlarges_and_another_puts_everything_back(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    dock = window.panel_docks["gradient_flow"]
    before = {name: other.geometry() for name, other in window.panel_docks.items() if other.isVisible()}
    qtbot.mouseDClick(dock.bar, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: dock.width() > 1300)
    assert not window.panel_docks["loss"].isVisible()
    assert not dock.isFloating()
    qtbot.mouseDClick(dock.bar, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: {name: window.panel_docks[name].geometry() for name in before} == before)


def test_escape_puts_the_enlarged_one_back_too(qtbot: QtBot, live: LiveLab) -> None:
    dock = live.window.panel_docks["loss"]
    assert dock.bar.enlarge is not None
    qtbot.mouseClick(dock.bar.enlarge, Qt.MouseButton.LeftButton)
    assert live.window.layout_of_docks.enlarged is dock
    qtbot.keyClick(live.window, Qt.Key.Key_Escape)
    assert live.window.layout_of_docks.enlarged is None
    assert live.window.panel_docks["network_diagram"].isVisible()


def test_only_what_can_be_seen_is_measured(qtbot: QtBot, live: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[frozenset[str]] = []
    send = live.lab.send

    def spy(command: object) -> None:
        if isinstance(command, Ask):
            asked.append(command.probes)
        send(command)  # type: ignore[arg-type]  # any command passes through

    monkeypatch.setattr(live.lab, "send", spy)
    surface = live.window.panel_docks["loss_surface"]
    qtbot.mouseClick(surface.bar.hide_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: bool(asked))
    assert "loss_surface" not in asked[-1]
    assert asked[-1] >= ALWAYS_MEASURED
    surface.toggleViewAction().trigger()
    qtbot.waitUntil(lambda: "loss_surface" in asked[-1])


def test_a_panel_that_is_hidden_gets_no_frames(qtbot: QtBot, live: LiveLab, monkeypatch: pytest.MonkeyPatch) -> None:
    dock = live.window.panel_docks["loss"]
    dock.close()
    numbers: list[int] = []
    monkeypatch.setattr(dock.panel, "show_frame", lambda frame: numbers.append(frame.number))
    first = frame_of(live).number
    qtbot.waitUntil(lambda: frame_of(live).number > first + 3, timeout=SECONDS)
    assert numbers == []


def test_an_instrument_that_fails_does_not_take_the_others_with_it(
    qtbot: QtBot, live: LiveLab, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken, later = live.window.panel_docks["response"], live.window.panel_docks["gradient_flow"]
    numbers: list[int] = []
    monkeypatch.setattr(broken.panel, "show_numbers", lambda whole: 1 // 0)
    monkeypatch.setattr(later.panel, "show_numbers", lambda whole: numbers.append(whole.number))
    with qtbot.captureExceptions() as errors:
        qtbot.waitUntil(lambda: len(numbers) > 3, timeout=SECONDS)
        monkeypatch.undo()
    assert {kind for kind, *_ in errors} == {ZeroDivisionError}


def test_a_divergence_pauses_and_one_step_back_leads_out(qtbot: QtBot, live: LiveLab) -> None:
    straight = with_activation(live.lab.experiment, "linear")
    explosive = replace(straight, loss="squared-error", learning_rate=1e4, optimizer=Choice("sgd"))
    live.lab.change(explosive, "Blow up")
    qtbot.waitUntil(lambda: frame_of(live).diverged is not None, timeout=SECONDS)
    assert not frame_of(live).running
    # The sentence before it may still be owed its time.
    qtbot.waitUntil(lambda: "Diverged at step" in live.window.status.sentence.text(), timeout=SECONDS)
    qtbot.mouseClick(live.window.status.back, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: frame_of(live).diverged is None, timeout=SECONDS)
    assert frame_of(live).step > 0


def test_what_is_refused_is_said_and_the_run_goes_on(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    gone = replace(live.lab.experiment, data=replace(live.lab.experiment.data, name="csv", path="/gone/rings.csv"))
    live.lab.change(gone, "Gone")
    qtbot.waitUntil(lambda: bool(window.notices.texts), timeout=SECONDS)
    assert "rings.csv" in window.notices.texts[0]
    assert live.lab.experiment.data.name == "circle"
    step = frame_of(live).step
    qtbot.waitUntil(lambda: frame_of(live).step > step, timeout=SECONDS)


def test_what_needs_a_csv_is_off_without_one(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    actions = {action.text().replace("&", ""): action for action in live.window.menus.menus["File"].actions()}
    entries = [actions["Choose columns…"], actions["Put the CSV inside"]]
    assert [entry.isEnabled() for entry in entries] == [False, False]
    path = tmp_path / "rings.csv"
    path.write_text("x,y,t\n" + "".join(f"{n},{n * n},{'ab'[n % 2]}\n" for n in range(20)))
    live.lab.change(with_csv(live.lab.experiment, path), "Open a table")
    qtbot.waitUntil(lambda: live.lab.experiment.data.name == "csv", timeout=SECONDS)
    assert [entry.isEnabled() for entry in entries] == [True, True]
    entries[1].trigger()
    qtbot.waitUntil(lambda: bool(live.lab.experiment.data.content), timeout=SECONDS)
    assert [entry.isEnabled() for entry in entries] == [True, False]


def test_one_step_is_one_step(qtbot: QtBot, live: LiveLab) -> None:
    qtbot.keyClick(live.window, Qt.Key.Key_Space)
    wait_paused(qtbot, live)
    step = frame_of(live).step
    qtbot.keyClick(live.window, Qt.Key.Key_S)
    qtbot.waitUntil(lambda: frame_of(live).step == step + 1 and not frame_of(live).running, timeout=SECONDS)
    assert live.window.transport.counters["step"].text() == f"{step + 1:,}"


def test_keys_go_to_the_field_that_is_being_typed_in(qtbot: QtBot, live: LiveLab) -> None:
    count = live.window.transport.count
    count.setFocus()
    count.selectAll()
    for key in (Qt.Key.Key_1, Qt.Key.Key_2):
        qtbot.keyClick(count, key)
    assert count.text() == "12"
    assert live.lab.experiment.layers[0].activation.name == "tanh"


def test_arrows_move_the_slider_that_has_the_focus_and_space_still_pauses(qtbot: QtBot, live: LiveLab) -> None:
    speed = live.window.transport.speed
    speed.setFocus()
    before, step = speed.value(), frame_of(live).step
    qtbot.keyClick(speed, Qt.Key.Key_Right)
    assert speed.value() == before + 1
    assert frame_of(live).running
    assert frame_of(live).step >= step
    qtbot.keyClick(speed, Qt.Key.Key_Space)
    wait_paused(qtbot, live)


def test_space_presses_the_button_that_the_tab_key_has_reached(qtbot: QtBot, live: LiveLab) -> None:
    button = live.window.strip.buttons["relu"]
    live.window.strip.buttons["tanh"].setFocus()
    qtbot.keyClick(live.window.strip.buttons["tanh"], Qt.Key.Key_Tab)
    assert button.hasFocus()
    qtbot.keyClick(button, Qt.Key.Key_Space)
    assert live.lab.experiment.layers[0].activation.name == "relu"
    assert frame_of(live).running


def test_space_after_a_click_on_a_button_pauses(qtbot: QtBot, live: LiveLab) -> None:
    button = live.window.strip.buttons["relu"]
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
    qtbot.keyClick(button, Qt.Key.Key_Space)
    wait_paused(qtbot, live)


def test_a_file_that_is_dropped_is_opened(qtbot: QtBot, live: LiveLab, tmp_path: Path) -> None:
    path = tmp_path / "dropped.stepviz"
    path.write_bytes(encode(Experiment(seed=42)))
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path))])
    event = QDropEvent(
        QPointF(300, 300), Qt.DropAction.CopyAction, data, Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    )
    live.window.dropEvent(event)
    qtbot.waitUntil(lambda: frame_of(live).experiment.seed == 42, timeout=SECONDS)
    assert live.window.windowTitle() == "dropped.stepviz[*] – stepviz"
    assert not live.window.isWindowModified()
    assert live.window.remembered.preferences.recent == (str(path),)
    live.window.file_menu.recent.aboutToShow.emit()
    assert [action.text() for action in live.window.file_menu.recent.actions()] == ["dropped.stepviz"]
    qtbot.keyClick(live.window, Qt.Key.Key_N)
    qtbot.waitUntil(live.window.isWindowModified)


def test_the_lab_is_as_it_was_left(qtbot: QtBot) -> None:
    first = open_lab(qtbot)
    first.window.panel_docks["loss"].close()
    first.window.panel_docks["diagnosis"].toggleViewAction().trigger()
    first.window.appearance.set_theme("dark")
    first.lab.change(Experiment(seed=9), "Seed")
    first.window.transport.set_speed(None)
    first.window.layout_of_docks.enlarge(first.window.panel_docks["activation"])
    kept = first.window.remember()
    first.window.close()
    experiment = kept.last_experiment()
    assert experiment == Experiment(seed=9)
    second = open_lab(qtbot, experiment, kept)
    docks = second.window.panel_docks
    assert [name for name in INSTRUMENTS if docks[name].toggleViewAction().isChecked()] == [
        name for name in INSTRUMENTS if name != "loss" and (name in SHOWN_AT_FIRST or name == "diagnosis")
    ]
    assert second.theme.colours.dark
    assert second.window.transport.speed_label.text() == "full speed"
    assert second.window.status.offer.isVisible(), "no offer was declined"
    second.window.appearance.set_theme("light")
    second.window.close()


@pytest.mark.parametrize("how", ["load", "enlarge", "reset"])
def test_a_line_between_docks_is_let_go_where_the_docks_are_put_elsewhere(
    qtbot: QtBot, live: LiveLab, how: str
) -> None:
    """Qt moved docks that were no more where such a line was pressed a second time: the process ended."""
    window, docks = live.window, live.window.layout_of_docks
    hand = window.windowHandle()
    window.transport.play.trigger()
    for dock in (dock for dock in window.panel_docks.values() if dock.isVisible()):
        edge, left = dock.geometry(), Qt.MouseButton.LeftButton
        for place in (QPoint(edge.right() + 2, edge.center().y()), QPoint(edge.center().x(), edge.bottom() + 2)):
            if not window.rect().contains(place) or window.childAt(place) is not None:
                continue
            QTest.mousePress(hand, left, pos=place)
            if how == "load":
                docks.load(docks.save())
            elif how == "enlarge":
                docks.enlarge(dock)
                docks.restore()
            else:
                docks.reset()
            qtbot.wait(1)
            before = [other.geometry() for other in window.panel_docks.values()]
            QTest.mouseMove(hand, place + QPoint(-40, -40))
            assert [other.geometry() for other in window.panel_docks.values()] == before
            QTest.mousePress(hand, left, pos=place)
            QTest.mouseMove(hand, place + QPoint(-30, -30))
            QTest.mouseRelease(hand, left, pos=place)


def test_the_pointer_leaves_a_line_between_docks_that_are_put_elsewhere(live: LiveLab) -> None:
    """Qt asked where the line is that the pointer was on, of docks that had no such line: the process ended."""
    window, docks = live.window, live.window.layout_of_docks
    edge = window.panel_docks["response"].geometry()
    for how in (lambda: docks.load(docks.save()), docks.reset):
        _point_at(window, QPoint(edge.right() + 2, edge.center().y()))
        assert window.cursor().shape() == Qt.CursorShape.SplitHCursor
        how()
        assert window.cursor().shape() == Qt.CursorShape.ArrowCursor
        _point_at(window, QPoint(edge.right() + 9, edge.center().y()))


def _point_at(window: MainWindow, place: QPoint) -> None:
    at, none = QPointF(place), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, at, window.mapToGlobal(at), none, none, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(window, move)


def test_reset_layout_brings_everything_back(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    for name in ("loss", "response"):
        window.panel_docks[name].close()
    window.panel_docks["activation"].setFloating(True)
    window.layout_of_docks.enlarge(window.panel_docks["stuck_units"])
    window.reset_layout()
    assert [name for name in INSTRUMENTS if not window.panel_docks[name].isHidden()] == SHOWN_AT_FIRST
    assert not any(dock.isFloating() for dock in window.panel_docks.values())
    qtbot.waitUntil(lambda: window.panel_docks["loss"].width() > 340)


@pytest.mark.parametrize("layout", [b"x", b"\x00" * 500, seal(bytes(range(256)) * 20), seal(b"")])
def test_a_broken_layout_is_the_first_layout(qtbot: QtBot, layout: bytes) -> None:
    live = open_lab(qtbot, Experiment(), Preferences(theme="light", layout=layout, geometry=layout))
    assert all(live.window.panel_docks[name].isVisible() for name in SHOWN_AT_FIRST)
    assert "layout" in live.window.notices.texts[0]
    live.window.close()


def test_larger_type_and_the_other_theme_reach_every_corner(qtbot: QtBot, live: LiveLab) -> None:
    window = live.window
    before = window.transport.counters["step"].font().pointSizeF()
    window.appearance.scale_type(1)
    assert window.transport.counters["step"].font().pointSizeF() == pytest.approx(1.1 * before)
    for _ in range(9):
        window.appearance.scale_type(-1)
    assert window.remembered.preferences.type_scale == 0.8
    window.theme.scale_type(1.0)
    assert window.transport.counters["step"].font().pointSizeF() == pytest.approx(before)
    window.appearance.set_theme("dark")
    number = frame_of(live).number
    qtbot.waitUntil(lambda: frame_of(live).number > number + 2, timeout=SECONDS)
    picture = window.grab().toImage()
    corners = [(3, 60), (picture.width() - 3, 60), (picture.width() - 3, picture.height() - 3)]
    assert all(picture.pixelColor(x, y).lightness() < 90 for x, y in corners)
    window.appearance.set_theme("light")


@pytest.mark.parametrize("key", [Qt.Key.Key_F1, None])
def test_help_stands_beside_the_lab_and_does_not_stop_it(qtbot: QtBot, live: LiveLab, key: Qt.Key | None) -> None:
    window = live.window
    if key is not None:
        qtbot.keyClick(window, key)
    else:
        window.menus.menus["Help"].actions()[-1].trigger()
    dialogs = window.findChildren(QDialog)
    assert len(dialogs) == 1
    assert not dialogs[0].isModal()
    number = frame_of(live).number
    qtbot.waitUntil(lambda: frame_of(live).number > number + 2, timeout=SECONDS)
    dialogs[0].close()


def test_no_key_means_two_things(live: LiveLab) -> None:
    keys = [
        key.toString()
        for menu in live.window.menus.menus.values()
        for action in menu.actions()
        for key in action.shortcuts()
    ]
    assert sorted(keys) == sorted(set(keys))
    assert {"Space", "1", "9", "R", "N", "F11", "F1", "Ctrl+O", "Ctrl+S", "Ctrl+Z"} <= set(keys)


def test_opened_and_closed_in_quick_succession(qtbot: QtBot) -> None:
    for seed in range(3):
        live = LiveLab(Experiment(seed=seed), Preferences(theme="light"))
        live.start()
        live.window.close()
        assert not live.worker.alive


def test_what_is_remembered_from_the_start_is_what_was_given(qtbot: QtBot) -> None:
    sent: list[object] = []
    live = LiveLab(Experiment(), with_experiment(Preferences(theme="light", speed=50.0), Experiment()))
    live.lab.send = sent.append  # type: ignore[method-assign,assignment]  # a spy
    MainWindow(live.lab, live.theme, Preferences(theme="light", speed=50.0)).close()
    assert SetSpeed(50.0) in sent
    live.stop()
    live.window.close()


def test_every_panel_of_the_table_says_what_it_is(qtbot: QtBot) -> None:
    for name in INSTRUMENTS:
        instrument = panel_class(name).instrument
        assert instrument is INSTRUMENTS[name]
        assert instrument.title
        assert 10 < len(instrument.summary) < 140
        assert instrument.probes <= PROBES.keys()
        assert instrument.behind is None or INSTRUMENTS[instrument.behind].behind is None


class ShownWindows(QObject):
    """Notes every widget that is shown as a window of its own."""

    def __init__(self) -> None:
        super().__init__()
        self.names: list[str] = []

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Show and isinstance(watched, QWidget) and watched.isWindow():
            self.names.append(f"{type(watched).__name__} {watched.accessibleName()}")
        return False


def test_no_part_flashes_as_a_window_of_its_own(qtbot: QtBot, qapp: QApplication) -> None:
    shown = ShownWindows()
    qapp.installEventFilter(shown)
    live = open_lab(qtbot)
    try:
        for dock in live.window.panel_docks.values():
            dock.show()
            dock.raise_()
            qtbot.waitUntil(lambda dock=dock: dock.panel is not None)
        assert [name for name in shown.names if not name.startswith("MainWindow")] == []
    finally:
        qapp.removeEventFilter(shown)
        live.window.close()
