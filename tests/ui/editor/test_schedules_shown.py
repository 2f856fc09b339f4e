"""Schedules and clipping: chosen in the editor, and where they are now, said on screen."""

from __future__ import annotations

import pytest
from msgspec.structs import replace
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment
from stepviz.probes.gradient_flow import GradientFlow
from stepviz.runtime.run import Run
from stepviz.ui.bars.activation_strip import ActivationStrip
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.editor.experiment_editor import ExperimentEditor
from stepviz.ui.instruments.activation.panel import ActivationPanel
from stepviz.ui.instruments.gradient_flow.panel import GradientFlowPanel
from stepviz.ui.text.schedule_words import Course, clipping_text, present_slope, slope_course
from tests.ui.built_panels import look, network

GROWING = Choice("linear", {"first": 1.0, "last": 21.0, "length": 100})
ANNEALED = replace(network(4, 4, activation="sigmoid"), slope_schedule=GROWING)


def pick(combo: QComboBox, key: str) -> None:
    index = combo.findData(key)
    combo.setCurrentIndex(index)
    combo.activated.emit(index)


def lab_of(experiment: Experiment) -> Lab:
    return Lab(experiment, lambda command: None)


def test_the_editor_chooses_a_slope_schedule_and_says_where_it_is(qtbot: QtBot) -> None:
    lab = lab_of(network(4, 4, activation="sigmoid"))
    editor = ExperimentEditor(lab, Theme("light"))
    qtbot.addWidget(editor)
    editor.show()
    pick(editor.training.slope.combo, "linear")
    assert lab.experiment.slope_schedule == Choice("linear")
    assert lab.undo_stack.undoText() == "Slope schedule: linear"
    pick(editor.training.schedule.combo, "warm-up")
    run = Run(lab.experiment)
    run.step(500)
    lab.show(look(run, ()))
    shown = [label.text() for label in editor.training.findChildren(type(editor.training.slope._present))]
    assert "now a = 10.5" in shown
    assert "now η = 0.01" in shown
    lab.undo_stack.undo()
    lab.undo_stack.undo()
    assert lab.experiment.slope_schedule == Choice("none")
    lab.show(look(Run(lab.experiment), ()))
    assert editor.training.slope._present is not None
    assert not editor.training.slope._present.isVisible()


def test_the_editor_says_when_there_is_nothing_to_anneal_in_lines_that_are_whole(qtbot: QtBot) -> None:
    lab = lab_of(replace(network(4, activation="relu"), slope_schedule=GROWING))
    editor = ExperimentEditor(lab, Theme("light"))
    qtbot.addWidget(editor)
    editor.resize(272, 700)
    with qtbot.waitExposed(editor):
        editor.show()
    # The column stands before the first frame comes.
    qtbot.waitUntil(lambda: editor.training.slope.width() > 150)
    heights = []
    for experiment, words in ((lab.experiment, "No hidden layer has a slope"), (ANNEALED, "now a = 1")):
        lab.show(look(Run(experiment), ()))
        label = editor.training.slope._present
        assert label is not None
        qtbot.waitUntil(lambda label=label, words=words: label.text().startswith(words))
        qtbot.waitUntil(lambda label=label: label.height() >= label.heightForWidth(label.width()))
        # What it asks for: how much more it is given is for the layout to say, when it comes to it.
        heights.append(label.minimumHeight())
    assert heights[0] > 2 * heights[1]


def test_the_activation_panel_and_the_strip_show_the_present_slope(qtbot: QtBot) -> None:
    lab = lab_of(ANNEALED)
    panel, strip = ActivationPanel(lab, Theme("light")), ActivationStrip(lab, Theme("light"))
    for widget in (panel, strip):
        qtbot.addWidget(widget)
        widget.show()
    run = Run(ANNEALED)
    run.step(50)
    frame = look(run, ("activation",))
    lab.show(frame)
    panel.show_frame(frame)
    slope = next(control for control in panel.parameters.controls if control.parameter.name == "slope")
    assert slope.box.value() == 11.0
    assert slope.box.isReadOnly()
    assert slope.course.text() == "1 → 21"
    assert not slope.slider.isVisible()
    assert strip.rule.text().startswith("a = 11")
    # The derivative that is drawn is the one of now, not the one of the settings.
    assert "at most 2.75" in panel.view.legend
    lab.change(replace(ANNEALED, slope_schedule=Choice("none")), "none")
    assert slope.slider.isVisible()
    assert not slope.box.isReadOnly()


def test_surrogates_are_named_by_their_letter() -> None:
    step = ActivationChoice("step", rule=Choice("arctan"))
    run = Run(replace(network(4, activation=step), slope_schedule=GROWING))
    run.step(10)
    assert present_slope(run.trainer.present, run.trainer.step_count) == "k = 3"
    assert slope_course(run.trainer.experiment) == Course("1 → 21", "linear: 1 → 21 in 100 steps")


@pytest.mark.parametrize("limit", [0.01, 1000.0])
def test_what_clipping_did_is_the_factor_of_the_step(limit: float, qtbot: QtBot) -> None:
    plain = replace(network(4, 4), optimizer=Choice("sgd"), batch_size=0, precision="float64")
    experiment = replace(plain, clipping=Choice("norm", {"limit": limit}))
    run, free = Run(experiment), Run(plain)
    frame = look(run, ())
    assert clipping_text(experiment, frame.reading(GradientFlow).clipped)[0].endswith("no step yet")
    before = run.trainer.theta.copy()
    run.step(1)
    free.step(1)
    factor = ((run.trainer.theta - before) / (free.trainer.theta - before))[0].mean()
    frame = look(run, ("gradient_flow",))
    clipped = frame.reading(GradientFlow).clipped
    assert clipped.factor == pytest.approx(factor, rel=1e-9)
    lab = lab_of(experiment)
    panel = GradientFlowPanel(lab, Theme("light"))
    qtbot.addWidget(panel)
    panel.resize(900, 400)
    panel.show()
    panel.show_frame(frame)
    if limit > 1:
        assert panel.clipping.text() == "Clipping at norm 1,000 is on: this step's gradient was small enough"
    else:
        assert panel.clipping.text().startswith("Clipped at norm 0.01: this step's gradient was scaled by 0.0")
    run.step_back()
    assert look(run, ()).reading(GradientFlow).clipped is None


def test_clipping_by_value_counts_the_entries_that_were_cut() -> None:
    plain = replace(network(4, 4), batch_size=0, precision="float64")
    gradient = Run(plain).trainer.train_pass().gradient
    assert gradient is not None
    limit = float(sorted(abs(gradient[0]))[len(gradient[0]) // 2])
    experiment = replace(plain, clipping=Choice("value", {"limit": limit * 1.000001}))
    run = Run(experiment)
    run.step(1)
    clipped = look(run, ()).reading(GradientFlow).clipped
    expected = float((abs(gradient[0]) > limit * 1.000001).mean())
    assert clipped.share == expected
    assert "of this step's gradient entries" in clipping_text(experiment, clipped)[0]
    assert clipping_text(plain, None) == ()
