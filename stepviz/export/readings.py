"""What each instrument shows, as a table; the catalogue of instruments names the function of each."""

from __future__ import annotations

import numpy as np

from stepviz.export.columns import Column, Table
from stepviz.probes.activation import PreActivations
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.loss_surface import LossSurface
from stepviz.probes.response import ClassResponse, CurveResponse, MapResponse, Response
from stepviz.probes.slice import Slice
from stepviz.probes.stuck_units import ALL_STATES, StuckUnits
from stepviz.probes.twins.report import TwinDiagnosis
from stepviz.probes.twins.saying import settled
from stepviz.probes.unit import UnitReading
from stepviz.runtime.frame import Frame
from stepviz.runtime.subject import Subject
from stepviz.runtime.unit_ledger import LedgerView

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
        "state": [ALL_STATES[int(units.states[layer][unit])] for layer, unit in places],
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


def along_line(frame: Frame) -> Table | None:
    """Return the loss and its slopes along the line, a row a point; ``difference`` is that to the next point."""
    line = frame.reading(Slice)
    if line is None:
        return None
    return Table({
        f"alpha: {line.name}": line.alpha,
        "loss": line.loss,
        "slope": line.slope,
        "true_slope": line.true_slope,
        "difference": [*map(str, line.difference), ""],
    })  # fmt: skip


def findings(frame: Frame) -> Table | None:
    """Return what the diagnosis found, with its advice; the sentence of it all comes first."""
    diagnosis = settled(frame.reading(Diagnosis), frame.reading(TwinDiagnosis), frame.experiment, frame.step)
    if diagnosis is None:
        return None
    return Table({
        "finding": ["diagnosis", *(finding.name for finding in diagnosis.findings)],
        "sentence": [diagnosis.sentence, *(finding.sentence for finding in diagnosis.findings)],
        "advice": ["", *(finding.advice for finding in diagnosis.findings)],
    })  # fmt: skip


def ledger(frame: Frame) -> Table | None:
    """Return what became of each hidden unit."""
    return ledger_table(frame.ledger, frame.subject) if len(frame.ledger.states) else None


def ledger_table(units: LedgerView, subject: Subject) -> Table:
    """Return a line a unit, every moment as two numbers (see LedgerView)."""
    places = [units.place(index) for index in range(len(units.states))]
    states = units.states.tolist()
    died = [(after, by) if by >= 0 else ("", "") for after, by in units.died.tolist()]
    return Table({
        "step": [units.step] * len(places),
        "layer": [_label(subject, layer) for layer, _ in places],
        "unit": [unit + 1 for _, unit in places],
        "state": [ALL_STATES[state] for state in states],
        "cause": [subject.cause(units, layer, state) for (layer, _), state in zip(places, states, strict=True)],
        "since_after": units.since[:, 0],
        "since_by": units.since[:, 1],
        "born_dead": units.born_dead.astype(np.int64),
        "died_after": [after for after, _ in died],
        "died_by": [by for _, by in died],
        "revived": units.revived,
    })  # fmt: skip


def _label(subject: Subject, layer: int) -> int | str:
    """Return the number of a layer of the lab, the name of one of a recording."""
    label = subject.unit_labels[layer]
    return int(label) if label == str(layer + 1) else label


def unit(frame: Frame) -> Table | None:
    """Return the incoming weights of one unit, its bias last, each with its gradient."""
    reading = frame.reading(UnitReading)
    if reading is None:
        return None
    inputs = len(reading.weights) - len(reading.others)
    names = frame.setup.dataset.input_names
    first = reading.layer == 0 and len(names) == inputs
    sources = list(names) if first else [f"{'input' if reading.layer == 0 else 'unit'} {n + 1}" for n in range(inputs)]
    return Table({
        "layer": [reading.layer + 1] * len(reading.weights),
        "unit": [reading.unit + 1] * len(reading.weights),
        "from": [*sources, *reading.others],
        "weight": reading.weights,
        "gradient": reading.gradient,
    })  # fmt: skip
