"""``diagnose``: what keeps a run from learning, found by changing one thing at a time on copies of it."""

from __future__ import annotations

import numpy as np

from stepviz.engine.common.arrays import Array
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.twins.examination import examine
from stepviz.probes.twins.report import TwinDiagnosis
from stepviz.probes.twins.reporting import report
from stepviz.probes.twins.subject import Subject

# Of a run before its first step nothing is known: a copy of it is trained for so many steps first.
FIRST_STEPS = 1000


def diagnose(trainer: Trainer, curve: Array | None = None) -> TwinDiagnosis:
    """Return why the first run of ``trainer`` does or does not learn; the trainer is left as it is.

    ``curve`` (points, 3): step, training loss and test loss so far, oldest first, where they are known; it serves to
    see overfitting. A trainer before its first step is judged by a copy that is trained for 1,000 steps. Where the run
    learns nothing is tried and there are no findings. Else twins of the run are trained with one setting changed each,
    and ``findings`` are the causes whose cures helped, best first; a cause is named only when its cure has been seen
    to work. The same trainer gives the same answer. It takes about a second for a small network.
    """
    with np.errstate(all="ignore"):
        subject = Subject.of(trainer, curve)
        if trainer.step_count == 0 and not subject.diverged:
            ahead = subject.resumed()
            ahead.step(FIRST_STEPS)
            subject = Subject.of(ahead, curve)
        last = None
        for found in examine(subject):
            last = found or last
    assert last is not None
    return report(last)
