"""What is said of a study: how far it is, and how it ended."""

from __future__ import annotations

from concurrent.futures import BrokenExecutor

from stepviz.engine.common.errors import InputError
from stepviz.engine.common.number_format import step_text
from stepviz.studies.order import Order
from stepviz.studies.run import Outcome, StudyCancelledError
from stepviz.studies.running import Standing
from stepviz.studies.study_table import STUDIES

GOES_ON = "what is finished is kept, Run goes on from there"


def standing_text(order: Order, standing: Standing | None, seconds: float) -> str:
    """Return how far a study is, with its rate and the time left, or the ``seconds`` so far until these are known."""
    if standing is None:
        return f"{order.study}: looking at what is to be computed"
    progress, drawn = standing.progress, STUDIES[order.study].drawn
    if progress.done == progress.total:
        return f"{order.study}: all {step_text(progress.total)} {drawn} are computed, now summed up"
    parts = [f"{step_text(progress.done)} of {step_text(progress.total)} {drawn}"]
    if standing.rate:
        parts.append(f"{step_text(standing.rate) if standing.rate >= 10 else f'{standing.rate:.2g}'} a second")
    else:
        parts.append(f"the first parts are under way, {time_text(seconds)} so far")
    if standing.seconds_left:
        parts.append(f"{time_text(standing.seconds_left)} left")
    if progress.kept:
        parts.append(f"{step_text(progress.kept)} kept from before")
    return f"{order.study}: {', '.join(parts)}"


def ending_text(order: Order, standing: Standing | None, result: Outcome | Exception) -> str:
    """Return how a study ended."""
    if isinstance(result, Outcome):
        return f"{order.study}: {_done(order, standing)}"
    if isinstance(result, StudyCancelledError):
        if standing is None or not standing.progress.done:
            return f"{order.study}: cancelled before anything was finished"
        progress = standing.progress
        return (
            f"{order.study}: cancelled; {step_text(progress.done)} of {step_text(progress.total)} are kept, "
            "Run goes on from there"
        )
    if isinstance(result, InputError):
        return str(result)
    if isinstance(result, OSError):
        return f"{result.filename or order.output}: cannot be used ({result.strerror or result}); {GOES_ON}"
    if isinstance(result, BrokenExecutor):
        return f"{order.study}: a process of it was ended from outside, perhaps for want of memory; {GOES_ON}"
    if isinstance(result, MemoryError):
        return f"{order.study}: there is not enough memory for it; {GOES_ON}"
    return f"{order.study}: ended by an error of the program ({type(result).__name__}: {result}); {GOES_ON}"


def _done(order: Order, standing: Standing | None) -> str:
    if standing is None:
        return "done"
    progress = standing.progress
    new = progress.done - progress.kept
    words = f"done, {step_text(new)} {STUDIES[order.study].drawn} in {time_text(standing.seconds)}"
    return f"{words}, {step_text(progress.kept)} kept from before" if progress.kept else words


def time_text(seconds: float) -> str:
    """Return a time for the screen."""
    if seconds < 90:
        return f"{seconds:.1f} s" if seconds < 9.95 else f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 5400 else f"{seconds / 3600:.1f} h"
