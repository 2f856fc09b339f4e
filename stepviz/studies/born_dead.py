"""How often a ReLU network is born dead, over depth and width (Lu, Shin, Su and Karniadakis 2019).

A network of ``depth`` layers (depth - 1 hidden ones) of ``width`` units each, one input, symmetric random weights and
biases 0. It is born dead if some hidden layer is 0 for every input: then it is a constant, and no weight in or below
that layer ever gets a gradient. With biases 0 a ReLU network is positively homogeneous, so that the two inputs -1 and
1 stand for all inputs, exactly.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.arrays import with_ones
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice
from stepviz.export.columns import Table
from stepviz.studies.chart import Chart, Series
from stepviz.studies.intervals import wilson
from stepviz.studies.settings import whole
from stepviz.studies.study import Cell, Draws, Results, Row, Study, fitting


def one_point(depth: int, width: int) -> float:
    """Return the probability that a hidden layer is 0 at one input other than 0: 1 - (1 - 2^-N)^(L - 1).

    Given that the layer before is not 0 there, each of the N pre-activations is positive with probability 1/2,
    independently, whatever symmetric continuous distribution the weights have. A network that is dead everywhere is
    dead at that input: this is also the upper bound of Lu et al. 2019 (arXiv 1903.06733) for being born dead.
    """
    return 1.0 - (1.0 - 0.5**width) ** (depth - 1)


def lower_bound(depth: int, width: int) -> float:
    """Return a lower bound of the probability to be born dead, for one input and Gaussian weights.

    With a = 1 - 2^-N and k = L - 2: 2^(1 - N) (1 - a^k) + (1 - 2^(1 - N)) (1 - a^k)^2. The two half-lines x > 0 and
    x < 0 die independently of each other in it. In the first layer a unit is on for one of the two: with probability
    2^(1 - N) all are on for the same one, and the other is dead. After that, a living half-line dies in each layer
    with probability 2^-N. Both are off in one unit with probability q = (pi - angle) / 2 pi, where the angle between
    the activations of both is at most a right one, as none is negative: so q >= 1/4, while independence has 1/4. Dying
    together is only more probable for a larger q, hence a bound. It holds with equality up to depth 3, where the angle
    is a right one. (Lu et al. 2019 prove a bound of the same kind for d_in = 1.)
    """
    dead = 1.0 - (1.0 - 0.5**width) ** (depth - 2)
    one_side = 0.5 ** (width - 1)
    return one_side * dead + (1.0 - one_side) * dead**2


def _network(cell: Cell) -> Network:
    relu, linear = UnitFunction.of(ActivationChoice("relu")), UnitFunction.of(ActivationChoice("linear"))
    hidden = cell["depth"] - 1
    return Network(1, [cell["width"]] * hidden + [1], [relu] * hidden + [linear], LOSSES["squared-error"])


def at_once(cell: Cell) -> int:
    """Return how many networks fit a chunk."""
    # Parameters in double precision, and z, h and two scratch arrays for two examples.
    layers, width = cell["depth"], cell["width"]
    return fitting(8 * (layers * width * (width + 1) + 2 * layers * (2 * width + 1) + 4 * width))


def run(cell: Cell, draws: Draws) -> Results:
    """Return for each network whether a hidden layer is 0 at both inputs, and whether one is at x = 1."""
    network, generator = _network(cell), draws.generator()
    theta = np.zeros((draws.count, network.layout.size))
    for layer, shape in enumerate(network.layout.layers):
        weights = network.layout.block(theta, layer)[:, :-1]
        # He's variance: any other only rescales, and keeps every sign.
        weights[...] = generator.standard_normal(weights.shape) * (2.0 / shape.inputs) ** 0.5
    forward = Pass(network, theta, 2)
    forward.forward(with_ones(np.array([[-1.0], [1.0]]), "float64"))
    # A layer that is 0 at an input gives pre-activations 0, so all after it are 0 as well: the last one tells.
    off = (forward.h[-2][:, :, :-1] == 0.0).all(axis=2)
    return {"everywhere": off.all(axis=1), "at_one": off[:, 1]}


def rows(cell: Cell, results: Results) -> Sequence[Row]:
    """Return the one row of a cell."""
    depth, width = cell["depth"], cell["width"]
    trials = len(results["everywhere"])
    dead, at_one = int(results["everywhere"].sum()), int(results["at_one"].sum())
    low, high = wilson(dead, trials)
    low_one, high_one = wilson(at_one, trials)
    return [
        {
            "networks": trials, "born_dead": dead, "share": dead / trials, "share_low": low, "share_high": high,
            "lower_bound": lower_bound(depth, width), "upper_bound": one_point(depth, width),
            "one_point_share": at_one / trials, "one_point_low": low_one, "one_point_high": high_one,
            "one_point_formula": one_point(depth, width),
        }
    ]  # fmt: skip


def charts(table: Table) -> dict[str, Chart]:
    """Return the picture: the share over depth, or over width where there is one depth only."""
    columns = {name: list(column) for name, column in table.columns.items()}
    over, by = ("depth", "width") if len(set(columns["depth"])) > 1 else ("width", "depth")
    series = []
    for colour, value in enumerate(dict.fromkeys(columns[by])):
        chosen = [row for row, found in enumerate(columns[by]) if found == value]
        x, share, low, high, bottom, top = (
            [columns[name][row] for row in chosen]
            for name in (over, "share", "share_low", "share_high", "lower_bound", "upper_bound")
        )
        series.append(Series(f"{by} {value}", x, share, low, high, line=False, colour=colour))
        series.append(Series("its bounds", x, top, closed_form=True, colour=colour))
        series.append(Series("", x, bottom, closed_form=True, colour=colour))
    title = "Born dead: measured share (95 %) between the bounds"
    return {"": Chart(title, over, "share of networks born dead", series, y_range=(0.0, 1.0))}


BORN_DEAD = Study(
    key="born-dead",
    title="How often a ReLU network is born dead",
    asks="A ReLU network with a hidden layer that is 0 for every input is a constant, and nothing can train it. "
    "How often is that so at the start, by depth and width?",
    paper="Lu, Shin, Su and Karniadakis 2019, Dying ReLU and Initialization, arXiv 1903.06733",
    settings=(
        whole("depth", "weight layers, one more than hidden layers", (10,), 2, 200),
        whole("width", "units of each hidden layer", (2, 3, 4, 5, 10), 1, 200),
    ),
    draws=40_000,
    drawn="networks",
    at_once=at_once,
    run=run,
    rows=rows,
    charts=charts,
    closed_forms=("lower_bound", "upper_bound", "one_point_formula"),
)
