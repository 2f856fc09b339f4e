"""How signals shrink or grow from layer to layer, over depth, activation and initialiser.

Glorot and Bengio 2010; He, Zhang, Ren and Sun 2015. Square networks (as many inputs as units), standard normal inputs,
biases 0, ten classes with random labels behind a linear output layer and softmax cross-entropy.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, Choice
from stepviz.export.columns import Table
from stepviz.studies.chart import Chart, Series
from stepviz.studies.intervals import mean_interval
from stepviz.studies.population import draw_population
from stepviz.studies.settings import names, whole
from stepviz.studies.study import Cell, Draws, Results, Row, Study, fitting

CLASSES = 10
# n Var(w) of a square layer with n inputs and n units.
_FAN_VARIANCE = {
    "he-normal": 2.0, "he-uniform": 2.0, "lecun-normal": 1.0, "lecun-uniform": 1.0, "glorot-normal": 1.0,
    "glorot-uniform": 1.0, "orthogonal": 1.0,
}  # fmt: skip
# The share of E z² that E f(z)² is, for symmetric z.
_PASSED = {"relu": 0.5, "linear": 1.0}


def factor(activation: str, initialiser: str) -> float | None:
    """Return by what E z² is multiplied in each layer: n Var(w) / 2 for ReLU, n Var(w) for linear units.

    He et al. 2015, equation 9: E z_l² = n Var(w) E h_{l-1}², and E h² = E z² / 2 for a ReLU whose z is symmetric about
    0, exactly, at any width. So times 1 with He's variance 2/n, times 1/2 with 1/n. The error signal gets the same
    factor going back (their equation 14, which takes it as independent of the signal going forward). None where no
    such number exists.
    """
    if activation not in _PASSED or initialiser not in _FAN_VARIANCE:
        return None
    return _FAN_VARIANCE[initialiser] * _PASSED[activation]


def at_once(cell: Cell) -> int:
    """Return how many networks fit a chunk."""
    width, batch = cell["width"], cell["batch"]
    return fitting(8 * (cell["depth"] + 1) * (7 * batch * width + 2 * width * (width + 1)))


def run(cell: Cell, draws: Draws) -> Results:
    """Return by hidden layer the mean of z², delta² and (dL/dw)² of each network: three arrays (draws, depth)."""
    depth, width, batch = cell["depth"], cell["width"], cell["batch"]
    hidden = UnitFunction.of(ActivationChoice(cell["activation"]))
    output = UnitFunction.of(ActivationChoice("linear"))
    loss = LOSSES["softmax-cross-entropy"]
    network = Network(width, [width] * depth + [CLASSES], [hidden] * depth + [output], loss)
    generator = draws.generator()
    theta = draw_population(network, generator, draws.count, Choice(cell["initialiser"]), Choice("zeros"))
    inputs = np.ones((draws.count, batch, width + 1))
    inputs[:, :, :-1] = generator.standard_normal((draws.count, batch, width))
    targets = loss.encode(np.asarray(generator.integers(0, CLASSES, batch)), CLASSES)
    gradient = np.zeros_like(theta)
    both = Pass(network, theta, batch, gradient=gradient)
    both.forward(inputs)
    both.backward(inputs, targets)
    return {
        "z": np.stack([np.mean(both.z[layer] ** 2, axis=(1, 2)) for layer in range(depth)], axis=1),
        "delta": np.stack([np.mean(both.delta[layer] ** 2, axis=(1, 2)) for layer in range(depth)], axis=1),
        "gradient": np.stack(
            [np.mean(network.layout.block(gradient, layer)[:, :-1] ** 2, axis=(1, 2)) for layer in range(depth)], axis=1
        ),
    }


def rows(cell: Cell, results: Results) -> Sequence[Row]:
    """Return one row per hidden layer, counted from the input; roots of means over networks, with intervals."""
    expected = factor(cell["activation"], cell["initialiser"])
    found: list[Row] = []
    z, delta, gradient = results["z"], results["delta"], results["gradient"]
    for layer in range(cell["depth"]):
        square, low, high = mean_interval(z[:, layer])
        row: Row = {"layer": layer + 1, "networks": len(z), "z_square": square, "z_low": low, "z_high": high}
        first = None if expected is None else _FAN_VARIANCE[cell["initialiser"]] * expected**layer
        row["z_square_expected"] = first
        row["z_factor"] = square / float(z[:, layer - 1].mean()) if layer else None
        row["factor_expected"] = expected
        last = layer == cell["depth"] - 1
        row["delta_factor"] = None if last else float(delta[:, layer].mean() / delta[:, layer + 1].mean())
        for name, squares in (("delta", delta), ("gradient", gradient)):
            mean, low, high = mean_interval(squares[:, layer])
            row |= {f"{name}_rms": mean**0.5, f"{name}_low": max(0.0, low) ** 0.5, f"{name}_high": high**0.5}
        found.append(row)
    return found


def charts(table: Table) -> dict[str, Chart]:
    """Return the pictures: E z² going forward with its closed form, and the error signal going back."""
    columns = {name: list(column) for name, column in table.columns.items()}
    keys = list(zip(columns["depth"], columns["activation"], columns["initialiser"], strict=True))
    forward, backward = [], []
    for colour, key in enumerate(dict.fromkeys(keys)):
        chosen = [row for row, found in enumerate(keys) if found == key]
        label = f"{key[1]}, {key[2]}" + (f", {key[0]}" if len(set(columns["depth"])) > 1 else "")

        def of(name: str, chosen: list[int] = chosen) -> list[float]:
            return [float("nan") if columns[name][row] is None else columns[name][row] for row in chosen]

        forward.append(Series(label, of("layer"), of("z_square"), of("z_low"), of("z_high"), colour=colour, line=False))
        forward.append(Series("", of("layer"), of("z_square_expected"), closed_form=True, colour=colour))
        backward.append(Series(label, of("layer"), of("delta_rms"), of("delta_low"), of("delta_high"), colour=colour))
    return {
        "": Chart("Pre-activations, layer by layer (dashed: closed form)", "layer", "mean of z²", forward, log_y=True),
        "-delta": Chart("Error signal, layer by layer", "layer", "root mean square of delta", backward, log_y=True),
    }


VANISHING = Study(
    key="vanishing",
    title="How signals vanish or explode over layers",
    asks="By what factor do pre-activations grow from layer to layer, and error signals on their way back, by "
    "activation and initialiser?",
    paper="Glorot and Bengio 2010; He, Zhang, Ren and Sun 2015, arXiv 1502.01852",
    settings=(
        whole("depth", "hidden layers", (10,), 1, 100),
        names("activation", "of the hidden units", ("relu", "tanh", "sigmoid"), tuple(ACTIVATIONS)),
        names("initialiser", "of the weights; in square layers Glorot's variance is LeCun's",
              ("he-normal", "lecun-normal"), tuple(_FAN_VARIANCE)),
        whole("width", "inputs, and units of each hidden layer", (64,), 2, 512, many=False),
        whole("batch", "examples of each network", (64,), 1, 512, many=False),
    ),
    draws=400,
    drawn="networks",
    at_once=at_once,
    run=run,
    rows=rows,
    charts=charts,
    closed_forms=("z_square_expected", "factor_expected"),
)  # fmt: skip
