"""What a probe is: a measurement of an Instant that yields frozen readings."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from stepviz.probes.instant import Instant

# measure(instant, options) yields None at places where it may be interrupted, and readings (frozen dataclasses),
# coarse ones first where it refines. All arrays in a reading are its own: nothing is written to them afterwards.
Measure = Callable[[Instant, Any], Iterator[object | None]]


@dataclass(frozen=True, slots=True)
class Probe:
    """An entry of the table of probes.

    ``options`` are the default options (a frozen struct) or None; ``period`` is the least time between two
    measurements in seconds; a ``slow`` probe runs beside the training on a copy of the parameters; a ``standing`` one
    is measured for every frame, asked for or not, because the history records it. A slow probe that ``resumes`` trains
    copies of the run: it gets the optimizer's memory and the losses so far too, and a process of its own, because it
    takes seconds.
    """

    name: str
    measure: Measure
    options: Any = None
    period: float = 0.0
    slow: bool = False
    standing: bool = False
    resumes: bool = False


def at_once(function: Callable[[Instant], object]) -> Measure:
    """Return the measurement that yields the one reading of ``function``."""

    def measure(instant: Instant, _options: Any) -> Iterator[object | None]:
        yield function(instant)

    return measure


def as_asked(function: Callable[[Instant, Any], object]) -> Measure:
    """Return the measurement that yields the one reading of ``function`` with the options."""

    def measure(instant: Instant, options: Any) -> Iterator[object | None]:
        yield function(instant, options)

    return measure
