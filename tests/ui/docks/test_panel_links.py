"""From a click in one instrument to another."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import QPoint, Qt
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.trace import TraceOptions
from stepviz.probes.unit import UnitOptions
from stepviz.runtime.commands import Command, SetOptions
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.core.theme import Theme
from stepviz.ui.docks.panel_links import LINKS
from stepviz.ui.instruments.gradient_flow.panel import GradientFlowPanel
from stepviz.ui.instruments.network_diagram.panel import NetworkDiagramPanel
from stepviz.ui.instruments.unit_inspector.panel import UnitInspectorPanel
from stepviz.ui.instruments.unit_ledger.panel import UnitLedgerPanel
from stepviz.ui.window.main_window import MainWindow
from tests.ui.frames import make_frame


def test_a_unit_chosen_in_the_ledger_opens_the_inspector_on_it(qtbot: QtBot) -> None:
    sent: list[Command] = []
    lab = Lab(Experiment(), sent.append)
    window = MainWindow(lab, Theme("light"), Preferences(theme="light"))
    window.show()
    try:
        docks = window.panel_docks
        assert docks["unit_inspector"].panel is None
        docks["unit_ledger"].toggleViewAction().trigger()
        docks["unit_ledger"].raise_()
        qtbot.waitUntil(lambda: docks["unit_ledger"].panel is not None)
        lab.show(make_frame(Experiment(), 5, ()))
        ledger = docks["unit_ledger"].panel
        assert isinstance(ledger, UnitLedgerPanel)
        ledger.unit_chosen.emit(1, 3)
        qtbot.waitUntil(lambda: SetOptions("unit", UnitOptions(1, 3)) in sent)
        inspector = docks["unit_inspector"].panel
        assert isinstance(inspector, UnitInspectorPanel)
        qtbot.waitUntil(lambda: docks["unit_inspector"].seen)
        assert (inspector.layer.value(), inspector.unit.value()) == (2, 4)
        window.panel_links.follow(LINKS[0], 0, 6)
        assert SetOptions("unit", UnitOptions(0, 6)) in sent
    finally:
        window.close()


@pytest.fixture
def window(qtbot: QtBot) -> Iterator[MainWindow]:
    lab = Lab(Experiment(), lambda _command: None)
    window = MainWindow(lab, Theme("light"), Preferences(theme="light"))
    window.resize(1400, 900)
    window.show()
    lab.show(make_frame(Experiment(), 5, ("gradient_flow", "stuck_units")))
    yield window
    window.close()


def traced(qtbot: QtBot, window: MainWindow) -> tuple[int, int]:
    """Return the layer and the unit whose weight the network's drawing traces."""
    dock = window.panel_docks["network_diagram"]
    qtbot.waitUntil(lambda: isinstance(dock.panel, NetworkDiagramPanel) and dock.panel.canvas.selected >= 0)
    assert isinstance(dock.panel, NetworkDiagramPanel)
    assert window.lab.frame is not None
    options = TraceOptions.of(window.lab.frame.setup.network.layout, dock.panel.canvas.selected)
    return options.layer, options.unit


def test_a_click_on_a_layer_of_the_gradient_flow_traces_a_gradient_of_it(qtbot: QtBot, window: MainWindow) -> None:
    panel = window.panel_docks["gradient_flow"].panel
    assert isinstance(panel, GradientFlowPanel)
    place = QPoint(panel.chart.width() // 3, panel.chart.height() // 2)
    assert panel.chart.layer_at(place) == 1
    qtbot.mouseClick(panel.chart, Qt.MouseButton.LeftButton, pos=place)
    assert traced(qtbot, window)[0] == 1


def test_the_ledger_traces_the_unit_of_its_row(qtbot: QtBot, window: MainWindow) -> None:
    dock = window.panel_docks["unit_ledger"]
    dock.toggleViewAction().trigger()
    dock.raise_()
    qtbot.waitUntil(lambda: isinstance(dock.panel, UnitLedgerPanel))
    ledger = dock.panel
    assert isinstance(ledger, UnitLedgerPanel)
    qtbot.waitUntil(lambda: ledger.filter.rowCount() == 16)
    ledger.table.setCurrentIndex(ledger.filter.index(11, 0))
    trace = next(action for action in ledger.table.actions() if action.text() == "Trace its gradient")
    assert trace.shortcut().toString() == "T"
    trace.trigger()
    assert traced(qtbot, window) == (1, 3)


def test_a_click_on_a_unit_of_the_drawing_opens_the_inspector_on_it(qtbot: QtBot, window: MainWindow) -> None:
    dock = window.panel_docks["network_diagram"]
    dock.toggleViewAction().trigger()
    dock.raise_()
    qtbot.waitUntil(lambda: isinstance(dock.panel, NetworkDiagramPanel) and dock.panel.canvas.diagram is not None)
    assert isinstance(dock.panel, NetworkDiagramPanel)
    diagram = dock.panel.canvas.diagram
    assert diagram is not None
    column = next(column for column in diagram.columns if column.layer == 1)
    qtbot.mouseClick(dock.panel.canvas, Qt.MouseButton.LeftButton, pos=QPoint(int(column.x), int(column.y[2])))
    inspector = window.panel_docks["unit_inspector"]
    qtbot.waitUntil(lambda: isinstance(inspector.panel, UnitInspectorPanel))
    assert isinstance(inspector.panel, UnitInspectorPanel)
    assert (inspector.panel.layer.value(), inspector.panel.unit.value()) == (2, 3)
