"""The README's script «In front of a class», pressed in a window, each step from the state the one before left."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QSlider, QStyle, QStyleOptionSlider
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.activation import PreActivations
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.runtime.frame import Frame
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.instruments.activation.panel import ActivationPanel
from stepviz.ui.instruments.gradient_flow.panel import GradientFlowPanel
from stepviz.ui.instruments.loss_surface.panel import LossSurfacePanel
from tests.ui.live import open_lab

README = Path(__file__).parents[2] / "README.md"
# What is trained between two presses: two seconds at the speed of a first start.
STEPS, SECONDS = 400, 30_000


class Presenter:
    """Presses keys, and waits for what the run does."""

    def __init__(self, qtbot: QtBot, live: LiveLab) -> None:
        self.qtbot, self.live = qtbot, live

    @property
    def frame(self) -> Frame:
        assert self.live.lab.frame is not None
        return self.live.lab.frame

    def press(self, key: Qt.Key) -> None:
        self.qtbot.keyClick(self.live.window, key)

    def settled(self) -> Frame:
        """Return the first frame of the settings in force that has its readings."""

        def there() -> bool:
            frame = self.live.lab.frame
            return (
                frame is not None
                and frame.experiment == self.live.lab.experiment
                and frame.reading(GradientFlow) is not None
            )

        self.qtbot.waitUntil(there, timeout=SECONDS)
        return self.frame

    def train(self, steps: int = STEPS) -> Frame:
        end = self.settled().step + steps
        self.qtbot.waitUntil(lambda: self.frame.step >= end, timeout=SECONDS)
        return self.settled()


def hidden_gradients(frame: Frame) -> list[float]:
    flow = frame.reading(GradientFlow)
    assert flow is not None
    return [float(size) for size in flow.rms[:-1]]


def passing(frame: Frame) -> float:
    reading = frame.reading(PreActivations)
    assert reading is not None
    return float(reading.passing[:-1].mean())


def drag(slider: QSlider, value: int) -> None:
    """Drag the handle of a slider with the mouse to about a value."""
    option = QStyleOptionSlider()
    slider.initStyleOption(option)
    handle = slider.style().subControlRect(
        QStyle.ComplexControl.CC_Slider, option, QStyle.SubControl.SC_SliderHandle, slider
    )
    room = slider.width() - handle.width()
    start = handle.center()
    moved = (value - slider.value()) / (slider.maximum() - slider.minimum()) * room
    left = Qt.MouseButton.LeftButton
    QTest.mousePress(slider, left, Qt.KeyboardModifier.NoModifier, start)
    for part in (0.25, 0.5, 0.75, 1.0):
        QTest.mouseMove(slider, start + QPoint(round(part * moved), 0))
        QApplication.processEvents()
    QTest.mouseRelease(slider, left, Qt.KeyboardModifier.NoModifier, start + QPoint(round(moved), 0))


@pytest.mark.parametrize("seed", [0, 3])
def test_every_step_of_the_script_does_what_it_says(qtbot: QtBot, seed: int) -> None:
    live = open_lab(qtbot, Experiment(seed=seed), Preferences(theme="light"))
    window, class_ = live.window, Presenter(qtbot, live)
    window.transport.set_speed(None)
    # 1. It opens already training.
    assert class_.frame.running
    learned = class_.train().train_loss
    # 2. The step function: the loss jumps up, no gradient reaches the hidden layers, and the line says why.
    class_.press(Qt.Key.Key_1)
    switched = class_.settled()
    assert switched.train_loss > 2 * learned
    rests = class_.train(2 * STEPS)
    assert hidden_gradients(rests) == [0.0, 0.0]
    assert rests.train_loss > 2 * learned
    qtbot.waitUntil(lambda: re.search(r"\d", window.status.sentence.text()) is not None)
    qtbot.waitUntil(lambda: "exactly 0" in window.status.sentence.text() or "flat" in window.status.sentence.text())
    # 3. tanh, then ReLU: the same weights learn again.
    for key in (Qt.Key.Key_3, Qt.Key.Key_4):
        class_.press(key)
        assert class_.train().train_loss < 0.5 * rests.train_loss
    # 4. Sigmoid, and its slope dragged up: fewer and fewer examples pass a gradient on.
    class_.press(Qt.Key.Key_2)
    class_.train()
    surface = window.panel_docks["loss_surface"].panel
    assert isinstance(surface, LossSurfacePanel)
    slider = surface.slope.slider
    assert slider.isVisible()
    all_pass = passing(class_.settled())
    drag(slider, slider.maximum())
    steep = class_.settled()
    assert live.lab.experiment.layers[0].activation.parameters["slope"] > 20
    qtbot.waitUntil(lambda: passing(class_.settled()) < all_pass - 0.1, timeout=SECONDS)
    class_.train()
    assert steep.train_loss > 0
    # 5. The step function with a surrogate: it trains, and the instruments name what stands in.
    class_.press(Qt.Key.Key_1)
    before = class_.settled().train_loss
    activation = window.panel_docks["activation"].panel
    assert isinstance(activation, ActivationPanel)
    row = activation.rule.findText("Arctan")
    activation.rule.setFocus()
    while activation.rule.currentIndex() != row:
        qtbot.keyClick(activation.rule, Qt.Key.Key_Down)
    assert {layer.activation.rule.name for layer in live.lab.experiment.layers} == {"arctan"}
    after = class_.train(3 * STEPS)
    assert after.train_loss < 0.75 * before
    assert min(hidden_gradients(after)) > 0
    assert "Arctan" in window.strip.rule.text()
    flow = window.panel_docks["gradient_flow"].panel
    assert isinstance(flow, GradientFlowPanel)
    reading = after.reading(GradientFlow)
    assert reading is not None
    assert set(reading.rules[:-1]) == {"Arctan"}
    window.close()


def test_the_script_says_what_is_pressed_here() -> None:
    text = README.read_text(encoding="utf-8")
    script = text.partition("## In front of a class")[2].partition("| key |")[0]
    steps = re.findall(r"^\d\. ", script, re.MULTILINE)
    assert len(steps) == 5
    assert re.findall(r"\*\*(\d)\*\*", script) == ["1", "3", "4", "2", "1"]
    assert "*Arctan*" in script
