"""A Frame of a real run in one call, for tests of what shows frames."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec.structs import replace

from stepviz.engine.settings.experiment import Experiment
from stepviz.probes.probe_table import PROBES
from stepviz.runtime.frame import Frame
from stepviz.runtime.run import Run
from tests.ui.built_panels import look


def make_frame(
    experiment: Experiment | None = None, steps: int = 0, probes: Iterable[str] | None = None, *, number: int = 1
) -> Frame:
    """Return a frame after ``steps`` updates, with the readings of ``probes`` (None: of all there are)."""
    run = Run(replace(Experiment(), seed=1) if experiment is None else experiment)
    run.look()
    run.step(steps)
    return look(run, PROBES if probes is None else probes, number)
