"""From a click on a unit to the inspector."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from stepviz.engine.experiment import Experiment
from stepviz.probes.unit import UnitOptions
from stepviz.runtime.commands import Command, SetOptions
from stepviz.ui.lab import Lab
from stepviz.ui.main_window import MainWindow
from stepviz.ui.panels.unit_inspector import UnitInspectorPanel
from stepviz.ui.panels.unit_ledger import UnitLedgerPanel
from stepviz.ui.settings import Preferences
from stepviz.ui.theme import Theme
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
        window.unit_links.open(0, 6)
        assert SetOptions("unit", UnitOptions(0, 6)) in sent
    finally:
        window.close()
