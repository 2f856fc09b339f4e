"""The panel of stuck units."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QColor
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.stuck_units import ACTIVE, FLAT, SATURATED, STARVED, StuckUnits
from stepviz.runtime.history import HistoryView
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.stuck_units.panel import StuckUnitsPanel
from stepviz.ui.plotting.state_plot import StateHistory
from stepviz.ui.plotting.step_axis import resample
from stepviz.ui.plotting.unit_grid import UnitGrid, plan_grid
from tests.ui.built_panels import look, network, walk

PROBES = ("stuck_units",)


@pytest.fixture
def panel(qtbot: QtBot) -> StuckUnitsPanel:
    panel = StuckUnitsPanel(Lab(Experiment(), lambda command: None), Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(460, 300)
    panel.show()
    return panel


def grid_of(qtbot: QtBot, *layers: list[int], share: float = 0.5, width: int = 400, height: int = 200) -> UnitGrid:
    states = tuple(np.array(layer, dtype=np.uint8) for layer in layers)
    shares = tuple(np.where(layer == FLAT, 0.0, share) for layer in states)
    grid = UnitGrid(Theme("light"))
    qtbot.addWidget(grid)
    grid.resize(width, height)
    grid.show_units(StuckUnits(states, shares, shares))
    return grid


def test_a_step_network_is_all_flat_and_in_the_colour_of_zero(panel: StuckUnitsPanel) -> None:
    run = Run(network(8, 8, activation="step"))
    panel.show_frame(walk(run, 3, 2, PROBES))
    assert panel.legend.text() == "0 active, 0 saturated, 16 flat, 0 starved"
    picture = panel.grid.grab().toImage()
    zero = QColor(panel.theme.colours.zero)
    reds = [picture.pixelColor(x, y) for x in range(0, picture.width(), 3) for y in range(0, picture.height(), 3)]
    close = sum(
        abs(c.red() - zero.red()) + abs(c.green() - zero.green()) + abs(c.blue() - zero.blue()) < 90 for c in reds
    )
    assert close > 0.25 * len(reds)


def test_a_learning_network_shows_no_colour_of_zero(panel: StuckUnitsPanel) -> None:
    panel.show_frame(walk(Run(network(8, 8)), 3, 2, PROBES))
    assert panel.legend.text() == "16 active, 0 saturated, 0 flat, 0 starved"
    assert "16 active" in panel.legend.accessibleName()


def test_hover_names_layer_unit_state_cause_and_share(panel: StuckUnitsPanel) -> None:
    ruled = ActivationChoice("step", rule=Choice("straight-through"))
    below = with_activation(network(8, 8, activation="step"), ruled, 1)
    panel.show_frame(look(Run(below), PROBES))
    assert panel.legend.text() == "0 active, 0 saturated, 8 flat, 8 starved"
    starved, flat = panel.describe(0, 2), panel.describe(1, 0)
    assert starved.startswith("Layer 1, unit 3: starved (stuck)")
    assert "Cause: every unit of layer 2 is stuck: none passes a signal back" in starved
    assert "the stand-in for f'(z) (Straight-through) is not 0 for 100 % of the examples" in starved
    assert flat.startswith("Layer 2, unit 1: flat (stuck)")
    assert "f'(z) of Step is exactly 0 for every example" in flat
    assert "A gradient arrives for 0 % of the examples" in flat


def test_a_click_on_a_cell_chooses_its_unit(panel: StuckUnitsPanel, qtbot: QtBot) -> None:
    panel.show_frame(look(Run(network(8, 8)), PROBES))
    panel.grid.grab()
    grid = panel.grid
    places = [QPoint(x, y) for x in range(0, grid.width(), 3) for y in range(0, grid.height(), 3)]
    place = next(place for place in places if grid.unit_at(place) == (1, 5))
    with qtbot.waitSignal(panel.unit_chosen) as chosen:
        qtbot.mouseClick(grid, Qt.MouseButton.LeftButton, pos=place)
    assert chosen.args == [1, 5]


def test_without_hidden_units_it_says_what_will_appear(panel: StuckUnitsPanel) -> None:
    panel.show_frame(look(Run(replace(Experiment(seed=1), layers=())), PROBES))
    assert panel.empty.isVisible()
    assert not panel.grid.isVisible()


def test_counts_over_time_show_only_where_there_is_room(panel: StuckUnitsPanel) -> None:
    panel.show_frame(look(Run(network(8)), PROBES))
    assert panel.over_time.isVisible()
    panel.resize(300, 190)
    assert not panel.over_time.isVisible()


def test_each_cell_is_found_under_its_place(qtbot: QtBot) -> None:
    grid = grid_of(qtbot, [ACTIVE, FLAT, STARVED], [SATURATED, ACTIVE])
    grid.grab()
    found = {grid.unit_at(QPoint(x, y)) for x in range(0, 400, 4) for y in range(0, 200, 4)}
    assert found - {None} == {(0, 0), (0, 1), (0, 2), (1, 0), (1, 1)}


@pytest.mark.parametrize("code", [ACTIVE, SATURATED, FLAT, STARVED])
def test_the_four_states_differ_even_without_colour(qtbot: QtBot, code: int) -> None:
    def lightness(state: int) -> np.ndarray:
        image = grid_of(qtbot, [state], share=1.0, width=100, height=60).grab().toImage()
        return np.array([[image.pixelColor(x, y).lightness() for x in range(100)] for y in range(60)])

    own = lightness(code)
    for other in {ACTIVE, SATURATED, FLAT, STARVED} - {code}:
        assert np.count_nonzero(np.abs(own - lightness(other)) > 40) > 30


def test_the_level_shows_the_active_share(qtbot: QtBot) -> None:
    def filled(share: float) -> int:
        image = grid_of(qtbot, [ACTIVE], share=share, width=130, height=60).grab().toImage()
        strong = [image.pixelColor(70, y).saturation() > 150 for y in range(60)]
        return sum(strong)

    assert filled(0.25) < filled(0.5) < filled(1.0)
    assert filled(0.001) > filled(0.0)


@pytest.mark.parametrize("widths", [(8, 8), (512,), (256, 256), (1, 300, 3), (4096, 4096), (8,) * 64])
@pytest.mark.parametrize("size", [(288, 130), (450, 240), (1890, 900)])
def test_every_layer_fits_into_every_size(widths: tuple[int, ...], size: tuple[int, int]) -> None:
    plan = plan_grid(widths, *size)
    for layer, units in enumerate(widths):
        end = plan.tops[layer + 1] if layer + 1 < len(widths) else size[1]
        rows = -(-units // plan.columns)
        assert plan.tops[layer] + rows * plan.size <= end + 1.01
    assert plan.left + plan.columns * plan.size <= size[0] + 0.01 or plan.columns == 1


def test_512_units_keep_cells_that_can_be_told_apart() -> None:
    assert plan_grid((256, 256), 448, 200).size >= 8
    assert plan_grid((8, 8), 288, 110).columns >= 8


def test_resampling_never_averages() -> None:
    chosen = resample(np.array([0.0, 1.0, 2.0, 3.0, 100.0]), 10)
    assert chosen.tolist() == [3] * 9 + [4]


def test_the_counts_over_time_show_the_switch_and_a_single_stuck_unit(qtbot: QtBot) -> None:
    columns = {
        "step": np.arange(10.0),
        "active": np.full(10, 400.0),
        "saturated": np.zeros(10),
        "starved": np.zeros(10),
    }
    columns["flat"] = np.where(np.arange(10) < 5, 0.0, 1.0)
    over_time = StateHistory(Theme("light"))
    qtbot.addWidget(over_time)
    over_time.resize(300, 84)
    over_time.show_history(HistoryView(columns, (), 1))
    image = over_time.grab().toImage()

    def reds(columns: range) -> int:
        colours = (image.pixelColor(x, y) for x in columns for y in range(5, 64))
        return sum(colour.red() > 150 and colour.green() < 120 for colour in colours)

    assert reds(range(40, 140)) == 0
    assert reds(range(200, 290)) > 40
