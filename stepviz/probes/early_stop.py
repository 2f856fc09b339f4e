"""Whether a run has reached what it was to be stopped at, with the number that was measured."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stepviz.engine.settings.experiment import StopConditions
from stepviz.probes.accuracy import accuracy
from stepviz.probes.findings.words import counted, verb
from stepviz.probes.instant import Instant
from stepviz.probes.stuck_units import measure_units


@dataclass(frozen=True, slots=True)
class Reached:
    """A condition (a field of ``StopConditions``) that holds at a step, in ``words`` with the measured number."""

    condition: str
    step: int
    words: str

    def __str__(self) -> str:
        """Return it as a sentence."""
        return f"Stopped at step {self.step:,}: {self.words}"


def reached(conditions: StopConditions, instant: Instant) -> Iterator[Reached]:
    """Yield each condition that holds; loss and accuracy are those of the training set.

    A unit is stuck where the gradient of all that comes in is exactly 0 for every example: once all hidden units are,
    only the output layer still moves.
    """
    step = instant.step
    if conditions.steps is not None and step >= conditions.steps:
        yield Reached("steps", step, f"{conditions.steps:,} steps are done")
    limit = conditions.loss_below
    if limit is not None and instant.train_loss < limit:
        yield Reached("loss_below", step, f"training loss {_apart(instant.train_loss, limit)} is below {limit:g}")
    least = conditions.accuracy_above
    if least is not None and (share := accuracy(instant)[0]) > least:
        shown = _apart(100.0 * share, 100.0 * least)
        yield Reached("accuracy_above", step, f"training accuracy {shown} % is above {100.0 * least:g} %")
    if conditions.all_stuck:
        units = measure_units(instant)
        if units.total and units.stuck == units.total:
            stuck = f"{counted(units.stuck, units.total, 'hidden units')} {verb(units.stuck)} stuck"
            yield Reached("all_stuck", step, f"{stuck}: the gradient is exactly 0")


def _apart(value: float, limit: float) -> str:
    """Return a number with as many digits as it takes to tell it from the limit, at least 4."""
    texts = (f"{value:.{digits}g}" for digits in range(4, 18))
    return next((text for text in texts if float(text) != limit), repr(value))
