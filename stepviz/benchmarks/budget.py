"""What is promised in seconds and megabytes: the ring of moments to go back to, and the study of networks born dead."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator
from contextlib import contextmanager

from stepviz.benchmarks.row import Row
from stepviz.engine.settings.experiment import DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.runtime.checkpoints import MOST, Checkpoints

# Of 2,000 moments, and of a study on two cores.
MOST_BYTES, MOST_SECONDS = 200e6, 20.0
# How many times 2,000 steps, and by how much the most memory after the first of them may exceed that until then.
FILLINGS, GROWTH = 8, 1.01
SMALL, LARGE = (32,), (128, 128)
BORN_DEAD = {"depth": [10], "width": [2, 3, 4, 5, 10]}
NETWORKS = 40_000


def digits(widths: tuple[int, ...]) -> Experiment:
    """Return the settings of a network for the digits, trained with Adam."""
    layers = tuple(HiddenLayer(width) for width in widths)
    return Experiment(data=DataSettings("digits"), layers=layers, loss="softmax-cross-entropy")


@contextmanager
def _traced() -> Iterator[None]:
    tracemalloc.start()
    try:
        yield
    finally:
        tracemalloc.stop()


def ring_bytes(widths: tuple[int, ...], fillings: int = FILLINGS) -> tuple[int, int, int]:
    """Return how many moments of a digits network the ring holds after 2,000 steps, its most bytes so far and later.

    Later: up to ``fillings`` times 2,000 steps. As Python and NumPy allocate them, not as the ring counts them.
    """
    trainer, ring = Trainer(digits(widths)), Checkpoints()
    with _traced():
        before = tracemalloc.get_traced_memory()[0]
        held = first = 0
        for step in range(MOST * fillings):
            trainer.step_count = step
            if ring.due(step):
                ring.keep(trainer.moment())
            if step == MOST - 1:
                held, first = len(ring), tracemalloc.get_traced_memory()[1] - before
                tracemalloc.reset_peak()
        return held, first, tracemalloc.get_traced_memory()[1] - before


def ring_rows() -> list[Row]:
    """Measure the memory of the ring against what it may have, and that it does not grow."""
    rows, end = [], f"until step {MOST * FILLINGS:,}"
    for widths in (SMALL, LARGE):
        held, first, later = ring_bytes(widths)
        name = f"{held:,} moments to go back to, digits {'-'.join(map(str, (64, *widths, 10)))}"
        rows.append(Row(name, first, "200 MB", MOST_BYTES, 1.0, unit="MB"))
        rows.append(Row(f"the same, {end}", later, f"until step {MOST:,}", first, GROWTH, unit="MB"))
    return rows


def study_row() -> Row:
    """Measure the study of 40,000 networks each, of depth 10 and five widths, on all cores."""
    from stepviz.studies.run import run_study

    began = time.perf_counter()
    run_study("born-dead", BORN_DEAD, NETWORKS)
    seconds = time.perf_counter() - began
    return Row("study born-dead, 40,000 networks × 5", seconds, "20 s on two cores", MOST_SECONDS, 1.0, unit="s")


def budget_rows() -> list[Row]:
    """Measure all of it."""
    return [*ring_rows(), study_row()]
