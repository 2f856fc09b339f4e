"""What the recorder keeps of the losses, for curves and for sentences."""

from __future__ import annotations

import numpy as np

from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.gradient_flow import measure_flow
from stepviz.probes.stuck_units import measure_units
from stepviz.runtime.history import CAPACITY
from stepviz.runtime.recorder import Recorder
from stepviz.runtime.run import Run


def test_the_lowest_test_loss_keeps_its_step_and_a_jump_its_height() -> None:
    run = Run(Experiment())
    recorder, instant = Recorder(run.trainer.setup), run.look()
    flow, units = measure_flow(instant), measure_units(instant)
    for step in range(5 * CAPACITY):
        instant.step = step
        instant.train_loss = 3.0 if step == 1001 else 1.0 / (1 + step)
        instant.test_loss = 0.1 if step == 907 else 0.5 + 1e-6 * step
        recorder.record(instant, (0.5, 0.5), flow, units)
    curve = recorder.curve
    assert (np.diff(curve[:, 0]) > 0).all()
    assert curve[np.argmin(curve[:, 2])].tolist() == [907, 1.0 / 908, 0.1]
    assert curve[np.argmax(curve[:, 1]), 0] == 1001
    history = recorder.view()
    assert history.column("train_loss").max() == 3.0
    assert history.column("step")[np.argmin(history.column("test_loss"))] == 907
    assert history.column("step")[-1] == 5 * CAPACITY - 1
