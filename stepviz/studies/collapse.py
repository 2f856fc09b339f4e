"""How often a deep and narrow ReLU network that learns |x| collapses to a constant (Lu, Shin, Su, Karniadakis 2019).

One input, ``depth`` layers (depth - 1 hidden ones), 3,000 points spread evenly at random over [-√3, √3], squared error,
Adam. The start is He's normal weights with biases 0, or the paper's randomised asymmetric one.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache

import numpy as np

from stepviz.engine.common.arrays import Array, with_ones
from stepviz.engine.data.datasets import Dataset, dataset_from_arrays
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.export.columns import Table
from stepviz.studies.born_dead import lower_bound, one_point
from stepviz.studies.chart import Chart, Series
from stepviz.studies.intervals import wilson
from stepviz.studies.settings import names, number, whole
from stepviz.studies.study import Cell, Draws, Results, Row, Study
from stepviz.studies.training import runs_at_once

EXAMPLES = 3000
EDGE = 3.0**0.5
# The variance of |x| for x uniform on (-√3, √3): what the best constant leaves.
VARIANCE = 0.25
# A run has learned |x| when it leaves at most this share of the variance.
LEARNED = 0.01
INITIALISERS = ("he-normal", "asymmetric")
_STREAM = 11
_GRID = with_ones(np.linspace(-EDGE, EDGE, 401)[:, None], "float32")


@cache
def _points() -> Dataset:
    x = np.random.default_rng(_STREAM).uniform(-EDGE, EDGE, (EXAMPLES, 1))
    return dataset_from_arrays(x, np.abs(x[:, 0]))


def asymmetric(network: Network, seed: int) -> Array:
    """Return parameters (parameters,) from the randomised asymmetric initialisation of Lu et al. 2019, section 4.

    All weights and the bias of a unit are normal with standard deviation 0.6007 / √(fan in), but for one of them,
    chosen at random, which is from Beta(2, 1): positive, so that fewer units are off at all inputs.
    """
    generator = np.random.default_rng((seed, _STREAM))
    theta = np.zeros((1, network.layout.size))
    for layer, shape in enumerate(network.layout.layers):
        block = network.layout.block(theta, layer)[0]
        block[...] = generator.normal(0.0, 0.6007 / shape.inputs**0.5, block.shape)
        chosen = generator.integers(0, shape.inputs + 1, shape.outputs)
        block[chosen, np.arange(shape.outputs)] = generator.beta(2.0, 1.0, shape.outputs)
    return theta[0]


def experiment_of(cell: Cell) -> Experiment:
    """Return the settings of the runs of a cell."""
    relu = HiddenLayer(cell["width"], ActivationChoice("relu"))
    return Experiment(
        layers=(relu,) * (cell["depth"] - 1), loss="squared-error", weights=Choice("he-normal"),
        learning_rate=cell["learning-rate"], batch_size=cell["batch"],
    )  # fmt: skip


def at_once(cell: Cell) -> int:
    """Return how many runs are trained together: enough to share Python's overhead, few enough for steady progress."""
    width, depth = cell["width"], cell["depth"]
    return runs_at_once(depth * width * (width + 1), cell["batch"] * depth * width, most=25)


def run(cell: Cell, draws: Draws) -> Results:
    """Return of each run how far its answers spread, at the start and the end, and its mean square error at the end."""
    trainer = Trainer(experiment_of(cell), _points(), seeds=list(draws.seeds))
    if cell["initialiser"] == "asymmetric":
        for number_of_run, seed in enumerate(draws.seeds):
            trainer.put_parameters(asymmetric(trainer.network, seed), number_of_run)
    grid = Pass(trainer.network, trainer.theta, _GRID.shape[1])
    start = np.ptp(grid.forward(_GRID)[:, :, 0], axis=1)
    trainer.step(cell["steps"])
    answers = grid.forward(_GRID)[:, :, 0]
    errors = np.mean((answers - np.abs(_GRID[0, :, 0])) ** 2, axis=1)
    return {"start": start, "end": np.ptp(answers, axis=1), "error": errors}


def rows(cell: Cell, results: Results) -> Sequence[Row]:
    """Return the one row of a cell. A constant is one to the last bit: its answers do not differ at all."""
    runs = len(results["end"])
    born, constant = int((results["start"] == 0.0).sum()), int((results["end"] == 0.0).sum())
    learned = int((results["error"] <= LEARNED * VARIANCE).sum())
    symmetric = cell["initialiser"] == "he-normal"
    row: Row = {"runs": runs}
    for name, count in (("born_dead", born), ("constant", constant), ("learned", learned)):
        low, high = wilson(count, runs)
        row |= {name: count, f"{name}_share": count / runs, f"{name}_low": low, f"{name}_high": high}
        if name == "born_dead":
            # Beside what they bound.
            row["born_dead_lower_bound"] = lower_bound(cell["depth"], cell["width"]) if symmetric else None
            row["born_dead_upper_bound"] = one_point(cell["depth"], cell["width"]) if symmetric else None
    row["partly"] = runs - constant - learned
    row["median_error"] = float(np.median(results["error"]))
    return [row]


def charts(table: Table) -> dict[str, Chart]:
    """Return the picture: for each start and shape, the shares of runs that ended as a constant and that learned."""
    columns = {name: list(column) for name, column in table.columns.items()}
    shapes = zip(columns["initialiser"], columns["depth"], columns["width"], strict=True)
    labels = [f"{start}, {depth} × {width}" for start, depth, width in shapes]
    places = [float(place) for place in range(len(labels))]
    series = [
        Series(
            words, places, columns[f"{name}_share"], columns[f"{name}_low"], columns[f"{name}_high"], line=False,
            colour=colour,
        )
        for colour, (name, words) in enumerate(
            (("born_dead", "constant at the start"), ("constant", "constant at the end"), ("learned", "learned |x|"))
        )
    ]  # fmt: skip
    title = "What becomes of deep and narrow networks that learn |x|"
    axis = "start, depth × width"
    return {"": Chart(title, axis, "share of runs (95 %)", series, x_names=labels, y_range=(0.0, 1.0))}


COLLAPSE = Study(
    key="collapse",
    title="How often deep and narrow networks collapse to a constant",
    asks="Deep and narrow networks learn |x|. How many are a constant at the end, and do fewer collapse from a "
    "start that is not symmetric?",
    paper="Lu, Shin, Su and Karniadakis 2019, Dying ReLU and Initialization, arXiv 1903.06733",
    settings=(
        names("initialiser", "of weights and biases", INITIALISERS, INITIALISERS),
        whole("depth", "weight layers, one more than hidden layers", (10,), 2, 65),
        whole("width", "units of each hidden layer", (2,), 1, 64),
        whole("steps", "updates", (3000,), 1, 1_000_000, many=False),
        number("learning-rate", "of Adam", (0.001,), 1e-6, 1.0, many=False),
        whole("batch", "examples of an update", (128,), 1, EXAMPLES, many=False),
    ),
    draws=200,
    drawn="runs",
    at_once=at_once,
    run=run,
    rows=rows,
    charts=charts,
    closed_forms=("born_dead_lower_bound", "born_dead_upper_bound"),
)
