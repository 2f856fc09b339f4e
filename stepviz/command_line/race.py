"""``stepviz race``: lanes from the same start, without a window."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Sequence
from pathlib import Path

import msgspec
import numpy as np

from stepviz.command_line.field_values import opened
from stepviz.engine.common.errors import InputError
from stepviz.engine.race.race import Race
from stepviz.engine.race.variations import PICKS, VARIATIONS, lanes_of
from stepviz.engine.settings.experiment import Experiment
from stepviz.runtime.race_frame import LaneFrame, RaceFrame, Target, quartiles
from stepviz.runtime.race_run import RaceRun

HEADINGS = ("lane", "loss", "best loss", "accuracy", "test", "to target", "stuck", "failed")


def race(
    file: Path | None, changes: Sequence[str], vary: str, seeds: int, steps: int, target: str, *, as_json: bool
) -> int:
    """Run a race and print how its lanes ended; ``vary`` is ``setting=value,value…`` or the name of a pick.

    ``changes`` are ``field=value``; ``target`` is ``accuracy=0.95`` or ``loss=0.1``, empty for the usual one. Raises
    InputError for settings that cannot be used, OSError for a file that cannot be read.
    """
    base = opened(file, changes)
    key, values = _what_varies(vary)
    chosen = Race(base, lanes_of(base, key, values), seeds)
    run = RaceRun(chosen, steps, _target(target, base))
    began = time.perf_counter()
    _run_with_bar(run)
    seconds = time.perf_counter() - began
    run.look(math.inf)
    frame = run.frame(1, False, 0.0)
    if as_json:
        encoded = msgspec.json.encode(_result(frame, seconds))
        sys.stdout.write(msgspec.json.format(encoded, indent=2).decode() + "\n")
    else:
        _print(frame, seconds)
    return 0


def _what_varies(vary: str) -> tuple[str, tuple[str, ...]]:
    key, equals, text = vary.partition("=")
    key = key.strip()
    if not equals:
        if key in PICKS:
            return PICKS[key].variation, PICKS[key].values
        known = ", ".join(PICKS)
        raise InputError("--vary", vary, f"SETTING=VALUE,VALUE, for example activation=step,relu, or one of {known}")
    values = tuple(value.strip() for value in text.split(",") if value.strip())
    return key, values or (VARIATIONS[key].usual if key in VARIATIONS else ())


def _target(text: str, base: Experiment) -> Target:
    if not text:
        # A loss on classes is made small by being right; without classes there is nothing else to reach.
        return Target("loss", 0.01) if base.loss == "squared-error" else Target("accuracy", 0.95)
    kind, equals, value = text.partition("=")
    try:
        number = float(value)
    except ValueError:
        number = math.nan
    if not equals or math.isnan(number) or kind.strip() not in ("loss", "accuracy"):
        raise InputError("--target", text, "accuracy=SHARE or loss=NUMBER")
    return Target("loss" if kind.strip() == "loss" else "accuracy", number).check()


def _run_with_bar(run: RaceRun) -> None:
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = Console(stderr=True)
    columns = (TextColumn("racing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as progress:
        task = progress.add_task("racing", total=run.limit)
        while run.advance(run.every):
            progress.update(task, completed=run.step)


def _result(frame: RaceFrame, seconds: float) -> dict[str, object]:
    return {
        "steps": frame.step,
        "every": frame.every,
        "seeds": frame.race.seeds,
        "target": {"kind": frame.target.kind, "value": frame.target.value},
        "seconds": seconds,
        "base": msgspec.to_builtins(frame.race.base),
        "lanes": [_lane(lane) for lane in frame.lanes],
    }


def _lane(lane: LaneFrame) -> dict[str, object]:
    low, middle, high = lane.final_loss
    reading, errors = lane.reading, lane.typical_errors
    return {
        "lane": lane.label,
        "notes": list(lane.notes),
        "loss": _finite(middle),
        "loss_quartiles": [_finite(low), _finite(high)],
        "best_loss": _finite(float(quartiles(lane.best_loss)[1])),
        "train_accuracy": _finite(lane.median(reading.train_accuracy)),
        "test_accuracy": _finite(lane.median(reading.test_accuracy)),
        "train_error": None if errors is None else _finite(errors[0]),
        "test_error": None if errors is None else _finite(errors[1]),
        "steps_to_target": _finite(lane.steps_to_target),
        "stuck_share": _finite(lane.median(reading.stuck_share)),
        "failed_share": lane.failed_share,
        "runs": {
            "loss": [_finite(float(loss)) for loss in np.where(lane.diverged, np.nan, reading.train_loss)],
            "reached_at": [int(step) if step >= 0 else None for step in lane.reached_at],
            "diverged": [bool(diverged) for diverged in lane.diverged],
        },
        "experiment": msgspec.to_builtins(lane.setup.experiment),
    }


def _finite(value: float) -> float | None:
    return value if math.isfinite(value) else None


def _print(frame: RaceFrame, seconds: float) -> None:
    from rich.console import Console
    from rich.table import Table

    runs = len(frame.lanes) * frame.race.seeds
    goal = f"{frame.target.kind} {'≤' if frame.target.kind == 'loss' else '≥'} {frame.target.value:g}"
    title = f"{frame.step:,} steps of {runs:,} runs in {seconds:.2f} s; target: training {goal}"
    caption = "medians over the seeds; failed: diverged, or never at the target"
    if any(lane.typical_errors for lane in frame.lanes):
        caption += "; ±: typical error in your units"
    table = Table(title=title, caption=caption)
    for heading in HEADINGS:
        table.add_column(heading, justify="left" if heading == "lane" else "right")
    for lane in frame.lanes:
        row = _lane(lane)
        table.add_row(
            lane.name,
            _text(row["loss"], "{:.4g}", "diverged"),
            _text(row["best_loss"], "{:.4g}", "diverged"),
            _text(row["train_accuracy"], "{:.1%}", _text(row["train_error"], "±{:.4g}")),
            _text(row["test_accuracy"], "{:.1%}", _text(row["test_error"], "±{:.4g}")),
            _text(row["steps_to_target"], "{:,.0f}"),
            _text(row["stuck_share"], "{:.0%}"),
            _text(row["failed_share"], "{:.0%}"),
        )
    console = Console()
    console = console if console.is_terminal else Console(width=120)
    console.print(table)
    for lane in frame.lanes:
        if lane.notes:
            console.print(f"* {lane.label}: {'; '.join(lane.notes)}", markup=False, highlight=False)


def _text(value: object, form: str, missing: str = "–") -> str:
    return missing if value is None else form.format(value)
