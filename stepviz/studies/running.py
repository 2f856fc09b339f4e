"""A study under way, in a thread that owns its processes; whoever shows it asks how far it is."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from stepviz.studies.backends import processes
from stepviz.studies.order import Order
from stepviz.studies.run import Outcome, Progress, run_study

FAREWELL = 0.5
# Sooner, a rate says more about the start of the processes than about the study.
FIRST_RATE = 0.5


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a study is, after so many ``seconds`` of computing."""

    progress: Progress
    seconds: float

    @property
    def rate(self) -> float:
        """Return how many draws a second are computed; 0 where that is not known yet."""
        computed = self.progress.done - self.progress.kept
        return computed / self.seconds if computed and self.seconds >= FIRST_RATE else 0.0

    @property
    def seconds_left(self) -> float | None:
        """Return how long the rest takes at that rate; None where it is not known yet."""
        return (self.progress.total - self.progress.done) / self.rate if self.rate else None


class RunningStudy:
    """Runs an order from its making on, in processes of its own that end with it.

    ``finish`` is called with the files that were written, in the thread of the study.
    ``standing`` is how far it is, None before it is known. ``result`` is None until it has ended, then the Outcome or
    the exception that it ended with: StudyCancelledError where it was cancelled, what ``run_study`` raises, or
    whatever else went wrong.
    """

    def __init__(self, order: Order, finish: Callable[[Sequence[Path]], object] = lambda _: None) -> None:
        self.order = order
        self._finish = finish
        self.standing: Standing | None = None
        self.result: Outcome | Exception | None = None
        self._cancelled = threading.Event()
        self._began = 0.0
        self._thread = threading.Thread(target=self._run, name="stepviz-study", daemon=True)
        self._thread.start()

    @property
    def seconds(self) -> float:
        """Return for how long it has been computing."""
        return time.perf_counter() - self._began if self._began else 0.0

    def cancel(self) -> None:
        """Let it end at once; what is finished is kept."""
        self._cancelled.set()

    def stop(self) -> None:
        """Cancel it, and wait until its processes and its thread have ended, but no longer than FAREWELL seconds.

        Then it is starting processes on a machine that is busy, and ends without being waited for.
        """
        self.cancel()
        self._thread.join(FAREWELL)

    def _run(self) -> None:
        order = self.order
        result: Outcome | Exception
        try:
            # Before an hour of work, not after it.
            order.output.mkdir(parents=True, exist_ok=True)
            result = run_study(
                order.study, order.values, order.seeds, order.output, self._take, self._cancelled.is_set,
                seed=order.seed, backend=processes(apart=True),
            )  # fmt: skip
            self._finish(result.files)
        except Exception as error:  # whatever it is, whoever shows the study says it
            result = error
        self.result = result

    def _take(self, progress: Progress) -> None:
        self._began = self._began or time.perf_counter()
        self.standing = Standing(progress, self.seconds)
