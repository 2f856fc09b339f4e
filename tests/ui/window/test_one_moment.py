"""What is read on screen at one instant is of one step, at full speed too."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pytestqt.qtbot import QtBot

from stepviz.app import LiveLab
from stepviz.engine.common.number_format import measured_text, number_text, step_text
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.response import Response
from stepviz.probes.stuck_units import STATES, StuckUnits
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from stepviz.ui.core.preferences import Preferences
from stepviz.ui.instruments.activation.panel import ActivationPanel
from stepviz.ui.instruments.diagnosis.panel import DiagnosisPanel
from stepviz.ui.instruments.gradient_flow.panel import GradientFlowPanel
from stepviz.ui.instruments.loss.panel import LossPanel
from stepviz.ui.instruments.loss_surface.panel import LossSurfacePanel
from stepviz.ui.instruments.response.panel import ResponsePanel, score_texts
from stepviz.ui.instruments.slice.panel import SlicePanel
from stepviz.ui.instruments.stuck_units.panel import StuckUnitsPanel
from stepviz.ui.instruments.unit_inspector.panel import UnitInspectorPanel
from stepviz.ui.instruments.unit_ledger.panel import UnitLedgerPanel

PATIENCE = 20_000
LOOKS = 25


@pytest.fixture
def live(qtbot: QtBot) -> Iterator[LiveLab]:
    live = LiveLab(Experiment(seed=1), Preferences(theme="light", speed=None))
    # All of them at once, whatever room they get.
    for dock in live.window.panel_docks.values():
        if dock.objectName() != "dock-loss_surface_3d":
            dock.setFloating(True)
            dock.resize(520, 420)
            dock.show()
    # What twins say is of the step that they were begun at.
    live.lab.look_at("twins", replace(live.lab.options("twins"), on=False))
    live.start()
    yield live
    for dock in live.window.panel_docks.values():
        dock.close()
    live.window.close()


def at_step(live: LiveLab, step: int) -> Run:
    """Return the run done again, at a step."""
    assert live.lab.frame is not None
    course = live.lab.frame.course
    assert course is not None
    run = Run(course.experiment)
    for change in course.changes:
        if change.step <= step:
            run.step(change.step - run.trainer.step_count)
            run.change(change.experiment, "")
    run.step(step - run.trainer.step_count)
    return run


def panel(live: LiveLab, name: str) -> object:
    found = live.window.panel_docks[name].panel
    assert found is not None
    return found


def check_one_moment(live: LiveLab) -> int:
    """Read all numbers on screen; return the step that they are of."""
    assert live.lab.frame is not None
    whole = live.lab.frame.whole
    step = whole.step
    assert live.window.transport.counters["step"].text() == step_text(step)
    check_losses(live, whole)
    check_sentences(live, whole)
    check_units(live, whole)
    check_slow(live, whole)
    return step


def check_losses(live: LiveLab, whole: Frame) -> None:
    loss, response = panel(live, "loss"), panel(live, "response")
    assert isinstance(loss, LossPanel)
    assert loss.train.text() == f"● train {measured_text(whole.train_loss)}"
    assert loss.test.text() == f"● test {measured_text(whole.test_loss)}"
    assert isinstance(response, ResponsePanel)
    reading = whole.reading(Response)
    assert reading is not None
    assert response.score.text() in score_texts(reading, whole)


def check_sentences(live: LiveLab, whole: Frame) -> None:
    diagnosis = whole.reading(Diagnosis)
    assert diagnosis is not None
    assert live.window.status.sentence.text() == diagnosis.sentence
    cards = panel(live, "diagnosis")
    assert isinstance(cards, DiagnosisPanel)
    said = [
        card.sentence.text().replace("\N{NO-BREAK SPACE}", " ") for card in cards.cards.cards if not card.isHidden()
    ]
    found = [finding.sentence for finding in diagnosis.findings]
    for sentence in said:
        of_this = any(sentence.startswith(one) for one in found)
        assert of_this or sentence.startswith("At step "), "what lingers says of which step it is"
    # Where the loss is flat for the one, it is not falling for the other.
    for word in ("flat", "falling"):
        if diagnosis.sentence.startswith(f"Loss is {word}") and not cards.quiet.isHidden():
            assert cards.quiet.text().startswith(f"Loss is {word}")


def check_units(live: LiveLab, whole: Frame) -> None:
    units = whole.reading(StuckUnits)
    assert units is not None
    counts = tuple(units.count(state) for state in range(len(STATES)))
    stuck, ledger, flow = (panel(live, name) for name in ("stuck_units", "unit_ledger", "gradient_flow"))
    assert isinstance(stuck, StuckUnitsPanel)
    assert stuck.legend.counts == counts
    assert stuck.grid.units is units
    assert isinstance(ledger, UnitLedgerPanel)
    np.testing.assert_array_equal(np.concatenate(units.states), ledger.model.ledger.states)
    assert isinstance(flow, GradientFlowPanel)
    assert flow.chart.flow is not None
    np.testing.assert_array_equal(flow.chart.flow.rms, whole.history.columns["gradient_rms/1"][-1:].tolist() + [
        float(whole.history.columns[f"gradient_rms/{layer}"][-1]) for layer in range(2, len(flow.chart.flow.rms) + 1)
    ])  # fmt: skip
    inspector = panel(live, "unit_inspector")
    assert isinstance(inspector, UnitInspectorPanel)
    layer, unit = inspector.layer.value() - 1, inspector.unit.value() - 1
    weights = whole.setup.network.layout.block(whole.parameters[None], layer)[0][:, unit]
    np.testing.assert_array_equal(inspector.weights.weights, weights)


def check_slow(live: LiveLab, whole: Frame) -> None:
    surface, line = panel(live, "loss_surface"), panel(live, "slice")
    assert isinstance(surface, LossSurfacePanel)
    if surface.map.surface is not None:
        (where,) = (readout for readout in surface.map.readouts if readout.sign == "now")
        said = f"the run at step {surface.map.surface.step:,}"
        assert where.text == ("now" if not whole.running and surface.map.surface.step == whole.step else said)
        finite = surface.map.surface.loss[np.isfinite(surface.map.surface.loss)]
        assert any(number_text(float(finite.max()))[:3] in readout.text for readout in surface.map.readouts)
    assert isinstance(line, SlicePanel)
    if line.plot.slice is not None and line.readout.text():
        when = re.match(r"Step ([\d,]+): ", line.readout.text())
        assert when is not None or (not whole.running and line.plot.slice.step == whole.step)
        if when is not None:
            assert int(when.group(1).replace(",", "")) == line.plot.slice.step


def test_all_that_is_read_at_one_instant_is_of_one_step(qtbot: QtBot, live: LiveLab) -> None:
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.whole.reading(Diagnosis) is not None)
    assert isinstance(panel(live, "activation"), ActivationPanel)
    qtbot.waitUntil(lambda: live.lab.frame is not None and live.lab.frame.step > 200, timeout=PATIENCE)
    seen: set[int] = set()
    frames: list[Frame] = []
    live.lab.frame_shown.connect(frames.append)
    for look in range(LOOKS):
        if look == LOOKS // 2:
            live.lab.change(with_activation(live.lab.experiment, "step"), "Step")
        count = len(frames)
        qtbot.waitUntil(lambda count=count: len(frames) > count + 6, timeout=PATIENCE)
        seen.add(check_one_moment(live))
    assert len(seen) > 3
    # Between two snapshots there were frames that had none of the text changed: the pictures move on.
    assert sum(frame.snapshot is not None for frame in frames) > len(frames) // 2
    live.window.transport.play.trigger()
    qtbot.waitUntil(lambda: live.lab.frame is not None and not live.lab.frame.running, timeout=PATIENCE)
    step = check_one_moment(live)
    whole = live.lab.frame.whole  # type: ignore[union-attr]  # the run rests: there is one
    assert whole.step == step == live.lab.frame.step  # type: ignore[union-attr]
    # What is shown as of this step is so: the run done again has these numbers.
    again = at_step(live, step)
    np.testing.assert_array_equal(again.trainer.theta[0], whole.parameters)
    assert again.look().train_loss == whole.train_loss
