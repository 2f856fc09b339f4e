"""The marks that moving a slider leaves on the time plots."""

from __future__ import annotations

from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.run import Run


def test_a_drag_leaves_one_mark_with_the_value_and_the_step_of_its_end() -> None:
    run = Run(Experiment())
    run.change(replace(Experiment(), learning_rate=0.5), "Learning rate 0.5")
    for rate in (0.02, 0.03, 0.04):
        run.step(10)
        run.change(replace(Experiment(), learning_rate=rate), f"Learning rate {rate}", "rate 1")
    run.step(10)
    run.change(replace(Experiment(), learning_rate=0.05), "Learning rate 0.05", "rate 2")
    marks = [(mark.step, mark.text) for mark in run.recorder.view().marks]
    assert marks == [(0, "Learning rate 0.5"), (30, "Learning rate 0.04"), (40, "Learning rate 0.05")]
