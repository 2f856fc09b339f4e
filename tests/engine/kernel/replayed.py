"""Runs of the kernel outside of this process: for another processor, or under a sanitizer."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from stepviz.engine.kernel.build import FLAGS, SOURCES, Target, compile_objects, run_compiler
from stepviz.engine.kernel.plan import Progress
from stepviz.engine.settings.experiment import Experiment
from tests.engine.kernel.runs import trainer_by

STEPS = 60
# The program ends with all that it holds.
QUIET = {"ASAN_OPTIONS": "detect_leaks=0"}
PROGRAM = Path(__file__).with_name("replay.c")


def build_program(folder: Path, compiler: Sequence[str], target: Target, extra: Sequence[str] = ()) -> Path:
    program = folder / ("replay.exe" if target.system == "windows" else "replay")
    objects = compile_objects(compiler, target, folder, extra)
    run_compiler(
        compiler, *FLAGS, *extra, f"-I{SOURCES}", str(PROGRAM), *objects, "-o", str(program), "-lm"
    )  # fmt: skip
    return program


def write_request(path: Path, experiment: Experiment) -> None:
    trainer = trainer_by("compiled", experiment)
    stepper = trainer._stepper
    at = Progress(copy=trainer.state.size, depth=trainer.recent.depth)
    orders, at.first_epoch = trainer.batches.orders()
    at.epochs = len(orders)
    copies, seen, _ = trainer.recent.place()
    train = trainer.setup.train
    wide = trainer.theta.dtype == np.float64
    # As many rows as are read, and no more.
    rows = orders[: STEPS * trainer.batches.size // trainer.batches.examples + 2]
    at.epochs = len(rows)
    parts = [
        np.array([wide, STEPS], dtype=np.int64), bytes(stepper._plans[0]), bytes(at),
        bytes(next(iter(stepper._layers.values()))), train.inputs, train.targets, trainer.state, trainer.gradient,
        stepper._zeros.counted, rows, copies, seen,
    ]  # fmt: skip
    with path.open("wb") as file:
        for part in parts:
            content = part if isinstance(part, bytes) else np.ascontiguousarray(part).tobytes()
            file.write(len(content).to_bytes(8, "little") + content)


def expected(experiment: Experiment) -> bytes:
    trainer = trainer_by("compiled", experiment)
    done = trainer.step(STEPS)
    return done.to_bytes(8, "little") + trainer.state.tobytes() + trainer.gradient.tobytes()


def differing(program: Sequence[str], build: str, runs: dict[str, Experiment], folder: Path) -> list[str]:
    """Return the names of the runs that the program does not end with the bits of the library in this process."""
    found = []
    for name, experiment in runs.items():
        request = folder / "request"
        write_request(request, experiment)
        result = subprocess.run(
            [*program, build, str(request)], capture_output=True, check=False, env=os.environ | QUIET
        )
        assert result.returncode == 0, result.stderr.decode()[-2000:]
        if result.stdout != expected(experiment):
            found.append(name)
    return found


def first_found(*names: str) -> str | None:
    return next((path for name in names if (path := shutil.which(name))), None)
