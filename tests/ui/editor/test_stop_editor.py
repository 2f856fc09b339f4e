"""Early stop: ticked in the editor, said by the status line."""

from __future__ import annotations

from dataclasses import replace as changed

from msgspec.structs import replace
from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from stepviz.engine.settings.experiment import Experiment, StopConditions
from stepviz.runtime.run import Run
from stepviz.ui.bars.status_line import StatusLine
from stepviz.ui.core.lab import Lab
from stepviz.ui.core.theme import Theme
from stepviz.ui.editor.stop_editor import StopEditor
from tests.ui.built_panels import look


def editor_of(qtbot: QtBot, experiment: Experiment) -> StopEditor:
    lab = Lab(experiment, lambda command: None)
    editor = StopEditor(lab)
    lab.experiment_changed.connect(editor.show_experiment)
    qtbot.addWidget(editor)
    editor.show_experiment(experiment)
    editor.show()
    return editor


def test_a_tick_sets_the_condition_and_takes_it_away(qtbot: QtBot) -> None:
    editor = editor_of(qtbot, Experiment())
    lab = editor._lab
    for limit in (editor.loss, editor.accuracy, editor.steps):
        assert not limit.box.isEnabled()
        limit.tick.click()
        assert limit.box.isEnabled()
    editor.all_stuck.click()
    assert lab.experiment.stop == StopConditions(0.05, 0.95, 1000, all_stuck=True)
    editor.accuracy.box.selectAll()
    qtbot.keyClicks(editor.accuracy.box, "99.5")
    qtbot.keyClick(editor.accuracy.box, Qt.Key.Key_Return)
    assert lab.experiment.stop.accuracy_above == 0.995
    editor.loss.tick.click()
    assert lab.experiment.stop.loss_below is None
    while lab.undo_stack.canUndo():
        lab.undo_stack.undo()
    assert lab.experiment == Experiment()
    assert not editor.steps.tick.isChecked()


def test_the_status_line_says_which_condition_and_the_number_until_the_run_goes_on(qtbot: QtBot) -> None:
    experiment = replace(Experiment(), stop=StopConditions(steps=30))
    lab = Lab(experiment, lambda command: None)
    line = StatusLine(lab, Theme("light"))
    qtbot.addWidget(line)
    run = Run(experiment)
    run.step(100)
    frame = look(run, ("diagnosis",))
    line.show_frame(changed(frame, stopped=run.stopped))
    qtbot.waitUntil(lambda: line.sentence.text() == "Stopped at step 30: 30 steps are done. Play goes on")
    line.show_frame(frame)
    qtbot.waitUntil(lambda: not line.sentence.text().startswith("Stopped"))
