"""The tables hold what the instruments show, in full."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.export.columns import Table, comma_separated
from stepviz.export.readings import response
from stepviz.instruments import INSTRUMENTS
from stepviz.probes.diagnosis import Diagnosis
from stepviz.probes.loss_surface import LossSurface
from stepviz.probes.response import CurveResponse, MapResponse, Response
from tests.ui.frames import make_frame

PROBES = (
    "gradient_flow", "stuck_units", "response", "activation", "loss_surface", "slice", "diagnosis", "unit",
)  # fmt: skip


@pytest.mark.parametrize("name", sorted(INSTRUMENTS))
def test_columns_are_of_one_length_and_are_read_back_bit_for_bit(name: str) -> None:
    table = INSTRUMENTS[name].table(make_frame(Experiment(), 20, PROBES))
    assert table is not None
    assert len(table) > 0
    rows = list(csv.reader(io.StringIO(comma_separated(table))))
    assert rows[0] == list(table.columns)
    assert len(rows) == len(table) + 1
    for place, column in enumerate(table.columns.values()):
        if isinstance(column, np.ndarray) and column.dtype.kind == "f":
            read = np.array([row[place] for row in rows[1:]]).astype(column.dtype)
            np.testing.assert_array_equal(read, column)


def test_the_map_stands_where_the_network_was_asked() -> None:
    frame = make_frame(Experiment(), 20, PROBES)
    found = frame.reading(Response)
    assert found is not None
    assert isinstance(found.shape, MapResponse)
    table = response(frame)
    assert table is not None
    x, y = (np.asarray(table.columns[name]) for name in frame.setup.dataset.input_names)
    rows, columns = found.shape.scores.shape
    inputs = frame.setup.dataset.transform(np.stack([x, y], axis=1))
    assert inputs.shape[0] == rows * columns
    assert x[0] == pytest.approx(found.shape.extent[0] + (x[1] - x[0]) / 2)
    assert np.asarray(table.columns["answer"])[columns] == found.shape.scores[1, 0]


def test_a_curve_has_its_answers_beside_its_input() -> None:
    experiment = replace(Experiment(), data=DataSettings("sine"), loss="squared-error", layers=(HiddenLayer(4),))
    frame = make_frame(experiment, 5, ("response",))
    found = frame.reading(Response)
    assert found is not None
    assert isinstance(found.shape, CurveResponse)
    table = response(frame)
    assert table is not None
    np.testing.assert_array_equal(np.asarray(table.columns["answer 1"]), found.shape.y[:, 0])


def test_the_surface_is_laid_out_row_by_row() -> None:
    frame = make_frame(Experiment(), 5, ("loss_surface",))
    surface = frame.reading(LossSurface)
    assert surface is not None
    table = INSTRUMENTS["loss_surface"].table(frame)
    assert table is not None
    alpha, beta, loss = (np.asarray(column) for column in table.columns.values())
    place = 7 * len(surface.alpha) + 3
    assert (alpha[place], beta[place], loss[place]) == (surface.alpha[3], surface.beta[7], surface.loss[7, 3])


def test_text_with_commas_is_quoted() -> None:
    assert comma_separated(Table({"a, b": ["x,y"], "n": np.array([np.float32(0.1)])})) == '"a, b",n\n"x,y",0.1\n'


def test_a_line_s_loss_changes_by_its_differences() -> None:
    table = INSTRUMENTS["slice"].table(make_frame(Experiment(), 20, ("slice",)))
    assert table is not None
    alpha, loss = (np.asarray(table.columns[name]) for name in (next(iter(table.columns)), "loss"))
    steps = np.array([float(cell) for cell in table.columns["difference"][:-1]])
    np.testing.assert_allclose(loss[:-1] + steps * np.diff(alpha), loss[1:], rtol=1e-9)
    assert table.columns["difference"][-1] == ""


def test_a_unit_s_weights_are_those_of_the_network() -> None:
    frame = make_frame(Experiment(), 20, ("unit",))
    table = INSTRUMENTS["unit_inspector"].table(frame)
    assert table is not None
    names = frame.setup.dataset.input_names
    assert list(table.columns["from"]) == [*names, "bias"]
    blocks = frame.setup.network.layout.named(frame.parameters[None])
    expected = [*blocks["layer1.weights"][:, 0], blocks["layer1.biases"][0]]
    np.testing.assert_array_equal(np.asarray(table.columns["weight"], dtype=np.float32), expected)


def test_the_ledger_of_a_step_network_says_that_every_unit_is_flat_and_why() -> None:
    table = INSTRUMENTS["unit_ledger"].table(make_frame(with_activation(Experiment(), "step"), 20, ()))
    assert table is not None
    assert set(table.columns["state"]) == {"flat"}
    assert all("exactly 0 for every example" in cause for cause in table.columns["cause"])
    assert list(table.columns["born_dead"]) == [1] * 16


def test_the_diagnosis_begins_with_its_sentence() -> None:
    frame = make_frame(with_activation(Experiment(), "step"), 20, ("diagnosis",))
    table = INSTRUMENTS["diagnosis"].table(frame)
    found = frame.reading(Diagnosis)
    assert table is not None
    assert found is not None
    assert table.columns["sentence"][0] == found.sentence
    assert len(table) == 1 + len(found.findings)
