"""How fast the compiled step is: against NumPy, a loop in C for one network, and an engine in JavaScript."""

from __future__ import annotations

import ctypes
import os
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
from msgspec.structs import replace

from stepviz.benchmarks.row import Row, interleaved
from stepviz.engine.kernel.build import compilers, run_compiler
from stepviz.engine.kernel.library import Library, find_library
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.training.stepper import VARIABLE, choose_stepper
from stepviz.engine.training.trainer import Trainer

STEPS = 2000
BATCHES = (10, 32, 256)
# At most so many times what an engine that takes one example at a time needs, by the size of the batch.
PER_EXAMPLE_GOALS = {10: 0.15, 32: 0.06, 256: None}
_FOLDER = Path(__file__).parent
# What a compiler does for this very machine when nothing holds it to one order of sums.
_FAST = ("-std=gnu11", "-O3", "-march=native", "-ffast-math", "-fPIC", "-shared", "-w")


@contextmanager
def by(stepper: str) -> Iterator[None]:
    """Let a stepper do the updates of trainers made within."""
    before = os.environ.get(VARIABLE)
    choose_stepper(stepper)
    try:
        yield
    finally:
        if before is None:
            del os.environ[VARIABLE]
        else:
            os.environ[VARIABLE] = before


def compiled_rows() -> list[Row]:
    """Measure the compiled step at 2-8-8-1 with Adam; no rows where there is none."""
    if not isinstance(find_library(), Library):
        return []
    rows = []
    per_example = _per_example()
    for batch in BATCHES:
        experiment = replace(Experiment(), batch_size=batch)
        with by("numpy"):
            numpy = Trainer(experiment)
        with by("compiled"):
            compiled = Trainer(experiment)
        name = f"compiled step, batch {batch}"
        ours, theirs = interleaved(lambda: compiled.step(STEPS), lambda: numpy.step(STEPS // 10))  # noqa: B023
        rows.append(Row(name, ours / STEPS, "NumPy's step", 10 * theirs / STEPS, None))
        if batch in per_example:
            versus = "JavaScript, example by example"
            rows.append(Row(name, ours / STEPS, versus, per_example[batch], PER_EXAMPLE_GOALS[batch]))
        if loop := _reference(compiled, batch):
            ours, theirs = interleaved(lambda: compiled.step(STEPS), loop)  # noqa: B023
            rows.append(Row(name, ours / STEPS, "a C loop for this network", theirs / STEPS, 2.0))
    return rows


def _per_example() -> dict[int, float]:
    """Return the seconds of an update in JavaScript, by the size of the batch; nothing where there is no node."""
    node = shutil.which("node")
    if node is None:
        return {}
    command = [node, str(_FOLDER / "per_example.js"), *map(str, BATCHES)]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120)
    return {batch: float(text) / 1e6 for batch, text in zip(BATCHES, done.stdout.split(), strict=True)}


def _reference(trainer: Trainer, batch: int) -> Callable[[], None] | None:
    """Return STEPS updates by a loop in C, compiled for this batch and machine; None without a compiler."""
    command = next(compilers(), None)
    if command is None:
        return None
    with tempfile.TemporaryDirectory() as folder:
        library = Path(folder) / "reference.so"
        source = str(_FOLDER / "reference_loop.c")
        try:
            run_compiler(command, *_FAST, f"-DBATCH={batch}", source, "-o", str(library), "-lm")
            loop = ctypes.CDLL(str(library)).reference_loop
        except (OSError, subprocess.SubprocessError):
            return None
    theta, mean, square = trainer.theta.copy(), np.zeros_like(trainer.theta), np.zeros_like(trainer.theta)
    train = trainer.setup.train
    order = np.random.default_rng(0).integers(0, len(train), (STEPS, batch))
    arrays = (theta, mean, square, train.inputs, train.targets, order)
    pointers = [ctypes.c_void_p(array.ctypes.data) for array in arrays]

    def run() -> None:
        loop(ctypes.c_int64(STEPS), *pointers)
        assert len(arrays) == len(pointers)

    return run
