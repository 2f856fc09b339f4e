"""What each instrument shows, as a table: one entry a panel in TABLES."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from stepviz.export.table import Column, Table
from stepviz.probes.activation import PreActivations
from stepviz.probes.loss_surface import LossSurface
from stepviz.probes.response import ClassResponse, CurveResponse, MapResponse, Response
from stepviz.probes.stuck_units import STATES, StuckUnits
from stepviz.runtime.frame import Frame

LOSSES = ("step", "train_loss", "test_loss", "train_accuracy", "test_accuracy")


def history(frame: Frame) -> Table:
    """Return every column of the history."""
    return Table(frame.history.columns)


def losses(frame: Frame) -> Table:
    """Return losses and accuracies over the steps."""
    return Table({name: frame.history.column(name) for name in LOSSES})


def gradient_flow(frame: Frame) -> Table:
    """Return the numbers of each layer's gradient over the steps."""
    return Table({name: column for name, column in frame.history.columns.items() if name == "step" or "/" in name})


def stuck_units(frame: Frame) -> Table | None:
    """Return the state of each hidden unit, and the shares of examples that give it a derivative and a signal."""
    units = frame.reading(StuckUnits)
    if units is None:
        return None
    places = [(layer, unit) for layer, states in enumerate(units.states) for unit in range(len(states))]
    return Table({
        "layer": [layer + 1 for layer, _ in places],
        "unit": [unit + 1 for _, unit in places],
        "state": [STATES[int(units.states[layer][unit])] for layer, unit in places],
        "active_share": [float(units.active_share[layer][unit]) for layer, unit in places],
        "signal_share": [float(units.signal_share[layer][unit]) for layer, unit in places],
    })  # fmt: skip


def response(frame: Frame) -> Table | None:
    """Return what the network answers where the instrument asks it."""
    found = frame.reading(Response)
    if found is None:
        return None
    shape, names = found.shape, frame.setup.dataset.input_names
    if isinstance(shape, MapResponse):
        x_low, x_high, y_low, y_high = shape.extent
        rows, columns = shape.scores.shape
        x = x_low + (np.arange(columns) + 0.5) / columns * (x_high - x_low)
        y = y_low + (np.arange(rows) + 0.5) / rows * (y_high - y_low)
        table: dict[str, Column] = {
            names[0]: np.tile(x, rows), names[1]: np.repeat(y, columns), "answer": shape.scores.ravel(),
        }  # fmt: skip
        if shape.classes is not None:
            table["class"] = shape.classes.ravel()
        return Table(table)
    if isinstance(shape, CurveResponse):
        answers = {f"answer {place + 1}": shape.y[:, place] for place in range(shape.y.shape[1])}
        return Table({names[0]: shape.x, **answers})
    if isinstance(shape, ClassResponse):
        classes = frame.setup.dataset.class_names
        answered = {f"answered {name}": shape.confusion[:, place] for place, name in enumerate(classes)}
        return Table({"class": list(classes), **answered})
    return Table({"target": shape.target, "answer": shape.answer})


def loss_surface(frame: Frame) -> Table | None:
    """Return the loss over the plane, a row for each point of the grid."""
    surface = frame.reading(LossSurface)
    if surface is None:
        return None
    alpha, beta = np.meshgrid(surface.alpha, surface.beta)
    first, second = (f"{axis}: {name}" for axis, name in zip(("alpha", "beta"), surface.names, strict=True))
    return Table({first: alpha.ravel(), second: beta.ravel(), "loss": surface.loss.ravel()})


def activation(frame: Frame) -> Table | None:
    """Return the histogram of the pre-activations of each hidden layer."""
    reading = frame.reading(PreActivations)
    if reading is None:
        return None
    layers, bins = reading.counts.shape
    return Table({
        "layer": np.repeat(np.arange(1, layers + 1), bins),
        "from": np.tile(reading.edges[:-1], layers),
        "to": np.tile(reading.edges[1:], layers),
        "count": reading.counts.ravel(),
    })  # fmt: skip


def parameters(frame: Frame) -> Table:
    """Return every weight and bias by name."""
    layout = frame.setup.network.layout
    return Table({"parameter": [layout.describe(index) for index in range(layout.size)], "value": frame.parameters})


TABLES: Mapping[str, Callable[[Frame], Table | None]] = {
    "response": response,
    "loss": losses,
    "loss_surface": loss_surface,
    "loss_surface_3d": loss_surface,
    "gradient_flow": gradient_flow,
    "stuck_units": stuck_units,
    "activation": activation,
    "network_diagram": parameters,
}
