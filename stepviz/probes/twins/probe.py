"""The probe of the twins: a diagnosis by experiment, refined as its twins end."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stepviz.engine.data.dataset import Dataset
from stepviz.probes.instant import Instant
from stepviz.probes.twins.report import TwinDiagnosis

# A run that stands still is not examined again: as long as its loss is within so much (a logarithm) of what it was.
_SAME_LOSS = 0.1


@dataclass(frozen=True, slots=True)
class TwinOptions:
    """``on``: whether twins are trained at all; another ``asked`` has them trained once more."""

    on: bool = True
    asked: int = 0


@dataclass(frozen=True, slots=True)
class _Examined:
    found: TwinDiagnosis
    dataset: Dataset
    asked: int

    def holds(self, instant: Instant, options: TwinOptions) -> bool:
        """Return whether what was found of a run that does not learn is still so."""
        found, setup, loss = self.found, instant.setup, instant.train_loss
        return (
            found.verdict == "ill"
            and (setup.experiment, setup.dataset) == (found.experiment, self.dataset)
            and options.asked == self.asked
            and instant.step >= found.step
            and found.loss is not None
            and 0.0 < loss < math.inf
            and abs(math.log(loss / found.loss)) < _SAME_LOSS
        )


class Twins:
    """Examines runs, and remembers the last one that was examined to the end."""

    def __init__(self) -> None:
        self._last: _Examined | None = None

    def measure(self, instant: Instant, options: TwinOptions) -> Iterator[object | None]:
        """Yield what is known of the run, more each time; nothing where twins are off, and before the first step."""
        if not options.on or instant.step == 0:
            return
        if self._last is not None and self._last.holds(instant, options):
            yield self._last.found
            return
        # Here, not above: the window starts without them, and only the process that trains the twins needs them.
        from stepviz.probes.twins.examination import examine
        from stepviz.probes.twins.reporting import report
        from stepviz.probes.twins.subject import Subject

        with np.errstate(all="ignore"):
            finite = not instant.diverged and bool(np.isfinite(instant.train_loss))
            subject = Subject(instant.state, instant.curve, not finite)
            for found in examine(subject):
                said = None if found is None else report(found)
                if said is not None and said.done:
                    self._last = _Examined(said, instant.setup.dataset, options.asked)
                yield said
