"""The race window, clicked as a person does: choose, start, pause, sort, hide, take a lane to the lab, close."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator
from dataclasses import replace as with_parts

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF, Qt
from PySide6.QtWidgets import QStyleOptionViewItem, QWidget
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.catalogue.scaling import standardize
from stepviz.engine.common.number_format import measured_text
from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.race.variations import PICKS
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.edits import with_data
from stepviz.engine.training.trainer import Trainer
from stepviz.runtime.commands import Command
from stepviz.runtime.race_frame import RaceFrame
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.race.lane_table import FAILED, FINAL, NAME, STUCK, TRAIN, row_of
from stepviz.ui.race.loss_curves import spread_out
from stepviz.ui.race.window import RaceWindow

SECONDS = 20_000
BASE = Experiment(seed=1)


@pytest.fixture
def sent() -> list[Command]:
    return []


@pytest.fixture
def window(qtbot: QtBot, sent: list[Command]) -> Iterator[RaceWindow]:
    main = QWidget()
    qtbot.addWidget(main)
    found = RaceWindow(Lab(BASE, sent.append), Theme("light"), main)
    found.chooser.steps.setValue(60)
    found.resize(1366, 768)
    found.open()
    found.bar.speed.setValue(found.bar.speed.maximum())
    qtbot.waitUntil(lambda: found.frame is not None, timeout=SECONDS)
    yield found
    found.close()
    assert not any(thread.name == "stepviz-race" for thread in threading.enumerate())


def frame_of(window: RaceWindow) -> RaceFrame:
    assert window.frame is not None
    return window.frame


def run_to_the_end(qtbot: QtBot, window: RaceWindow) -> RaceFrame:
    qtbot.mouseClick(window.bar.play_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: frame_of(window).done and not frame_of(window).running, timeout=SECONDS)
    return frame_of(window)


def type_values(qtbot: QtBot, window: RaceWindow, text: str) -> None:
    window.chooser.values.selectAll()
    qtbot.keyClicks(window.chooser.values, text)
    qtbot.keyClick(window.chooser.values, Qt.Key.Key_Return)


def texts(window: RaceWindow, column: int) -> list[str]:
    model = window.table.lanes
    return [str(model.data(model.index(row, column))) for row in range(model.rowCount())]


def test_it_opens_at_step_0_and_start_runs_it_to_the_end(qtbot: QtBot, window: RaceWindow) -> None:
    assert frame_of(window).step == 0
    assert texts(window, NAME) == ["Step", "Sigmoid", "Tanh", "ReLU", "Leaky ReLU", "ELU", "Softplus", "GELU"]
    assert "the same first weights, the same batches" in window.notes.text()
    frame = run_to_the_end(qtbot, window)
    alone = Trainer(frame.race.lanes[2].experiment)
    alone.step(60)
    assert np.array_equal(frame.lanes[2].parameters, alone.theta[0])
    assert "60 of 60" in window.bar.place.text().replace(",", "")
    assert window.bar.play.text() == "Again"
    assert texts(window, STUCK)[0] == "100 %"
    qtbot.mouseClick(window.bar.play_button, Qt.MouseButton.LeftButton)
    qtbot.waitUntil(lambda: frame_of(window).generation == 1 and frame_of(window).done, timeout=SECONDS)


def test_keys_start_pause_step_and_restart(qtbot: QtBot, window: RaceWindow) -> None:
    window.chooser.steps.setValue(1_000_000)
    qtbot.waitUntil(lambda: frame_of_or_none(window) is not None, timeout=SECONDS)
    window.bar.play.trigger()
    qtbot.waitUntil(lambda: frame_of(window).step > 0, timeout=SECONDS)
    assert window.bar.play.text() == "Pause"
    window.bar.play.trigger()
    qtbot.waitUntil(lambda: not frame_of(window).running, timeout=SECONDS)
    before = frame_of(window).step
    window.bar.step.trigger()
    qtbot.waitUntil(lambda: frame_of(window).step == before + 1, timeout=SECONDS)
    window.bar.restart.trigger()
    qtbot.waitUntil(lambda: frame_of(window).step == 0, timeout=SECONDS)


def frame_of_or_none(window: RaceWindow) -> RaceFrame | None:
    return window.frame


@pytest.mark.parametrize("key", PICKS)
def test_every_pick_can_be_chosen_and_painted(qtbot: QtBot, window: RaceWindow, key: str) -> None:
    place = window.chooser.pick.findData(key)
    window.chooser.pick.setCurrentIndex(place)
    window.chooser.pick.activated.emit(place)
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.lanes) == len(PICKS[key].values))
    assert window.complaint.isHidden()
    assert len(window.cards.boxes()) == len(PICKS[key].values)
    assert not window.grab().isNull()


def test_values_that_cannot_be_are_refused_in_words_and_the_race_stays(qtbot: QtBot, window: RaceWindow) -> None:
    before = window.worker
    type_values(qtbot, window, "step, nonsense")
    assert "nonsense" in window.complaint.text()
    assert window.complaint.isVisible()
    assert window.worker is before
    assert window.chooser.pick.currentText() == "Custom"
    type_values(qtbot, window, "step, relu")
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.lanes) == 2, timeout=SECONDS)
    assert window.complaint.isHidden()


def test_any_setting_by_its_path_and_lanes_of_other_shapes_are_pointed_out(qtbot: QtBot, window: RaceWindow) -> None:
    window.chooser.vary.setEditText("layers.0.width")
    type_values(qtbot, window, "3, 8, 9")
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.lanes) == 3, timeout=SECONDS)
    assert [lane.setup.network.layout.widths[1] for lane in frame_of(window).lanes] == [3, 8, 9]
    assert "another shape" in window.notes.text()
    assert [name.startswith("* ") for name in texts(window, NAME)] == [True, False, True]


def test_long_names_are_told_apart_by_both_ends_and_losses_are_not_cut_off(qtbot: QtBot, window: RaceWindow) -> None:
    window.resize(1366, 768)
    window.chooser.vary.setEditText("several")
    window.chooser.seeds.setValue(3)
    rates = ("activation=leaky-relu + learning-rate=0.123 + initialiser=he-normal",
             "activation=leaky-relu + learning-rate=0.123 + initialiser=glorot-uniform")  # fmt: skip
    type_values(qtbot, window, ", ".join(rates))
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.lanes) == 2, timeout=SECONDS)
    frame = run_to_the_end(qtbot, window)
    table = window.table
    option = QStyleOptionViewItem()
    table.itemDelegateForIndex(table.lanes.index(0, NAME)).initStyleOption(option, table.lanes.index(0, NAME))
    assert option.textElideMode == Qt.TextElideMode.ElideMiddle
    widest = max(table.fontMetrics().horizontalAdvance(text) for text in texts(window, FINAL))
    assert frame.race.seeds == 3
    assert "(" in texts(window, FINAL)[0]
    assert widest < table.columnWidth(FINAL)


def test_of_a_scaled_target_the_table_says_the_errors_in_its_units(window: RaceWindow) -> None:
    frame = frame_of(window)
    assert texts(window, TRAIN)[0].endswith(" %")
    setup = frame.lanes[0].setup
    targets = np.arange(20.0)[:, None] * 1000.0
    plain = dataset_from_arrays(targets, targets[:, 0], test_share=0.5)
    dataset = with_parts(plain, target_scaling=standardize(targets, np.arange(20)))
    scaled = with_parts(frame.lanes[0], setup=with_parts(setup, dataset=dataset))
    errors = scaled.typical_errors
    assert errors is not None
    assert errors[0] == pytest.approx(
        float(dataset.target_scaling.sd[0]) * math.sqrt(np.median(scaled.reading.train_loss))
    )
    assert row_of(scaled, 0, 1, over=True).texts[TRAIN] == f"±{measured_text(errors[0])}"


def test_the_table_sorts_and_a_lane_can_be_hidden_and_shown(qtbot: QtBot, window: RaceWindow) -> None:
    frame = run_to_the_end(qtbot, window)
    window.table.sortByColumn(FINAL, Qt.SortOrder.AscendingOrder)
    finals = [lane.final_loss[1] for lane in frame.lanes]
    assert window.table.lanes.order == sorted(range(8), key=lambda number: finals[number])
    window.table.choose(0)
    window.hiding.trigger()
    assert 0 not in window.curves.shown
    assert 0 not in window.cards.shown
    assert len(window.cards.boxes()) == 7
    box = window.table.lanes.index(window.table.lanes.order.index(0), NAME)
    window.table.lanes.setData(box, Qt.CheckState.Checked.value, Qt.ItemDataRole.CheckStateRole)
    assert window.cards.shown == tuple(range(8))
    window.table.lanes.toggle(3)
    window.showing.trigger()
    assert window.curves.shown == tuple(range(8))


def test_a_click_on_a_card_or_a_name_selects_the_lane_everywhere(qtbot: QtBot, window: RaceWindow) -> None:
    box = window.cards.boxes()[5]
    qtbot.mouseClick(window.cards, Qt.MouseButton.LeftButton, pos=box.center().toPoint())
    assert (window.table.chosen(), window.cards.chosen, window.curves.chosen) == (5, 5, 5)
    height = window.curves.ends()[2][1]
    place = QPointF(window.curves.plot().box.right() + 20, height)
    qtbot.mouseClick(window.curves, Qt.MouseButton.LeftButton, pos=place.toPoint())
    assert window.table.chosen() == 2
    assert "gradient of layer 1" in window.cards.describe(box.center())
    assert "training loss" in window.curves.describe(
        QPointF(window.curves.plot().box.left(), window.curves.ends()[2][0])
    )


def test_nobody_has_failed_before_the_race_is_over(qtbot: QtBot, window: RaceWindow) -> None:
    def failed() -> list[str]:
        return [row.texts[FAILED] for row in window.table.lanes.rows]

    window.chooser.kind.setCurrentIndex(window.chooser.kind.findData("loss"))
    window.chooser.kind.activated.emit(1)
    window.chooser.goal.setValue(1e-4)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.target.kind == "loss", timeout=SECONDS)
    assert set(failed()) == {"0 %"}
    run_to_the_end(qtbot, window)
    assert set(failed()) == {"100 %"}


def test_seeds_make_a_band_and_a_target_decides_who_failed(qtbot: QtBot, window: RaceWindow) -> None:
    window.chooser.seeds.setValue(5)
    window.chooser.kind.setCurrentIndex(window.chooser.kind.findData("loss"))
    window.chooser.kind.activated.emit(1)
    window.chooser.goal.setValue(1e-4)
    qtbot.waitUntil(lambda: window.frame is not None and window.frame.race.seeds == 5, timeout=SECONDS)
    frame = run_to_the_end(qtbot, window)
    assert frame.target.kind == "loss"
    assert all(lane.failed_share == 1.0 for lane in frame.lanes)
    band = frame.lanes[2].band[-1]
    assert band[0] < band[1] < band[2]
    assert "5 seeds" in window.notes.text()
    assert not window.grab().isNull()


def test_many_seeds_are_lined_up_once_their_box_rests(qtbot: QtBot, window: RaceWindow) -> None:
    before = window.worker
    for seeds in range(90, 97):
        window.chooser.seeds.setValue(seeds)
    # Each tick took a quarter of a second at 256.
    assert window.worker is before
    qtbot.waitUntil(lambda: frame_of_or_none(window) is not None and frame_of(window).race.seeds == 96, timeout=SECONDS)
    window.chooser.seeds.setValue(80)
    window.bar.step.trigger()
    # What is asked for is asked of the race that was chosen.
    qtbot.waitUntil(lambda: frame_of_or_none(window) is not None and frame_of(window).step == 1, timeout=SECONDS)
    assert frame_of(window).race.seeds == 80


def test_a_regression_offers_no_accuracy(qtbot: QtBot, sent: list[Command]) -> None:
    main = QWidget()
    qtbot.addWidget(main)
    window = RaceWindow(Lab(with_data(BASE, DataSettings(name="sine")), sent.append), Theme("dark"), main)
    window.open()
    qtbot.waitUntil(lambda: window.frame is not None, timeout=SECONDS)
    assert window.chooser.kind.findData("accuracy") < 0
    assert window.chooser.target().kind == "loss"
    assert not window.grab().isNull()
    window.close()


def test_a_lane_that_diverged_does_not_stretch_the_axis_and_has_no_figures(qtbot: QtBot, sent: list[Command]) -> None:
    main = QWidget()
    qtbot.addWidget(main)
    layers = (HiddenLayer(8, ActivationChoice("relu")),)
    base = replace(BASE, loss="squared-error", optimizer=Choice("sgd"), layers=layers)
    window = RaceWindow(Lab(base, sent.append), Theme("light"), main)
    window.chooser.steps.setValue(100)
    window.open()
    window.bar.speed.setValue(window.bar.speed.maximum())
    window.chooser.vary.setEditText("learning-rate")
    type_values(qtbot, window, "0.01, 1e6")
    qtbot.waitUntil(lambda: window.frame is not None and len(window.frame.lanes) == 2, timeout=SECONDS)
    frame = run_to_the_end(qtbot, window)
    assert frame.lanes[1].diverged.all()
    assert window.curves.plot().up.high <= 20 * float(frame.lanes[0].band.max())
    assert [texts(window, column)[1] for column in (FINAL, TRAIN, STUCK)] == ["diverged", "–", "–"]
    window.table.choose(1)
    window.promotion.trigger()
    assert not sent
    assert "has diverged" in window.complaint.text()
    assert not window.grab().isNull()
    window.close()


def test_heights_of_names_keep_apart_and_inside() -> None:
    placed = spread_out([5.0, 6.0, 7.0, 98.0, 99.0], 10.0, 8.0, 92.0)
    assert placed == [8.0, 18.0, 28.0, 82.0, 92.0]
    assert all(math.isfinite(height) for height in spread_out([0.0] * 12, 10.0, 0.0, 50.0))


def test_the_lab_rests_while_there_is_a_race_and_takes_a_lane_undoably(qtbot: QtBot) -> None:
    live = LiveLab(replace(BASE), Preferences(theme="light"))
    live.start()
    lab = live.lab
    qtbot.waitUntil(lambda: lab.frame is not None and lab.frame.running, timeout=SECONDS)
    live.window.races.open()
    races = live.window.races
    assert races is not None
    window = races.window
    assert window is not None
    qtbot.waitUntil(lambda: window.frame is not None and not lab.frame.running, timeout=SECONDS)
    window.chooser.steps.setValue(40)
    window.bar.speed.setValue(window.bar.speed.maximum())
    qtbot.waitUntil(lambda: window.frame is not None, timeout=SECONDS)
    frame = run_to_the_end(qtbot, window)
    before = lab.frame.parameters
    window.table.choose(3)
    window.promotion.trigger()
    assert lab.experiment == frame.lanes[3].setup.experiment
    assert lab.experiment.layers[0].activation.name == "relu"
    wanted = frame.lanes[3].parameters
    qtbot.waitUntil(lambda: np.array_equal(lab.frame.parameters, wanted), timeout=SECONDS)
    lab.undo_stack.undo()
    assert lab.experiment == BASE
    qtbot.waitUntil(lambda: np.array_equal(lab.frame.parameters, before), timeout=SECONDS)
    window.close()
    qtbot.waitUntil(lambda: lab.frame.running, timeout=SECONDS)
    live.window.races.open()
    live.window.close()
    assert not window.isVisible()
    assert window.worker is None
