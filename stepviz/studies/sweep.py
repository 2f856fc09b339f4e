"""A grid over any settings of an experiment: every combination, several seeds each."""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import product
from pathlib import Path

import msgspec
import numpy as np

from stepviz.engine.common.errors import InputError
from stepviz.engine.race.variations import VARIATIONS
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.field_paths import with_fields
from stepviz.engine.setup.open_file import open_file
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.engine.training.trainer import Trainer
from stepviz.export.columns import Table
from stepviz.studies.chart import Chart, Series
from stepviz.studies.intervals import wilson
from stepviz.studies.settings import Values, experiment_file, texts, whole
from stepviz.studies.study import MOST_CELLS, Cell, Draws, Results, Row, Study
from stepviz.studies.training import quartiles, readings, runs_at_once


def cells(values: Values) -> list[Cell]:
    """Return one cell per combination, with its settings whole. Raises InputError for one that cannot be trained."""
    base = open_file(Path(str(values["experiment"][0]))) if values["experiment"] else Experiment()
    ways = [_way(str(given)) for given in values["vary"]]
    fields = [field for field, _ in ways]
    twice = next((field for field in fields if fields.count(field) > 1), None)
    if twice is not None:
        raise InputError("vary", f"{twice!r} twice", "each setting once")
    if np.prod([float(len(choices)) for _, choices in ways]) > MOST_CELLS:
        raise InputError("vary", "too many combinations", f"at most {MOST_CELLS:,}")
    found: list[Cell] = []
    # What an error is of a loss of 1: every error is this times the root of its loss.
    units: list[float | None] = []
    previous: BoundExperiment | None = None
    for combination in product(*(choices for _, choices in ways)):
        experiment = base
        for field, value in zip(fields, combination, strict=True):
            experiment = with_setting(experiment, field, value)
        # Here and not in the middle of the study: what cannot be trained together is found before anything is.
        previous = set_up(experiment, previous=previous)
        found.append(
            {
                "varied": dict(zip(fields, combination, strict=True)),
                "experiment": msgspec.to_builtins(experiment),
                "steps": values["steps"][0],
                "size": _size(previous),
            }
        )
        units.append(previous.dataset.typical_error(1.0))
    # All rows of a table have the same columns: those of errors where any cell has them.
    if any(unit is not None for unit in units):
        return [cell | {"unit": unit} for cell, unit in zip(found, units, strict=True)]
    return found


def _size(setup: BoundExperiment) -> list[int]:
    """Return the numbers of parameters and of activations of one run."""
    layout = setup.network.layout
    return [layout.size, max(len(setup.train), len(setup.test)) * sum(layout.widths)]


def _way(given: str) -> tuple[str, list[str]]:
    field, equals, listed = given.partition("=")
    choices = [value.strip() for value in listed.split(",")]
    if not equals or not field.strip() or not all(choices):
        raise InputError("vary", given, "SETTING=VALUE,VALUE…, for example learning_rate=0.01,0.1")
    if len(set(choices)) < len(choices):
        raise InputError("vary", given, "each value once")
    return field.strip(), choices


def with_setting(experiment: Experiment, field: str, value: str) -> Experiment:
    """Return the experiment with one setting changed: an entry of VARIATIONS, or the path of any field."""
    if field in VARIATIONS:
        return VARIATIONS[field].lane(experiment, value).experiment
    try:
        decoded = msgspec.json.decode(value)
    except (msgspec.DecodeError, RecursionError):
        decoded = value
    return with_fields(experiment, {field: decoded})


def at_once(cell: Cell) -> int:
    """Return how many runs are trained together."""
    return runs_at_once(cell["size"][0], cell["size"][1], most=10)


def run(cell: Cell, draws: Draws) -> Results:
    """Return the readings of each run at the end; its seed is added to that of the experiment."""
    experiment = msgspec.convert(cell["experiment"], Experiment)
    seeds = [(experiment.seed + seed) % 2**31 for seed in draws.seeds]
    trainer = Trainer(experiment, seeds=seeds)
    trainer.step(cell["steps"])
    return readings(trainer)


def rows(cell: Cell, results: Results) -> Sequence[Row]:
    """Return the one row of a cell: medians and quartiles over runs, and the share of runs that diverged."""
    runs = len(results["train_loss"])
    failed = int((~np.isfinite(results["train_loss"])).sum())
    low, high = wilson(failed, runs)
    row: Row = {**cell["varied"], "runs": runs}
    for name in ("train_loss", "test_loss"):
        if np.isnan(results[name]).all() and not failed:
            row |= {name: None, f"{name}_low": None, f"{name}_high": None}
            continue
        middle, lower, upper = quartiles(results, name)
        row |= {name: middle, f"{name}_low": lower, f"{name}_high": upper}
    # Where a target was scaled the losses are those of scaled numbers: the errors are in the person's own.
    for name, loss in (("train_error", "train_loss"), ("test_error", "test_loss")) if "unit" in cell else ():
        value, unit = row[loss], cell["unit"]
        row[name] = unit * math.sqrt(value) if unit is not None and isinstance(value, float) else None
    row["best_train_loss"] = float(np.min(np.where(np.isnan(results["train_loss"]), np.inf, results["train_loss"])))
    accuracy = float(np.median(results["accuracy"]))
    row["accuracy"] = None if np.isnan(accuracy) else accuracy
    return [row | {"diverged": failed, "diverged_share": failed / runs, "diverged_low": low, "diverged_high": high}]


def charts(table: Table) -> dict[str, Chart]:
    """Return the picture: loss over the values varied first, one colour for each combination of the others."""
    columns = {name: list(column) for name, column in table.columns.items()}
    varied = list(columns)[: list(columns).index("runs")]
    if not varied:
        return {}
    across = list(dict.fromkeys(columns[varied[0]]))
    others = [", ".join(rest) for rest in zip(*(columns[name] for name in varied[1:]), strict=True)]
    others = others or ["training loss"] * len(columns["runs"])
    series = []
    for colour, label in enumerate(dict.fromkeys(others)):
        chosen = [row for row, found in enumerate(others) if found == label]
        x = [float(across.index(columns[varied[0]][row])) for row in chosen]
        y, low, high = ([columns["train_loss" + end][row] for row in chosen] for end in ("", "_low", "_high"))
        series.append(Series(label, x, y, low, high, colour=colour))
    title = f"Final loss over {', '.join(varied)}"
    axis = "training loss (median, quartiles)"
    return {"": Chart(title, varied[0], axis, series, log_y=True, x_names=across)}


EXAMPLES = tuple(f"{key}={','.join(variation.usual)}" for key, variation in VARIATIONS.items())

SWEEP = Study(
    key="sweep",
    title="A grid over any settings of an experiment",
    asks="What do the settings that you name do to the final loss of your own experiment? Every combination is "
    "trained from several seeds.",
    paper="none: your own question",
    settings=(
        experiment_file("experiment", "a file with the settings that are not varied, or a CSV of your own"),
        texts(
            "vary",
            "SETTING=VALUE,VALUE…, one for each setting that differs",
            ("learning_rate=0.001,0.01,0.1",),
            EXAMPLES,
        ),
        whole("steps", "updates", (1000,), 1, 10_000_000, many=False),
    ),
    draws=10,
    drawn="runs",
    at_once=at_once,
    run=run,
    rows=rows,
    charts=charts,
    cells=cells,
    quartiles=("train_loss", "test_loss"),
)
