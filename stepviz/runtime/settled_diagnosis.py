"""The diagnosis that frames show: what is measured, and what the twins of the run have shown."""

from __future__ import annotations

from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.twins.report import TwinDiagnosis
from stepviz.probes.twins.saying import settled
from stepviz.runtime.frame import Frame


class SettledDiagnosis:
    """Takes frames in order, and returns the same object as long as neither of the two readings changes."""

    def __init__(self) -> None:
        self._seen: tuple[object, ...] = ()
        self._diagnosis: Diagnosis | None = None
        self._last: TwinDiagnosis | None = None
        self._generation = -1

    def of(self, frame: Frame) -> Diagnosis | None:
        """Return what to say of the run in a frame; None where nothing was measured yet."""
        measured, twins = frame.reading(Diagnosis), frame.reading(TwinDiagnosis)
        if frame.recorded is not None:
            # A recorded run has no twins: what was found in the recording is all that can be said.
            return measured
        experiment = frame.experiment
        if frame.generation != self._generation or twins is None:
            self._generation, self._last = frame.generation, None
        if twins is not None and not twins.done and self._last is not None and self._last.experiment == experiment:
            # What the twins of a moment ago have shown stands until those of now have.
            twins = self._last
        elif twins is not None and twins.done:
            self._last = twins
        seen = (measured, twins, experiment)
        if len(self._seen) != len(seen) or any(old is not new for old, new in zip(self._seen, seen, strict=True)):
            self._seen, self._diagnosis = seen, settled(measured, twins, experiment)
        return self._diagnosis
