"""How steep may a sigmoid be? Final loss over its slope a, and two ways to end with a step.

Hidden units compute σ(a z). Fixed slopes are compared with annealing (a grows during training, linearly or
exponentially) and with step units under the straight-through rule (Bengio, Léonard and Courville 2013), from the same
starts on the same batches. All are read twice at the end: as they were trained, and with steps in the place of the
sigmoids, which is what a step network is worth that was trained that way.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.export.columns import Table
from stepviz.studies.chart import Chart, Series
from stepviz.studies.settings import Values, names, number, whole
from stepviz.studies.study import Cell, Draws, Results, Row, Study, product_of_settings
from stepviz.studies.training import quartiles, readings, runs_at_once

DATA = ("circle", "xor", "moons", "gaussians", "spiral", "checkerboard")
METHODS = ("fixed", "linear", "exponential", "straight-through")
ANNEALED = ("linear", "exponential")


def cells(values: Values) -> list[Cell]:
    """Return the cells: each fixed slope, and the other methods once for each data set."""
    found = []
    for cell in product_of_settings({name: given for name, given in values.items() if name != "slope"}):
        for slope in values["slope"] if cell["method"] == "fixed" else (None,):
            found.append({**cell, "slope": slope})
    return found


def experiment_of(cell: Cell, choice: ActivationChoice) -> Experiment:
    """Return the settings of the runs of a cell, with this activation in the hidden layers."""
    return Experiment(
        data=DataSettings(cell["data"]), layers=(HiddenLayer(cell["width"], choice),) * cell["depth"],
        learning_rate=cell["learning-rate"],
    )  # fmt: skip


def sigmoid(slope: float) -> ActivationChoice:
    """Return the sigmoid with a slope that training leaves alone."""
    return ActivationChoice("sigmoid", {"slope": slope}, trained=())


def at_once(cell: Cell) -> int:
    """Return how many runs are trained together."""
    width, depth = cell["width"], cell["depth"]
    return runs_at_once(depth * width * (width + 1), DataSettings().samples * depth * width, most=10)


def run(cell: Cell, draws: Draws) -> Results:
    """Return the readings of each run at the end, as trained and as a step network."""
    method, steps = cell["method"], cell["steps"]
    step = ActivationChoice("step", rule=Choice("straight-through"))
    first, last = cell["first-slope"], cell["last-slope"]
    experiment = experiment_of(cell, step if method == "straight-through" else sigmoid(cell["slope"] or first))
    if method in ANNEALED:
        course: dict[str, float] = {"first": first, "last": last, "length": steps}
        experiment = replace(experiment, slope_schedule=Choice(method, course))
    trainer = Trainer(experiment, seeds=list(draws.seeds))
    trainer.step(steps)
    found = readings(trainer)
    trainer.change(replace(trainer.experiment, layers=(HiddenLayer(cell["width"], step),) * cell["depth"]))
    return found | {f"step_{name}": values for name, values in readings(trainer).items()}


def rows(cell: Cell, results: Results) -> Sequence[Row]:
    """Return the one row of a cell: medians and quartiles over runs."""
    row: Row = {"runs": len(results["train_loss"])}
    for name in ("train_loss", "test_loss", "step_train_loss"):
        middle, low, high = quartiles(results, name)
        row |= {name: middle, f"{name}_low": low, f"{name}_high": high}
    for name in ("accuracy", "step_accuracy"):
        row[name] = float(np.median(results[name]))
    return [row]


def charts(table: Table) -> dict[str, Chart]:
    """Return a picture for each data set: loss over the slope, and the other methods as level lines."""
    columns = {name: list(column) for name, column in table.columns.items()}
    return {f"-{data}": _chart(columns, data) for data in dict.fromkeys(columns["data"])}


def _chart(columns: dict[str, list[Any]], data: str) -> Chart:
    chosen = [row for row, found in enumerate(columns["data"]) if found == data]
    fixed = [row for row in chosen if columns["method"][row] == "fixed"]
    slopes = [columns["slope"][row] for row in fixed]
    series = []
    for colour, (name, words) in enumerate((("train_loss", "fixed slope"), ("step_train_loss", "… read as steps"))):
        y, low, high = ([columns[name + end][row] for row in fixed] for end in ("", "_low", "_high"))
        series.append(Series(words, slopes, y, low, high, colour=colour))
    ends = [min(slopes, default=1.0), max(slopes, default=100.0)]
    for colour, row in enumerate((row for row in chosen if columns["method"][row] != "fixed"), start=2):
        loss = columns["step_train_loss"][row]
        label = columns["method"][row] + (", as steps" if columns["method"][row] != "straight-through" else "")
        series.append(Series(label, ends, [loss, loss], closed_form=True, colour=colour))
    return Chart(f"Final loss over the slope of the sigmoids: {data}", "slope a", "training loss (median, quartiles)",
                 series, log_x=True, log_y=True)  # fmt: skip


SLOPE = Study(
    key="slope",
    title="How steep a sigmoid may be, and two ways to end with a step",
    asks="At which slope do fixed sigmoids train best, and what is left of each network when its sigmoids are read "
    "as steps? Beside them: slopes that grow during training, and straight-through.",
    paper="Bengio, Léonard and Courville 2013, arXiv 1308.3432 (straight-through); slope annealing: Chung, Ahn and "
    "Bengio 2017, arXiv 1609.01704",
    settings=(
        names("data", "what is learned", ("circle", "xor", "moons"), DATA),
        names("method", "how the slope is chosen", METHODS, METHODS),
        number("slope", "of the fixed sigmoids", (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0), 0.01, 10_000.0),
        number("first-slope", "where annealing begins", (1.0,), 0.001, 1000.0, many=False),
        number("last-slope", "where annealing ends", (50.0,), 0.001, 1000.0, many=False),
        whole("width", "units of each hidden layer", (8,), 1, 256, many=False),
        whole("depth", "hidden layers", (2,), 1, 16, many=False),
        whole("steps", "updates", (2000,), 1, 1_000_000, many=False),
        number("learning-rate", "of Adam", (0.01,), 1e-6, 10.0, many=False),
    ),
    draws=20,
    drawn="runs",
    at_once=at_once,
    run=run,
    rows=rows,
    charts=charts,
    cells=cells,
    quartiles=("train_loss", "test_loss", "step_train_loss"),
)
