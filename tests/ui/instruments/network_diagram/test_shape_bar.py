"""The + and - under the drawing of the network, pressed in the window."""

from __future__ import annotations

from msgspec.structs import replace
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QToolButton
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.shape import MOST_LAYERS, MOST_UNITS, with_layer, with_width, without_layer
from stepviz.ui.instruments.network_diagram.panel import NetworkDiagramPanel
from tests.ui.live import PATIENCE


def widths(experiment: Experiment) -> list[int]:
    return [layer.width for layer in experiment.layers]


def panel_of(live: LiveLab) -> NetworkDiagramPanel:
    panel = live.window.panel_docks["network_diagram"].panel
    assert isinstance(panel, NetworkDiagramPanel)
    return panel


def press(qtbot: QtBot, live: LiveLab, button: QToolButton) -> None:
    assert button.isVisible()
    assert panel_of(live).rect().contains(button.mapTo(panel_of(live), button.rect().center()))
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_the_network_is_drawn_at_first_and_its_buttons_change_layers_and_units(qtbot: QtBot, live: LiveLab) -> None:
    bar = panel_of(live).shape
    qtbot.waitUntil(lambda: bar.pairs[1][1].isVisible(), timeout=PATIENCE)
    assert widths(live.lab.experiment) == [8, 8]
    press(qtbot, live, bar.pairs[0][1])
    press(qtbot, live, bar.pairs[1][0])
    assert widths(live.lab.experiment) == [9, 7]
    press(qtbot, live, bar.more)
    assert widths(live.lab.experiment) == [9, 7, 7]
    qtbot.waitUntil(lambda: len(bar.pairs) == 3 and bar.pairs[2][1].isVisible(), timeout=PATIENCE)
    press(qtbot, live, bar.less)
    press(qtbot, live, bar.less)
    press(qtbot, live, bar.less)
    assert widths(live.lab.experiment) == []
    assert not bar.less.isEnabled()
    while live.lab.undo_stack.canUndo():
        live.lab.undo_stack.undo()
    assert widths(live.lab.experiment) == [8, 8]


def test_each_pair_stands_under_its_column(qtbot: QtBot, live: LiveLab) -> None:
    panel = panel_of(live)
    qtbot.waitUntil(lambda: panel.shape.pairs[0][0].isVisible(), timeout=PATIENCE)
    diagram = panel.canvas.diagram
    assert diagram is not None
    for layer, (less, more) in enumerate(panel.shape.pairs):
        middle = (less.mapToGlobal(QPoint()).x() + more.mapToGlobal(QPoint(more.width(), 0)).x()) / 2
        assert abs(middle - panel.canvas.mapToGlobal(QPoint()).x() - diagram.columns[layer + 1].x) < 3


def test_the_bounds_are_those_of_the_editor(qtbot: QtBot, live: LiveLab) -> None:
    bar = panel_of(live).shape
    bar.show_experiment(with_width(Experiment(), 0, 1))
    assert (bar.pairs[0][0].isEnabled(), bar.pairs[0][1].isEnabled()) == (False, True)
    bar.show_experiment(with_width(Experiment(), 0, MOST_UNITS))
    assert (bar.pairs[0][0].isEnabled(), bar.pairs[0][1].isEnabled()) == (True, False)
    bar.show_experiment(replace(Experiment(), layers=Experiment().layers[:1] * MOST_LAYERS))
    assert not bar.more.isEnabled()
    bar.show_experiment(live.lab.experiment)


def test_a_layer_that_is_added_is_like_the_last_and_one_removed_leaves_the_others() -> None:
    base = with_width(Experiment(), 1, 5)
    assert widths(with_layer(base)) == [8, 5, 5]
    assert widths(without_layer(base, 0)) == [5]
    assert widths(with_layer(replace(base, layers=()))) == [8]
