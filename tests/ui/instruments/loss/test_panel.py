"""The panel of the losses."""

from __future__ import annotations

from dataclasses import replace as changed

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPointF
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from stepviz.engine.common.arrays import Array
from stepviz.engine.common.number_format import measured_text
from stepviz.engine.settings.experiment import DataSettings, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.runtime.frame import Frame
from stepviz.runtime.history import HistoryView, Mark
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import LIGHT, Theme
from stepviz.ui.instruments.loss.panel import LossPanel
from stepviz.ui.instruments.loss.plot import loss_axis, peaks
from tests.ui.built_panels import look, network, walk


@pytest.fixture
def panel(qtbot: QtBot) -> LossPanel:
    panel = LossPanel(Lab(Experiment(), lambda command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(460, 300)
    panel.show()
    return panel


def history(train: Array, test: Array, marks: tuple[Mark, ...] = (), thinned: int = 1) -> HistoryView:
    columns = {"step": np.arange(len(train), dtype=float) * 10, "train_loss": train, "test_loss": test}
    return HistoryView(columns, marks, thinned)


def trained(steps: int = 40) -> Frame:
    return walk(Run(network(8)), steps, 2)


def colours_in(panel: LossPanel, left: int, right: int) -> set[str]:
    image = panel.plot.grab().toImage()
    return {QColor(image.pixel(x, y)).name() for x in range(left, right) for y in range(image.height())}


def test_the_losses_now_stand_in_the_legend(panel: LossPanel) -> None:
    frame = trained()
    panel.show_frame(frame)
    assert panel.train.text() == f"● train {frame.train_loss:.3g}"
    assert panel.test.text() == f"● test {frame.test_loss:.3g}"


def test_the_losses_of_a_scaled_target_stand_there_in_its_units(panel: LossPanel) -> None:
    panel.show_frame(trained())
    assert panel.error.isHidden()
    table = "x,km\n" + "".join(f"{n},{100 * n + 0.5}\n" for n in range(40))
    base = replace(network(8), loss="squared-error", data=DataSettings("csv", content=table))
    frame = walk(Run(base), 5, 2)
    panel.resize(900, 300)
    panel.show_frame(frame)
    deviation = frame.setup.dataset.target_scaling.sd[0]
    train, test = (np.sqrt(loss) * deviation for loss in (frame.train_loss, frame.test_loss))
    assert 50 < train < 5000
    assert not panel.error.isHidden()
    assert panel.error.text() == f"in your units: train ±{measured_text(train)}, test ±{measured_text(test)} (km)"


def test_without_a_test_set_none_is_shown(panel: LossPanel) -> None:
    bare = network(8)
    panel.show_frame(walk(Run(replace(bare, data=replace(bare.data, test_share=0.0))), 5, 2))
    assert panel.test.text() == "no test set"


def test_a_linear_axis_begins_at_zero_and_a_loss_that_hardly_moves_looks_flat() -> None:
    axis = loss_axis(np.array([0.694, 0.693]), logarithmic=False)
    assert (axis.low, axis.high) == (0.0, 0.8)
    logarithmic = loss_axis(np.array([0.694, 0.693]), logarithmic=True)
    assert logarithmic.high / logarithmic.low >= 10


def test_the_axis_holds_all_losses_but_a_few_outliers() -> None:
    losses = np.array([3.0, 2.0, 0.004, np.nan, np.inf])
    for logarithmic in (False, True):
        axis = loss_axis(losses, logarithmic)
        assert axis.low <= 0.004
        assert 3.0 <= axis.high < 5.0
    spike = np.append(np.full(99, 0.5), 1e6)
    assert loss_axis(spike, logarithmic=False).high < 10
    # Where the run began is cut only where much is won by it.
    assert loss_axis(np.append(0.614, np.full(99, 0.06)), logarithmic=False).high > 0.614


@pytest.mark.parametrize("logarithmic", [False, True])
def test_losses_that_are_zero_infinite_or_unknown_can_be_painted(panel: LossPanel, logarithmic: bool) -> None:
    panel.scale.setChecked(logarithmic)
    for train in (np.zeros(3), np.full(3, np.nan), np.array([1.0, np.inf, 0.0]), np.array([1e300, 1e-300, 1.0])):
        panel.plot.show_history(history(train, np.full(3, np.nan)))
        assert not panel.plot.grab().isNull()
        assert np.isfinite([panel.plot.axis().low, panel.plot.axis().high]).all()


def test_a_click_makes_the_axis_logarithmic(panel: LossPanel) -> None:
    panel.show_frame(trained())
    assert not panel.plot.axis().logarithmic
    panel.scale.click()
    assert panel.plot.axis().logarithmic


def test_peaks_keep_the_highest_and_lowest_of_each_column() -> None:
    steps, losses = np.arange(10_000.0), np.ones(10_000)
    losses[1234], losses[8765] = 7.0, 0.25
    kept_steps, kept = peaks(steps, losses, 100)
    assert len(kept) == 200
    assert kept.max() == 7.0
    assert kept.min() == 0.25
    assert abs(kept_steps[kept.argmax()] - 1234) <= 100
    assert (np.diff(kept_steps) >= 0).all()


def test_both_curves_are_painted_in_their_colours(panel: LossPanel) -> None:
    panel.plot.show_history(history(np.linspace(1, 0.5, 30), np.linspace(1, 0.8, 30)))
    assert {LIGHT.train, LIGHT.test} <= colours_in(panel, 60, 420)


def test_a_switch_is_marked_at_its_step(panel: LossPanel) -> None:
    run = Run(network(8))
    walk(run, 20, 2)
    run.change(with_activation(run.trainer.experiment, "step"), "Switch to Step")
    frame = walk(run, 20, 2)
    panel.show_frame(frame)
    box = panel.plot.plot().box
    x = box.left() + box.width() * (40 - frame.history.column("step")[0]) / np.ptp(frame.history.column("step"))
    assert "Step 40: Switch to Step" in panel.plot.describe(QPointF(x, box.center().y()))
    assert LIGHT.mark in colours_in(panel, int(x) - 1, int(x) + 2)
    assert "Switch" not in panel.plot.describe(QPointF(box.left() + 2, box.center().y()))


def test_the_losses_under_the_mouse_are_read_out(panel: LossPanel) -> None:
    panel.plot.show_history(history(np.array([1.0, 0.5, 0.25]), np.array([1.0, np.nan, 0.5]), thinned=4))
    box = panel.plot.plot().box
    words = panel.plot.describe(QPointF(box.center().x(), box.center().y()))
    assert words == "Step 10\ntrain loss 0.5\n1 of 4 points kept"
    assert panel.plot.describe(QPointF(box.right() + 5, 10)) == ""


def test_a_thinned_history_says_so(panel: LossPanel) -> None:
    frame = trained(5)
    panel.show_frame(frame)
    assert panel.kept.text() == ""
    panel.kept.show_now("")
    view = history(np.ones(3), np.ones(3), thinned=8)
    panel.show_frame(changed(frame, number=frame.number + 1, history=view))
    assert "1 of 8 points kept" in panel.kept.toolTip()


def test_before_the_first_step_it_says_what_will_appear(panel: LossPanel) -> None:
    panel.show_frame(look(Run(network(8)), ()))
    image = panel.plot.grab().toImage()
    assert not {LIGHT.train, LIGHT.test} & colours_in(panel, 0, image.width())


def test_the_same_frame_is_not_drawn_twice(panel: LossPanel) -> None:
    frame = trained(5)
    panel.show_frame(frame)
    panel.plot.show_history(history(np.ones(3), np.ones(3)))
    panel.show_frame(frame)
    assert panel.plot.describe(panel.plot.plot().box.center()).startswith("Step 10\n")


def test_the_dark_theme_recolours_it(panel: LossPanel) -> None:
    panel.show_frame(trained())
    panel.theme.choose("dark")
    assert panel.plot.grab().toImage().pixelColor(3, 3).lightness() < 60
