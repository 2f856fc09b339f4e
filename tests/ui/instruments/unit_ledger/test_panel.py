"""The panel of the unit ledger: rows, order, filter, copies, exports, and what an update leaves alone."""

from __future__ import annotations

import csv
import io
from dataclasses import replace as with_fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QItemSelectionModel, Qt
from PySide6.QtGui import QColor, QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.stuck_units import ACTIVE, FLAT, SATURATED, STARVED
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.unit_ledger.model import CAUSE, FATE, HEADERS, MOST_ROWS, REVIVED, SINCE, STATE, tip_of
from stepviz.ui.instruments.unit_ledger.panel import UnitLedgerPanel
from tests.ui.built_panels import look, network

BASE = network(4, 4, activation="relu")


@pytest.fixture
def panel(qtbot: QtBot) -> UnitLedgerPanel:
    panel = UnitLedgerPanel(Lab(BASE, lambda command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(700, 300)
    panel.show()
    return panel


def lived(*looks: tuple[int, list[int]], settings: Experiment = BASE) -> Frame:
    """Return a frame whose ledger was made of these readings, all hidden layers in one list."""
    run = Run(settings)
    frame = look(run, ())
    ledger = type(run.recorder.ledger)()
    units = frame.ledger
    widths = np.cumsum(units.widths)[:-1]
    for step, states in looks:
        parts = tuple(np.split(np.array(states, dtype=np.uint8), widths))
        ledger.observe(step, with_fields(_reading(frame), states=parts))
    return with_fields(frame, ledger=ledger.view, running=True)


def _reading(frame: Frame) -> Any:
    return next(reading for kind, reading in frame.readings.items() if kind.__name__ == "StuckUnits")


def story() -> Frame:
    return lived(
        (0, [ACTIVE, FLAT, ACTIVE, ACTIVE, ACTIVE, ACTIVE, ACTIVE, ACTIVE]),
        (120, [FLAT, ACTIVE, ACTIVE, ACTIVE, FLAT, FLAT, FLAT, FLAT]),
        (180, [STARVED, FLAT, STARVED, SATURATED, FLAT, FLAT, FLAT, ACTIVE]),
    )


def show_now(panel: UnitLedgerPanel, frame: Frame) -> None:
    panel._shown_at = 0.0
    panel.show_frame(frame)


def column(panel: UnitLedgerPanel, number: int) -> list[str]:
    return [panel.filter.index(row, number).data() for row in range(panel.filter.rowCount())]


def test_moments_of_a_long_run_can_be_read_whole(panel: UnitLedgerPanel) -> None:
    panel.show_frame(story())
    late = [(1_234_000, [ACTIVE] * 8), (1_234_567, [FLAT] * 8)]
    frame = with_fields(lived(*late), step=1_234_567)
    show_now(panel, frame)
    table = panel.table
    for number, words in ((SINCE, "1234001–1234567"), (FATE, "died 1234001–1234567")):
        assert column(panel, number)[0] == words
        assert table.columnWidth(number) > table.fontMetrics().horizontalAdvance(words)


@pytest.mark.parametrize("width", [250, 340, 500, 900])
def test_the_cause_is_seen_in_a_panel_of_any_width(panel: UnitLedgerPanel, width: int) -> None:
    panel.resize(width, 300)
    show_now(panel, story())
    table = panel.table
    begins, least = table.columnViewportPosition(CAUSE), table.fontMetrics().horizontalAdvance("f'(z)")
    assert begins + least < table.viewport().width()
    assert not table.isColumnHidden(STATE)
    assert table.isColumnHidden(REVIVED) == (width < 600)


def test_every_unit_has_a_row_with_its_state_cause_since_when_and_fate(panel: UnitLedgerPanel) -> None:
    panel.show_frame(story())
    assert [column(panel, 0)[row] + "." + column(panel, 1)[row] for row in (0, 3, 4, 7)] == ["1.1", "1.4", "2.1", "2.4"]
    assert column(panel, STATE) == ["starved", "flat", "starved", "saturated", "flat", "flat", "flat", "active"]
    assert column(panel, SINCE) == ["121–180"] * 4 + ["1–120"] * 3 + ["121–180"]
    fates = ["died 1–120", "died 121–180", "died 121–180", "", "died 1–120", "died 1–120", "died 1–120", "died 1–120"]
    assert column(panel, FATE) == fates
    assert column(panel, REVIVED) == ["0", "1", "0", "0", "0", "0", "0", "1"]
    causes = column(panel, CAUSE)
    assert causes[0] == "the error signal that arrives is exactly 0 for every example"
    assert causes[1] == "f'(z) of ReLU is exactly 0 for every example"
    assert causes[7] == ""


def test_a_layer_behind_which_all_are_stuck_is_named_as_the_cause(panel: UnitLedgerPanel) -> None:
    panel.show_frame(lived((0, [STARVED] * 4 + [FLAT] * 4)))
    assert column(panel, CAUSE)[0] == "every unit of layer 2 is stuck: none passes a signal back"
    assert column(panel, FATE) == ["born dead"] * 8


def test_the_tool_tip_says_between_which_steps(panel: UnitLedgerPanel) -> None:
    frame = story()
    assert tip_of(frame.ledger, frame.subject, 1).split("\n") == [
        "Layer 1, unit 2: flat (stuck) since between step 120 and 180",
        "Cause: f'(z) of ReLU is exactly 0 for every example",
        "Died between step 120 and 180",
        "Revived between step 0 and 120",
    ]
    assert "once a frame" in HEADERS[SINCE][1]


def test_it_sorts_by_number_and_by_severity(panel: UnitLedgerPanel) -> None:
    panel.show_frame(story())
    panel.table.sortByColumn(STATE, Qt.SortOrder.DescendingOrder)
    assert column(panel, STATE) == ["flat"] * 4 + ["starved"] * 2 + ["saturated", "active"]
    many = lived((0, [ACTIVE] * 8), (9, [ACTIVE] * 7 + [FLAT]), (100, [FLAT] + [ACTIVE] * 6 + [FLAT]))
    show_now(panel, many)
    panel.table.sortByColumn(SINCE, Qt.SortOrder.DescendingOrder)
    assert column(panel, SINCE)[:3] == ["10–100", "1–9", "0"]


def test_it_filters_by_words_and_by_state(panel: UnitLedgerPanel) -> None:
    panel.show_frame(story())
    panel.text.setText("Layer 1, died")
    assert column(panel, STATE) == ["starved", "flat", "starved"]
    panel.states.setCurrentText("Flat")
    assert column(panel, STATE) == ["flat"]
    assert panel.count.text() == "1 of 8 units"
    panel.states.setCurrentText("All states")
    panel.text.setText("unit 1")
    assert panel.filter.rowCount() == 2
    panel.text.setText("sat, ")
    assert column(panel, STATE) == ["saturated"]
    panel.text.clear()
    panel.states.setCurrentText("Stuck")
    assert panel.filter.rowCount() == 6
    panel.states.setCurrentText("All states")
    assert panel.count.text() == "8 units"


def test_selected_rows_are_copied_with_tabs_in_the_order_shown(panel: UnitLedgerPanel, qtbot: QtBot) -> None:
    panel.show_frame(story())
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    chosen = QItemSelectionModel.SelectionFlag.Select | QItemSelectionModel.SelectionFlag.Rows
    for row in (7, 6):
        panel.table.selectionModel().select(panel.filter.index(row, 0), chosen)
    panel.activateWindow()
    panel.table.setFocus()
    qtbot.waitUntil(panel.isActiveWindow)
    QTest.keyClick(panel.table, Qt.Key.Key_C, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(lambda: QGuiApplication.clipboard().text() != "")
    lines = QGuiApplication.clipboard().text().splitlines()
    assert lines[0].split("\t") == [header for header, _ in HEADERS]
    assert [line.split("\t")[:3] for line in lines[1:]] == [["1", "2", "flat"], ["1", "1", "starved"]]
    panel.table.clearSelection()
    panel.copy()
    assert len(QGuiApplication.clipboard().text().splitlines()) == 9


def test_the_csv_has_every_moment_in_numbers(
    panel: UnitLedgerPanel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = story()
    panel.show_frame(frame)
    panel.text.setText("nothing has this word")
    path = tmp_path / "ledger.csv"
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(path), ""))
    panel.export.click()
    rows = list(csv.DictReader(io.StringIO(path.read_text(encoding="utf-8"))))
    assert len(rows) == 8
    assert rows[1] == {
        "step": "180", "layer": "1", "unit": "2", "state": "flat",
        "cause": "f'(z) of ReLU is exactly 0 for every example", "since_after": "120", "since_by": "180",
        "born_dead": "1", "died_after": "120", "died_by": "180", "revived": "1",
    }  # fmt: skip
    assert rows[3]["died_by"] == ""


def test_a_file_that_cannot_be_written_is_told_and_nothing_is_left(panel: UnitLedgerPanel, tmp_path: Path) -> None:
    panel.show_frame(story())
    told: list[str] = []
    panel.lab.refused.connect(told.append)
    (tmp_path / "a file").touch()
    assert not panel.write(tmp_path / "a file" / "ledger.csv")
    assert "ledger.csv: cannot be written" in told[0]
    assert [path.name for path in tmp_path.iterdir()] == ["a file"]


def test_an_update_keeps_selection_and_place(panel: UnitLedgerPanel, qtbot: QtBot) -> None:
    big = network(64, 64, activation="relu")
    states = [ACTIVE] * 128
    frame = lived((0, states), settings=big)
    panel.show_frame(frame)
    panel.table.selectRow(90)
    qtbot.waitUntil(lambda: panel.table.verticalScrollBar().maximum() > 80)
    panel.table.verticalScrollBar().setValue(80)
    place = panel.table.verticalScrollBar().value()
    states = [FLAT if unit % 3 else ACTIVE for unit in range(128)]
    show_now(panel, lived((0, [ACTIVE] * 128), (50, states), settings=big))
    assert column(panel, STATE)[:3] == ["active", "flat", "flat"]
    assert [row.texts[:2] for row in panel.selected()] == [("2", "27")]
    assert panel.table.verticalScrollBar().value() == place > 0


def test_a_row_that_moves_in_the_order_stays_selected(panel: UnitLedgerPanel) -> None:
    panel.show_frame(lived((0, [ACTIVE] * 8)))
    panel.table.sortByColumn(STATE, Qt.SortOrder.DescendingOrder)
    panel.table.selectRow(5)
    chosen = panel.selected()[0].texts[:2]
    show_now(panel, lived((0, [ACTIVE] * 8), (50, [ACTIVE] * 4 + [FLAT] * 4)))
    assert [row.texts[:2] for row in panel.selected()] == [chosen]


def test_the_rows_are_those_of_the_snapshot(panel: UnitLedgerPanel) -> None:
    snapshot = lived((0, [ACTIVE] * 8))
    later = lived((0, [ACTIVE] * 8), (5, [FLAT] * 8))
    panel.show_frame(with_fields(later, snapshot=snapshot))
    assert column(panel, STATE) == ["active"] * 8
    panel.show_frame(later)
    assert column(panel, STATE) == ["flat"] * 8


def test_only_rows_that_changed_are_told_to_the_view(panel: UnitLedgerPanel, qtbot: QtBot) -> None:
    panel.show_frame(lived((0, [ACTIVE] * 8)))
    told: list[tuple[int, int]] = []
    panel.model.dataChanged.connect(lambda first, last, _roles: told.append((first.row(), last.row())))
    show_now(panel, lived((0, [ACTIVE] * 8), (5, [ACTIVE, FLAT, FLAT, ACTIVE, ACTIVE, ACTIVE, ACTIVE, FLAT])))
    # Another setup object could have other causes; the rows are compared by what they say.
    assert told == [(1, 2), (7, 7)]


def test_a_click_or_enter_chooses_the_unit(panel: UnitLedgerPanel, qtbot: QtBot) -> None:
    panel.show_frame(story())
    panel.table.sortByColumn(0, Qt.SortOrder.DescendingOrder)
    chosen: list[tuple[int, int]] = []
    panel.unit_chosen.connect(lambda layer, unit: chosen.append((layer, unit)))
    place = panel.table.visualRect(panel.filter.index(1, STATE)).center()
    QTest.mouseClick(panel.table.viewport(), Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier, place)
    assert chosen == [(1, 2)]
    panel.table.setCurrentIndex(panel.filter.index(7, 0))
    QTest.keyClick(panel.table, Qt.Key.Key_Return)
    assert chosen == [(1, 2), (0, 0)]


def test_states_are_told_by_colour_and_word(panel: UnitLedgerPanel) -> None:
    panel.show_frame(story())
    chips = [panel.model.chips[state].pixmap(40).toImage() for state in range(4)]
    for state, chip in enumerate(chips):
        strong = QColor(panel.theme.colours.state(state))
        pixels = [chip.pixelColor(x, y) for x in range(chip.width()) for y in range(chip.height())]
        assert any(abs(pixel.hslHue() - strong.hslHue()) < 8 and pixel.hslSaturation() > 60 for pixel in pixels)


def test_without_hidden_units_it_says_what_will_appear(panel: UnitLedgerPanel) -> None:
    panel.show_frame(look(Run(replace(BASE, layers=())), ()))
    assert panel.empty.isVisible()
    assert not panel.table.isVisible()


def test_more_units_than_a_table_can_bear_are_cut_and_it_says_so(panel: UnitLedgerPanel) -> None:
    big = network(2100, 2100, activation="relu")
    panel.show_frame(look(Run(with_activation(big, "tanh")), ()))
    assert len(panel.model.rows) == MOST_ROWS
    assert "first 4,096 listed" in panel.count.text()


def test_a_frame_of_a_run_fills_it(panel: UnitLedgerPanel) -> None:
    run = Run(BASE)
    run.step(10)
    run.change(with_activation(BASE, "step"), "Switch to step")
    panel.show_frame(look(run, ()))
    assert column(panel, STATE) == ["flat"] * 8
    assert column(panel, SINCE)[0] == "10"
