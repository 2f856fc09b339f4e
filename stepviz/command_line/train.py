"""``stepviz train``: train without a window."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from stepviz.command_line.field_values import opened
from stepviz.command_line.switches import Planned, read_switches
from stepviz.engine.common.atomic_files import write_whole
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.csv_dataset import what_is_learned
from stepviz.engine.data.dataset import Dataset
from stepviz.engine.training.trainer import Trainer
from stepviz.export.run_table import encode_run
from stepviz.probes.accuracy import accuracy
from stepviz.probes.diagnosis import measure_diagnosis
from stepviz.probes.gradient_flow import GradientFlow, measure_flow
from stepviz.probes.instant import Instant
from stepviz.probes.instant import Path as Walked
from stepviz.probes.stuck_units import StuckUnits, measure_units
from stepviz.runtime.recorder import RECENT
from stepviz.runtime.run import Run
from stepviz.runtime.run_record import take_record

BARS = 100
# Moments that are recorded for a file.
POINTS = 1000


def train(
    file: Path | None,
    changes: Sequence[str],
    steps: int,
    *,
    switches: Sequence[Sequence[str]] = (),
    as_json: bool,
    output: Path | None,
) -> int:
    """Train and print how it ended; ``changes`` are ``field=value``. ``output`` gets the whole run, NPZ or CSV.

    ``switches``: a step and one or more ``field=value`` each, in force from there on. Raises InputError for settings
    that cannot be used, and for a run that diverged, after printing its result;
    OSError for files that cannot be read or written.
    """
    experiment = opened(file, changes)
    schedule = read_switches(switches, experiment, steps)
    run = Run(experiment)
    if output is not None:
        # Before an hour of training, not after it.
        there = output.exists()
        output.open("ab").close()
        if not there:
            output.unlink()
    began = time.perf_counter()
    curve = _train_with_bar(run, steps, BARS if output is None else POINTS, schedule)
    seconds = time.perf_counter() - began
    trainer = run.trainer
    result = _result(trainer, curve, seconds) | {"stopped": str(run.stopped) if run.stopped is not None else None}
    if output is not None:
        _write(output, encode_run(output, take_record(run)))
    if as_json:
        sys.stdout.write(msgspec.json.format(msgspec.json.encode(result), indent=2).decode() + "\n")
    else:
        _print(result)
    if trainer.diverged is not None:
        rate = f"{experiment.learning_rate:g}"
        raise InputError("learning_rate", rate, f"a smaller one: the run diverged at {trainer.diverged}")
    return 0


def _write(output: Path, content: bytes) -> None:
    """Write a file; OSError that names it, and then it stays as it was."""
    if output.exists() and not output.is_file():
        # A pipe or a device is written to, not replaced.
        output.write_bytes(content)
    else:
        write_whole(output, content)


def _train_with_bar(run: Run, steps: int, points: int, schedule: Sequence[Planned]) -> np.ndarray:
    """Train, and record ``points`` moments on the way.

    Return fewer (moments, 3), with step, training and test loss: where these go is part of the diagnosis.
    """
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("training"), BarColumn(), MofNCompleteColumn(), TextColumn("{task.fields[loss]}"),
               TimeRemainingColumn())  # fmt: skip
    curve: list[tuple[float, float, float]] = []
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("training", total=steps, loss="")
        slice_, bar = max(1, steps // points), max(1, steps // BARS)
        waiting = list(schedule)
        _make_changes(run, waiting)
        _record(run)
        while (done := run.trainer.step_count) < steps and run.diverged is None and run.stopped is None:
            ahead = waiting[0].step - done if waiting else steps
            run.step(min(slice_, bar - done % bar, steps - done, ahead))
            _record(run)
            if _make_changes(run, waiting):
                _record(run)
            if run.trainer.step_count % bar == 0 or run.trainer.step_count == steps or run.stopped is not None:
                curve.append((run.trainer.step_count, run.train_loss, run.test_loss))
                progress.update(task, completed=run.trainer.step_count, loss=f"loss {run.train_loss:.4g}")
    return np.array(curve).reshape(-1, 3)


def _make_changes(run: Run, waiting: list[Planned]) -> bool:
    """Make the changes whose step has come; return whether there were any."""
    made = False
    while waiting and waiting[0].step <= run.trainer.step_count and run.diverged is None and run.stopped is None:
        waiting.pop(0).make(run)
        made = True
    return made


def _record(run: Run) -> None:
    instant = run.look()
    if run.diverged is None:
        with np.errstate(all="ignore"):
            run.record(instant, {GradientFlow: measure_flow(instant), StuckUnits: measure_units(instant)})


def _result(trainer: Trainer, curve: np.ndarray, seconds: float) -> dict[str, object]:
    # The last one is the instant's own.
    before = curve[:-1]
    instant = Instant(trainer, Walked(np.zeros(1, dtype=np.int64), trainer.theta.copy()), before[-RECENT:, 1], before)
    shares = accuracy(instant)
    sentence = measure_diagnosis(instant).sentence if trainer.diverged is None else ""
    return {
        "steps": trainer.step_count,
        "epochs": trainer.epochs,
        "train_loss": _finite(instant.train_loss),
        "test_loss": _finite(instant.test_loss),
        "train_error": _error(trainer.setup.dataset, instant.train_loss),
        "test_error": _error(trainer.setup.dataset, instant.test_loss),
        "train_accuracy": _finite(shares[0]),
        "test_accuracy": _finite(shares[1]),
        "diverged": str(trainer.diverged) if trainer.diverged is not None else None,
        "diagnosis": sentence,
        "data": what_is_learned(trainer.setup.dataset),
        "notes": list(trainer.setup.dataset.notes),
        "seconds": seconds,
        "stepper": trainer.stepper,
        "experiment": msgspec.to_builtins(trainer.experiment),
    }


def _finite(value: float) -> float | None:
    return float(value) if math.isfinite(value) else None


def _error(dataset: Dataset, loss: float) -> float | None:
    error = dataset.typical_error(loss)
    return None if error is None else _finite(error)


def _print(result: dict[str, object]) -> None:
    notes = result["notes"]
    rows = [
        ("data", str(result["data"])),
        *(("note", note) for note in (notes if isinstance(notes, list) else [])),
        ("steps", f"{result['steps']:,} ({result['epochs']:,.1f} epochs, {result['seconds']:.2f} s)"),
        ("loss", _pair(result["train_loss"], result["test_loss"], "{:.6g}")),
        ("error", _pair(result["train_error"], result["test_error"], "±{:.6g}")),
        ("accuracy", _pair(result["train_accuracy"], result["test_accuracy"], "{:.1%}")),
        ("steps by", {"numpy": "NumPy", "compiled": "the compiled step"}[str(result["stepper"])]),
        ("stopped", str(result["stopped"] or "")),
        ("diagnosis", str(result["diagnosis"])),
    ]
    notes = result["notes"]
    assert isinstance(notes, list)
    rows += [("data", note) for note in notes]
    for name, text in rows:
        if text:
            sys.stdout.write(f"{name:10} {text}\n")


def _pair(train: object, test: object, form: str) -> str:
    parts = [
        f"{form.format(value)} ({name})" for name, value in (("train", train), ("test", test)) if value is not None
    ]
    return ", ".join(parts)
