"""The window of studies, clicked as a person does: choose, change, run, cancel and go on, copy, close while it runs."""

from __future__ import annotations

import shlex
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.cli import main as command_line
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.commands import Command
from stepviz.studies import study as study_module
from stepviz.studies.backends import one_process
from stepviz.studies.run import run_study
from stepviz.studies.study_table import STUDIES
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.studies.result_table import order_key
from stepviz.ui.studies.window import StudiesWindow
from tests.studies.processes import command_of, own_processes

SECONDS = 60_000
BASE = Experiment(seed=3)
SMALL = {"depth": ["4"], "width": ["2", "3"]}


EARLIER: set[int] = set()


@pytest.fixture(autouse=True)
def note_processes() -> None:
    """Take note of what other tests may have left."""
    EARLIER.clear()
    EARLIER.update(process.pid for process in own_processes())


def new_processes() -> list[psutil.Process]:
    """Return the processes that a study of this test has."""
    return [process for process in own_processes() if process.pid not in EARLIER]


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[StudiesWindow]:
    main = QWidget()
    qtbot.addWidget(main)
    found = StudiesWindow(Lab(BASE, lambda _command: None), Theme("light"), main)
    found.resize(1366, 768)
    found.open()
    yield found
    found.close()
    found.forget()
    assert not any(thread.name == "stepviz-study" for thread in threading.enumerate())
    assert new_processes() == []


def fill(qtbot: QtBot, window: StudiesWindow, **texts: str) -> None:
    for name, text in texts.items():
        editor = window.form.fields[name].editor
        editor.selectAll()
        qtbot.keyClicks(editor, text)


def press_run(qtbot: QtBot, window: StudiesWindow) -> None:
    qtbot.mouseClick(window.bar.run, Qt.MouseButton.LeftButton)


def wait_for_the_end(qtbot: QtBot, window: StudiesWindow) -> None:
    qtbot.waitUntil(lambda: window.running is None, timeout=SECONDS)


def small_born_dead(qtbot: QtBot, window: StudiesWindow, folder: Path, seeds: int = 500) -> None:
    fill(qtbot, window, depth="4", width="2, 3", seeds=str(seeds))
    window.folder.editor.setText(str(folder))


def names_in(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir() if path.is_file()}


@pytest.mark.parametrize("key", STUDIES)
def test_every_study_has_a_page_whose_form_orders_its_defaults(window: StudiesWindow, key: str) -> None:
    window.choose(key)
    study = STUDIES[key]
    assert window.title.text() == study.title
    assert window.asks.text() == study.asks
    assert study.paper in window.paper.text()
    assert list(window.form.fields) == [*(setting.name for setting in study.settings), "seeds", "seed"]
    order = window.form.order(Path("somewhere"))
    assert order.values == {setting.name: setting.default for setting in study.settings}
    assert (order.seeds, order.seed) == (study.draws, 0)
    assert window.bar.run.isEnabled()
    assert not window.grab().isNull()


def test_a_run_ends_with_the_table_that_the_library_gives_and_the_files_of_the_command(
    qtbot: QtBot, window: StudiesWindow, tmp_path: Path
) -> None:
    small_born_dead(qtbot, window, tmp_path / "window")
    fill(qtbot, window, seed="7")
    press_run(qtbot, window)
    assert not window.bar.run.isEnabled()
    assert window.bar.cancel.isEnabled()
    assert "The lab's run rests" in window.bar.words.text()
    wait_for_the_end(qtbot, window)
    wanted = run_study("born-dead", SMALL, 500, seed=7, backend=one_process).table
    model = window.results.table.results
    assert [[column.values[row] for row in range(2)] for column in model.columns if not column.low] == [
        list(values) for name, values in wanted.columns.items()
        if name not in ("share", "one_point_share") and not name.endswith(("_low", "_high"))
    ]  # fmt: skip
    share = next(column for column in model.columns if column.name == "share")
    assert list(share.low) == list(wanted.columns["share_low"])
    assert list(share.high) == list(wanted.columns["share_high"])
    assert [column.name for column in model.columns if column.closed_form] == list(STUDIES["born-dead"].closed_forms)
    assert "done, 1,000 networks" in window.bar.words.text()
    assert "500 networks per cell, first seed 7" in window.results.caption.text()
    assert window.results.chart.chart is not None
    assert not window.grab().isNull()
    fill(qtbot, window, width="2, 3, 4")
    assert "something else by now" in window.results.caption.text()
    fill(qtbot, window, width="2, 3")
    assert "something else" not in window.results.caption.text()
    # The command that is copied writes the same bytes.
    qtbot.mouseClick(window.copying, Qt.MouseButton.LeftButton)
    line = QGuiApplication.clipboard().text()
    assert line.startswith("stepviz study born-dead --depth 4 --width 2,3 --seeds 500 --seed 7 -o ")
    words = [word.replace(str(tmp_path / "window"), str(tmp_path / "command")) for word in shlex.split(line)]
    assert command_line([*words[1:], "--jobs", "1"]) == 0
    assert names_in(tmp_path / "window") == {f"born-dead.{kind}" for kind in ("csv", "json", "svg", "png")}
    for name in names_in(tmp_path / "window"):
        assert (tmp_path / "window" / name).read_bytes() == (tmp_path / "command" / name).read_bytes()


def test_a_bad_value_is_said_at_its_field_and_keeps_the_study_from_running(qtbot: QtBot, window: StudiesWindow) -> None:
    width = window.form.fields["width"]
    fill(qtbot, window, width="2, x")
    assert "found x, expected a whole number from 1 to 200" in width.hint.text()
    for button in (window.bar.run, window.copying):
        window.list.setFocus()
        qtbot.mouseClick(button, Qt.MouseButton.LeftButton)
        assert window.running is None
        assert window.focusWidget() is width.editor
        assert "see the field" in window.bar.words.text()
    fill(qtbot, window, width="3, 3")
    assert "each value once" in width.hint.text()
    fill(qtbot, window, width="3", seeds="0")
    assert width.complaint == ""
    assert "from 1 to 10,000,000" in window.form.fields["seeds"].hint.text()
    fill(qtbot, window, seeds="10")
    assert not any(field.complaint for field in window.form.fields.values())


def test_what_only_the_study_itself_can_refuse_is_said_at_the_field(qtbot: QtBot, window: StudiesWindow) -> None:
    window.choose("sweep")
    vary, file = window.form.fields["vary"], window.form.fields["experiment"]
    for text, complaint in (("learning_rate=abc", "learning_rate"), ("nonsense=1,2", "nonsense"), ("x", "found x")):
        fill(qtbot, window, vary=text)
        press_run(qtbot, window)
        wait_for_the_end(qtbot, window)
        assert complaint in vary.hint.text()
        assert "see the field" in window.bar.words.text()
        assert window.results.order is None
    fill(qtbot, window, vary="l2=0", experiment="missing.stepviz")
    assert vary.complaint == ""
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    assert "missing.stepviz: cannot be read" in file.hint.text()
    (path := Path(window.folder.path("sweep")) / "broken.stepviz").write_text("{")
    file.put(str(path))
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    assert "broken.stepviz, line 1" in file.hint.text()


def test_a_sweep_takes_the_experiment_that_is_in_the_lab(qtbot: QtBot, window: StudiesWindow, tmp_path: Path) -> None:
    window.choose("sweep")
    window.lab.experiment = replace(BASE, seed=11, batch_size=7)
    window.folder.editor.setText(str(tmp_path))
    fill(qtbot, window, vary="activation=step,relu", seeds="2", steps="30")
    qtbot.keyClick(window.form.fields["vary"].editor, Qt.Key.Key_Return)
    qtbot.keyClicks(window.form.fields["vary"].editor, "l2=0,0.1")
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    path = tmp_path / "sweep-experiment.stepviz"
    given = {"experiment": [str(path)], "vary": ["activation=step,relu", "l2=0,0.1"], "steps": [30]}
    wanted = run_study("sweep", given, 2, backend=one_process).table.columns
    columns = {column.name: list(column.values) for column in window.results.table.results.columns}
    assert columns["train_loss"] == wanted["train_loss"]
    assert len(columns["train_loss"]) == 4
    # It is the lab's own that was trained, not the default one.
    other = run_study("sweep", {**given, "experiment": []}, 2, backend=one_process).table.columns
    assert columns["train_loss"] != other["train_loss"]
    assert "of diverged share the 95 % interval" in window.results.key.text()


def test_cancelled_in_the_middle_it_goes_on_where_it_was(
    qtbot: QtBot, window: StudiesWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(study_module, "LARGEST_CHUNK", 2**15)
    small_born_dead(qtbot, window, tmp_path, seeds=12_000)
    press_run(qtbot, window)
    qtbot.waitUntil(lambda: window.bar.bar.value() > 0, timeout=SECONDS)
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    wait_for_the_end(qtbot, window)
    assert new_processes() == []
    assert "cancelled" in window.bar.words.text()
    assert window.results.order is None
    kept = len(list((tmp_path / "chunks").iterdir()))
    assert kept > 0
    assert not (tmp_path / "born-dead.csv").exists()
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    assert "kept from before" in window.bar.words.text()
    wanted = run_study("born-dead", SMALL, 12_000, backend=one_process).table.columns
    columns = {column.name: list(column.values) for column in window.results.table.results.columns}
    assert columns["born_dead"] == wanted["born_dead"]


def test_one_long_part_is_cancelled_at_once_and_closing_leaves_nothing(qtbot: QtBot, window: StudiesWindow) -> None:
    window.choose("sweep")
    fill(qtbot, window, vary="l2=0", seeds="1", steps="10000000")
    press_run(qtbot, window)
    qtbot.waitUntil(lambda: new_processes() != [], timeout=SECONDS)
    qtbot.mouseClick(window.bar.cancel, Qt.MouseButton.LeftButton)
    wait_for_the_end(qtbot, window)
    assert "cancelled before anything was finished" in window.bar.words.text()
    press_run(qtbot, window)
    qtbot.waitUntil(lambda: new_processes() != [], timeout=SECONDS)
    window.close()
    assert window.running is None
    assert new_processes() == []
    window.open()
    assert window.bar.run.isEnabled()


def test_a_process_that_is_killed_is_said_and_the_window_stays_usable(
    qtbot: QtBot, window: StudiesWindow, tmp_path: Path
) -> None:
    window.choose("sweep")
    fill(qtbot, window, vary="l2=0", seeds="1", steps="10000000")
    press_run(qtbot, window)
    qtbot.waitUntil(lambda: new_processes() != [], timeout=SECONDS)
    for process in new_processes():
        process.kill()
    wait_for_the_end(qtbot, window)
    assert "ended from outside" in window.bar.words.text()
    window.choose("born-dead")
    small_born_dead(qtbot, window, tmp_path)
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    assert window.results.order is not None


def test_a_folder_that_cannot_be_written_is_said(qtbot: QtBot, window: StudiesWindow, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    for key in ("born-dead", "sweep"):
        window.choose(key)
        window.folder.editor.setText(str(tmp_path / "file" / "below"))
        press_run(qtbot, window)
        wait_for_the_end(qtbot, window)
        assert str(tmp_path / "file") in window.bar.words.text()
        assert window.bar.run.isEnabled()


@pytest.mark.skipif(sys.platform == "win32", reason="limits of Unix")
def test_a_full_disk_is_said_and_the_study_goes_on_when_there_is_room(
    qtbot: QtBot, window: StudiesWindow, tmp_path: Path
) -> None:
    resource = pytest.importorskip("resource", reason="limits of Unix")
    small_born_dead(qtbot, window, tmp_path)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    # The kernel refuses what goes beyond it, as a full disk does.
    resource.setrlimit(resource.RLIMIT_FSIZE, (300, hard))
    try:
        press_run(qtbot, window)
        wait_for_the_end(qtbot, window)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(tmp_path) in window.bar.words.text()
    assert "cannot be used (" in window.bar.words.text()
    assert not (tmp_path / "born-dead.csv").exists()
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    assert "done" in window.bar.words.text()
    assert (tmp_path / "born-dead.png").exists()


def test_an_error_of_the_program_is_said_and_written_down(
    qtbot: QtBot, window: StudiesWindow, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def broken(*_arguments: object, **_options: object) -> None:
        raise ZeroDivisionError("of ours")

    monkeypatch.setattr("stepviz.studies.running.run_study", broken)
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    assert "ZeroDivisionError: of ours" in window.bar.words.text()
    assert "Traceback" in capsys.readouterr().err
    assert window.bar.run.isEnabled()


def test_the_table_is_sorted_and_copied_in_full(qtbot: QtBot, window: StudiesWindow, tmp_path: Path) -> None:
    window.choose("vanishing")
    fill(qtbot, window, depth="3", activation="relu, tanh", initialiser="he-normal", width="4", seeds="5")
    window.folder.editor.setText(str(tmp_path))
    press_run(qtbot, window)
    wait_for_the_end(qtbot, window)
    table, model = window.results.table, window.results.table.results
    place = next(number for number, column in enumerate(model.columns) if column.name == "factor_expected")
    table.sortByColumn(place, Qt.SortOrder.DescendingOrder)
    # What there is no formula for comes last in either order.
    assert [model.data(model.index(row, place)) for row in range(6)] == ["1", "1", "1", "–", "–", "–"]
    table.selectRow(1)
    qtbot.keyClick(table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    lines = QGuiApplication.clipboard().text().splitlines()
    header = (tmp_path / "vanishing.csv").read_text().splitlines()[0]
    assert lines[0].split("\t") == header.split(",")
    assert lines[1].replace("\t", ",") in (tmp_path / "vanishing.csv").read_text().splitlines()
    assert len(lines) == 2
    table.clearSelection()
    qtbot.mouseClick(window.copy_table, Qt.MouseButton.LeftButton)
    assert len(QGuiApplication.clipboard().text().splitlines()) == 7
    assert window.results.picture.count() == 2
    window.results.picture.setCurrentIndex(1)
    window.results.picture.activated.emit(1)
    assert window.results.chart.chart is not None
    assert window.results.chart.chart.title.startswith("Error signal")


def test_the_keys_work_from_every_field(qtbot: QtBot, window: StudiesWindow) -> None:
    qtbot.waitUntil(window.isActiveWindow)
    window.choose("sweep")
    fill(qtbot, window, vary="l2=0", seeds="1", steps="10000000")
    for name in ("vary", "steps"):
        field = window.form.fields[name]
        field.editor.setFocus()
        before = field.text
        qtbot.keyClick(field.editor, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
        qtbot.waitUntil(lambda: window.running is not None, timeout=SECONDS)
        qtbot.keyClick(field.editor, Qt.Key.Key_Escape)
        wait_for_the_end(qtbot, window)
        assert field.text == before


def test_names_and_examples_are_chosen_from_a_menu(window: StudiesWindow) -> None:
    window.choose("slope")
    data = window.form.fields["data"]
    assert data.button is not None
    data.button.menu().aboutToShow.emit()
    actions = {action.text(): action for action in data.button.menu().actions()}
    assert set(actions) == set(data.setting.names)
    actions["xor"].trigger()
    assert data.text == "circle, moons"
    actions["xor"].trigger()
    assert data.text == "circle, xor, moons"
    window.choose("sweep")
    vary = window.form.fields["vary"]
    assert vary.button is not None
    vary.button.menu().aboutToShow.emit()
    example = next(action for action in vary.button.menu().actions() if action.text().startswith("slope="))
    example.trigger()
    assert vary.text.splitlines() == ["learning_rate=0.001,0.01,0.1", example.text()]


def test_every_example_of_a_sweep_can_be_run() -> None:
    vary = next(setting for setting in STUDIES["sweep"].settings if setting.name == "vary")
    assert len(vary.examples) > 8
    for example in vary.examples:
        assert STUDIES["sweep"].cells({"experiment": (), "vary": (example,), "steps": (1,)})


def test_numbers_are_ordered_as_numbers_and_what_is_missing_comes_last() -> None:
    values = ["10", 9.5, None, "relu", float("nan"), "0.001", float("inf")]
    found = sorted(values, key=order_key)
    assert found[:5] == ["0.001", 9.5, "10", float("inf"), "relu"]


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_it_fits_a_small_projector_with_large_type(qtbot: QtBot, theme: str, tmp_path: Path) -> None:
    main = QWidget()
    qtbot.addWidget(main)
    look = Theme(theme)
    window = StudiesWindow(Lab(BASE, lambda _command: None), look, main)
    window.resize(1024, 768)
    window.open()
    look.scale_type(1.4)
    try:
        for key in STUDIES:
            window.choose(key)
            least = window.minimumSizeHint()
            assert (least.width() <= 1024, least.height() <= 768) == (True, True), key
        window.choose("born-dead")
        small_born_dead(qtbot, window, tmp_path, seeds=50)
        press_run(qtbot, window)
        wait_for_the_end(qtbot, window)
        assert (window.width(), window.height()) == (1024, 768)
        assert window.results.chart.height() > 150
        assert not window.grab().isNull()
    finally:
        look.scale_type(1.0)
        window.close()


def test_the_lab_rests_while_a_study_runs_and_closing_the_program_ends_it(qtbot: QtBot, tmp_path: Path) -> None:
    live = LiveLab(replace(BASE), Preferences(theme="light"))
    live.start()
    lab, commands = live.lab, list[Command]()
    qtbot.waitUntil(lambda: lab.frame is not None and lab.frame.running, timeout=SECONDS)
    live.window.studies.open()
    studies = live.window.studies
    assert studies is not None
    window = studies.window
    assert window is not None
    assert commands == []
    small_born_dead(qtbot, window, tmp_path)
    press_run(qtbot, window)
    qtbot.waitUntil(lambda: not lab.frame.running, timeout=SECONDS)
    wait_for_the_end(qtbot, window)
    qtbot.waitUntil(lambda: lab.frame.running, timeout=SECONDS)
    window.choose("sweep")
    window.folder.editor.clear()
    fill(qtbot, window, vary="l2=0", seeds="1", steps="10000000")
    press_run(qtbot, window)
    qtbot.waitUntil(lambda: any("loky" in command_of(child) for child in new_processes()), timeout=SECONDS)
    temporary = window.folder.path("sweep").parent
    assert temporary.is_dir()
    live.window.close()
    assert window.running is None
    assert not window.isVisible()
    assert not temporary.exists()
    assert new_processes() == []
