"""The probe of the twins: a diagnosis by experiment, refined as its twins end."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stepviz.probes.instant import Instant


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """``on``: whether twins are trained at all; another ``asked`` has them trained once more."""

    on: bool = True
    asked: int = 0


def measure_twins(instant: Instant, options: TwinOptions) -> Iterator[object | None]:
    """Yield what is known of the run, more each time; nothing where twins are off, and of a run that has not begun."""
    if not options.on or instant.step == 0:
        return
    # Here, not above: the window starts without them, and only the process that trains the twins needs them.
    from stepviz.probes.twins.examination import examine
    from stepviz.probes.twins.reporting import report
    from stepviz.probes.twins.subject import Subject

    with np.errstate(all="ignore"):
        finite = not instant.diverged and bool(np.isfinite(instant.train_loss))
        subject = Subject(instant.state, instant.curve, not finite)
        for found in examine(subject):
            yield None if found is None else report(found)
