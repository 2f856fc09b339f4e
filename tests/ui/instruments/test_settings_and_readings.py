"""A panel never meets a reading of other settings than those of its frame, whatever comes between two of its looks."""

from __future__ import annotations

from random import Random

import pytest
from msgspec.structs import replace
from PySide6.QtCore import QEvent, QPoint, QPointF, Qt
from PySide6.QtGui import QHelpEvent, QMouseEvent
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.instruments import INSTRUMENTS
from stepviz.probes.probe_table import PROBES
from stepviz.probes.unit import UnitOptions
from stepviz.runtime.commands import Ask, Change, SetOptions, Step
from stepviz.runtime.frame import Frame
from stepviz.runtime.mailbox import Mailbox
from stepviz.runtime.worker import Worker
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.instruments.instrument import Panel
from stepviz.ui.instruments.panel_class import panel_class

EVENTS = 250
QUICK = {name: probe for name, probe in PROBES.items() if not probe.slow}
# What needs OpenGL, and what edits a table of its own, show no readings that could meet other settings.
NAMES = [name for name in INSTRUMENTS if name != "loss_surface_3d"]


class Desk:
    """The panels, a worker that is driven by hand, and the settings that a person may choose."""

    def __init__(self, qtbot: QtBot, random: Random) -> None:
        self.random = random
        self.mailbox = Mailbox()
        self.worker = Worker(Experiment(seed=1), self.mailbox, QUICK)
        self.lab = Lab(Experiment(seed=1), self._send)
        self.theme = Theme("light")
        self.panels: list[Panel] = [panel_class(name)(self.lab, self.theme) for name in NAMES]
        for panel in self.panels:
            qtbot.addWidget(panel)
            panel.resize(420, 420)
            panel.show()
        self.worker.send(Ask(frozenset(QUICK)))

    def _send(self, command: object) -> None:
        if not (isinstance(command, SetOptions) and command.probe not in QUICK):
            self.worker.send(command)  # type: ignore[arg-type]  # a command, or the Lab is wrong

    def end(self) -> None:
        self.worker.stop()

    def frame(self) -> Frame | None:
        """Let the worker do what it was told, and return the frame that it posts."""
        self.worker._drain()
        if self.worker._running:
            self.worker._run.step(3)
        self.worker._post()
        return self.mailbox.collect()[0]

    def settings(self) -> Experiment:
        random, now = self.random, self.lab.experiment
        widths = random.choice([(8, 8), (3,), (5, 4, 6), (130,), ()])
        way = random.randrange(7)
        if way == 0:
            return replace(now, layers=tuple(HiddenLayer(width) for width in widths))
        if way == 1:
            data = random.choice([("circle", "binary-cross-entropy"), ("plane", "squared-error"),
                                  ("gaussians", "softmax-cross-entropy"), ("sine", "squared-error")])  # fmt: skip
            return replace(now, data=DataSettings(data[0]), loss=data[1])
        if way == 2:
            return replace(now, precision=random.choice(["float32", "float64"]))
        if way == 3:
            return replace(now, slope_schedule=Choice(random.choice(["none", "linear"])))
        name = random.choice(["step", "sigmoid", "tanh", "relu", "leaky-relu", "prelu", "elu", "linear"])
        trained = ("slope",) if way == 4 and name == "sigmoid" else None
        return with_activation(now, ActivationChoice(name, trained=trained))

    def act(self) -> None:
        random = self.random
        panel = random.choice(self.panels)
        match random.randrange(8):
            case 0 | 1:
                experiment = self.settings()
                self.lab.experiment = experiment
                self.worker.send(Change(experiment, "other"))
                self.lab.experiment_changed.emit(experiment)
            case 2:
                self.worker.send(Step(random.randrange(1, 9)))
            case 3 | 4:
                frame = self.frame()
                if frame is not None:
                    self.lab.frame = frame
                    for other in random.sample(self.panels, random.randrange(len(self.panels) + 1)):
                        other.show_frame(frame)
            case 5:
                panel.resize(random.randrange(60, 900), random.randrange(60, 700))
                if self.lab.frame is not None:
                    panel.show_frame(self.lab.frame)
            case 6:
                self.theme.choose(random.choice(["light", "dark"]))
            case 7:
                self.lab.look_at("unit", UnitOptions(random.randrange(4), random.randrange(9)))
        for child in [panel, *panel.findChildren(QWidget)]:
            if child.isVisible():
                _point_at(child, QPoint(random.randrange(1 + child.width()), random.randrange(1 + child.height())))
                child.repaint()


def _point_at(widget: QWidget, place: QPoint) -> None:
    there, none = QPointF(place), Qt.MouseButton.NoButton
    move = QMouseEvent(QEvent.Type.MouseMove, there, widget.mapToGlobal(there), none, none, Qt.KeyboardModifier(0))
    QApplication.sendEvent(widget, move)
    QApplication.sendEvent(widget, QHelpEvent(QEvent.Type.ToolTip, place, widget.mapToGlobal(place)))


@pytest.mark.parametrize("seed", range(4))
def test_no_panel_meets_a_reading_of_other_settings(qtbot: QtBot, seed: int) -> None:
    desk = Desk(qtbot, Random(seed))
    try:
        for _ in range(EVENTS):
            desk.act()
    finally:
        desk.end()
