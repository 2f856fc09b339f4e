"""The dialog, as a person uses it, on a run that does what the commands say."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

import pytest
from msgspec.structs import replace
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.trace import TraceOptions
from stepviz.runtime.commands import Command, Step, TakeSession
from stepviz.runtime.run import Run
from stepviz.ui.core.lab import Lab
from stepviz.ui.one_step.dialog import DIVERGED, RUNNING, OneStepDialog
from tests.ui.built_panels import look, network


class Bench:
    """A dialog, its lab, and a run in the place of the worker."""

    def __init__(self, qtbot: QtBot, experiment: Experiment) -> None:
        self.run, self.sent, self.frames = Run(experiment), [], 0
        self.lab = Lab(experiment, self.answer)
        self.show_frame()
        self.dialog = OneStepDialog(self.lab)
        qtbot.addWidget(self.dialog)
        self.dialog.begin()

    def answer(self, command: Command) -> None:
        self.sent.append(command)
        if isinstance(command, TakeSession):
            command.give(self.run.session())
        elif isinstance(command, Step):
            self.run.step(command.count)
            self.show_frame()

    def show_frame(self, **changes: object) -> None:
        self.frames += 1
        self.lab.show(dataclasses.replace(look(self.run, (), self.frames), **changes))

    @property
    def shown(self) -> str:
        return self.dialog.text.toPlainText()


@pytest.fixture
def bench(qtbot: QtBot) -> Iterator[Bench]:
    bench = Bench(qtbot, replace(with_activation(network(3, 2), "step"), precision="float64"))
    yield bench
    bench.dialog.close()


def press(qtbot: QtBot, button: QPushButton) -> None:
    qtbot.mouseClick(button, Qt.MouseButton.LeftButton)


def test_four_stages_then_the_runs_own_update_and_nothing_else(qtbot: QtBot, bench: Bench) -> None:
    experiment = bench.run.trainer.experiment
    plain = Trainer(experiment)
    for update in range(3):
        for title in ("Forward", "Loss", "Backward", "Update"):
            checked = bench.dialog.buttons.checkedButton()
            assert checked is not None
            assert checked.text().endswith(title)
            assert bench.run.trainer.step_count == update
            press(qtbot, bench.dialog.next)
        plain.step()
        assert bench.run.trainer.moment().state.tobytes() == plain.moment().state.tobytes()
    assert bench.run.trainer.exact_zeros.seen.tolist() == plain.exact_zeros.seen.tolist()
    assert [type(command) for command in bench.sent if isinstance(command, Step)] == [Step] * 3


def test_back_goes_back_and_a_stage_is_chosen_by_its_button(qtbot: QtBot, bench: Bench) -> None:
    assert not bench.dialog.back.isEnabled()
    bench.dialog.show_stage(3)
    assert bench.dialog.next.text() == "Do this update"
    press(qtbot, bench.dialog.back)
    assert "exactly 0" in bench.shown
    assert bench.dialog.next.text() == "Next"
    assert bench.run.trainer.step_count == 0


def test_what_is_chosen_here_is_traced_in_the_drawing_and_the_other_way_round(bench: Bench) -> None:
    update = bench.dialog.update_shown
    assert update is not None
    bench.dialog.unit.setValue(2)
    bench.dialog.example.setValue(3)
    assert bench.lab.options("trace") == TraceOptions(0, 0, 1, int(update.rows[2]))
    bench.lab.look_at("trace", TraceOptions(1, 2, 0, int(update.rows[5])))
    assert (bench.dialog.layer.value(), bench.dialog.row.value(), bench.dialog.example.value()) == (2, 3, 6)
    assert "layer 2, weight 3→1" in bench.dialog.name.text()
    assert not any(isinstance(command, Step) for command in bench.sent)


def test_it_plays_by_itself(qtbot: QtBot, bench: Bench) -> None:
    bench.dialog._timer.setInterval(1)
    press(qtbot, bench.dialog.auto)
    qtbot.waitUntil(lambda: bench.run.trainer.step_count >= 2)
    press(qtbot, bench.dialog.auto)
    assert not bench.dialog._timer.isActive()


def test_a_run_that_goes_on_or_has_failed_is_not_explained(bench: Bench) -> None:
    bench.show_frame(running=True)
    assert bench.shown == RUNNING
    assert not bench.dialog.next.isEnabled()
    bench.show_frame()
    assert bench.dialog.next.isEnabled()
    bench.run.trainer.theta[...] = 1e30
    bench.run.step(50)
    if bench.run.diverged is not None:
        bench.show_frame()
        assert bench.shown == DIVERGED


def test_other_settings_are_explained_anew(bench: Bench) -> None:
    ste = ActivationChoice("step", rule=Choice("straight-through"))
    bench.run.change(with_activation(bench.run.trainer.experiment, ste), "")
    bench.show_frame()
    bench.dialog.show_stage(2)
    assert "In its place the rule straight-through" in bench.shown


def test_a_search_has_no_backward_pass_and_says_so(qtbot: QtBot) -> None:
    bench = Bench(qtbot, replace(network(2), optimizer=Choice("openai-es")))
    assert "Evolution (OpenAI-ES) has no backward pass" in bench.shown
    assert not bench.dialog.next.isEnabled()
    bench.dialog.close()


def test_escape_closes_it_and_the_timer_rests(qtbot: QtBot, bench: Bench) -> None:
    bench.dialog.auto.setChecked(True)
    with qtbot.waitSignal(bench.dialog.closed):
        qtbot.keyClick(bench.dialog, Qt.Key.Key_Escape)
    assert not bench.dialog.isVisible()
    assert not bench.dialog._timer.isActive()
