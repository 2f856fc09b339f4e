"""How often it matters what ReLU'(0) is, over depth, width and precision (Bertoin, Bolte, Gerchinovitz, Pauwels 2021).

A random ReLU network and a batch of the shipped digits: is the gradient of the loss with ReLU'(0) = 1 another one than
with ReLU'(0) = 0, in any bit? It can be only where some pre-activation is exactly 0. In real numbers with random biases
that has probability 0. It happens by rounding, and the more often, the fewer digits a number has; and, in any
precision, behind a layer that is off for some example, where biases are 0: there all pre-activations are 0.

Sums of products are rounded once here, at the end, also in float16 (NumPy adds them up in float32), so zeros are rarer
than where every step is rounded.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from stepviz.engine.catalogue.digits import DARKEST, EXAMPLES, all_digits
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Choice
from stepviz.export.columns import Table
from stepviz.studies.born_dead import one_point
from stepviz.studies.chart import Chart, Series
from stepviz.studies.intervals import wilson
from stepviz.studies.population import draw_population
from stepviz.studies.settings import names, whole
from stepviz.studies.study import Cell, Draws, Results, Row, Study, fitting

PIXELS, CLASSES = 64, 10
PRECISIONS = ("float64", "float32", "float16")
# Every weight uniform from -1/sqrt(fan in) to 1/sqrt(fan in), and with «fan-in» every bias: PyTorch's start, which the
# paper used.
WEIGHTS = Choice("lecun-uniform", {"gain": 3.0**-0.5})


def one_digit(depth: int, width: int) -> float:
    """Return the probability that it matters for one digit and biases 0: 1 - (1 - 2^-N)^(depth - 1).

    A hidden layer before the last is off for that digit (``one_point`` in ``born_dead``). For several digits a lower
    bound: it is enough that it matters for one of them.
    """
    return one_point(depth, width)


def at_once(cell: Cell) -> int:
    """Return how many networks fit a chunk."""
    width, batch, layers = cell["width"], cell["batch"], cell["depth"] + 1
    parameters = (PIXELS + 1) * width + layers * width * (width + 1)
    # Two passes of six arrays each; a hundred at a time keeps the steps of progress short.
    return fitting(8 * (2 * layers * 6 * batch * max(width, CLASSES) + 4 * parameters), most=100)


def run(cell: Cell, draws: Draws) -> Results:
    """Return for each network whether the gradients differ, the exact zeros, and the share of entries that differ."""
    generator, depth, batch = draws.generator(), cell["depth"], cell["batch"]
    loss = LOSSES["softmax-cross-entropy"]
    networks = []
    for at_zero in (0.0, 1.0):
        relu = UnitFunction.of(ActivationChoice("relu", {"at-zero": at_zero}))
        linear = UnitFunction.of(ActivationChoice("linear"))
        functions = [relu] * depth + [linear]
        networks.append(Network(PIXELS, [cell["width"]] * depth + [CLASSES], functions, loss))
    theta = draw_population(networks[0], generator, draws.count, WEIGHTS, Choice(cell["biases"])).astype(
        cell["precision"]
    )
    images, labels = all_digits()
    chosen = generator.integers(0, EXAMPLES, (draws.count, batch))
    inputs = np.ones((draws.count, batch, PIXELS + 1), dtype=cell["precision"])
    inputs[:, :, :-1] = images[chosen] / DARKEST
    # Each network has its own batch: targets (networks, batch, classes), which the loss takes as it does (batch, …).
    targets = loss.encode(labels[chosen].reshape(-1), CLASSES).astype(cell["precision"])
    targets = targets.reshape(draws.count, batch, CLASSES)
    gradients, zeros = [], np.zeros(draws.count)
    for network in networks:
        gradients.append(np.zeros_like(theta))
        both = Pass(network, theta, batch, gradient=gradients[-1])
        both.forward(inputs)
        both.backward(inputs, targets)
        zeros = sum((np.count_nonzero(z == 0.0, axis=(1, 2)) for z in both.z[:-1]), np.zeros(draws.count))
    differ = gradients[0] != gradients[1]
    return {"differ": differ.any(axis=1), "zeros": zeros, "entries": differ.mean(axis=1)}


def rows(cell: Cell, results: Results) -> Sequence[Row]:
    """Return the one row of a cell."""
    networks, differing = len(results["differ"]), int(results["differ"].sum())
    low, high = wilson(differing, networks)
    return [
        {
            "networks": networks, "differing": differing, "share": differing / networks, "share_low": low,
            "share_high": high, "exact_zeros_per_network": float(results["zeros"].mean()),
            "pre_activations": cell["depth"] * cell["width"] * cell["batch"],
            "gradient_entries_that_differ": float(results["entries"].mean()),
            "one_digit_formula": one_digit(cell["depth"], cell["width"]) if cell["biases"] == "zeros" else None,
        }
    ]  # fmt: skip


def charts(table: Table) -> dict[str, Chart]:
    """Return a picture for each start of the biases: share over depth, one line for each width and precision."""
    columns = {name: list(column) for name, column in table.columns.items()}
    return {f"-biases-{biases}": _chart(columns, biases) for biases in dict.fromkeys(columns["biases"])}


def _chart(columns: dict[str, list[Any]], biases: str) -> Chart:
    keys = list(zip(columns["precision"], columns["width"], strict=True))
    series = []
    for colour, key in enumerate(dict.fromkeys(keys)):
        chosen = [row for row, found in enumerate(keys) if found == key and columns["biases"][row] == biases]
        x, share, low, high = (
            [columns[name][row] for row in chosen] for name in ("depth", "share", "share_low", "share_high")
        )
        series.append(Series(f"{key[0]}, width {key[1]}", x, share, low, high, colour=colour))
    words = "biases 0" if biases == "zeros" else "random biases"
    title = f"Networks whose gradient depends on ReLU'(0): {words}"
    return Chart(title, "hidden layers", "share (95 %)", series, y_range=(0.0, 1.0))


RELU_AT_ZERO = Study(
    key="relu-at-zero",
    title="How often it matters what ReLU'(0) is",
    asks="Is the gradient of a random network on handwritten digits another one with ReLU'(0) = 1 than with 0, in "
    "any bit, by depth, width and precision?",
    paper="Bertoin, Bolte, Gerchinovitz and Pauwels 2021, Numerical influence of ReLU'(0), arXiv 2106.12915",
    settings=(
        whole("depth", "hidden layers", (2, 4, 8), 1, 50),
        whole("width", "units of each hidden layer", (4, 64), 1, 256),
        names("precision", "of all numbers", PRECISIONS, PRECISIONS),
        names("biases", "their start", ("fan-in", "zeros"), ("fan-in", "zeros")),
        whole("batch", "digits that each network sees", (32,), 1, 256, many=False),
    ),
    draws=500,
    drawn="networks",
    at_once=at_once,
    run=run,
    rows=rows,
    charts=charts,
    closed_forms=("one_digit_formula",),
)
