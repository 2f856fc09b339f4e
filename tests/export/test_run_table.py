"""The whole run as one table."""

from __future__ import annotations

import csv
import io

import numpy as np
import pytest

from stepviz.engine.common.errors import InputError
from stepviz.engine.setup.experiment_file import decode
from stepviz.engine.setup.switch import with_activation
from stepviz.export import run_table as module
from stepviz.export.columns import comma_separated
from stepviz.export.run_table import run_table
from stepviz.runtime.run import Run
from stepviz.runtime.run_record import encode_record, take_record
from tests.ui.built_panels import look, network


@pytest.fixture
def run() -> Run:
    run = Run(network(3))
    look(run, ())
    run.step(10)
    look(run, ())
    run.change(with_activation(run.trainer.experiment, "relu"), "ReLU")
    run.step(10)
    look(run, ())
    return run


def test_every_number_reads_back_bit_for_bit(run: Run) -> None:
    rows = list(csv.DictReader(comma_separated(run_table(take_record(run))).splitlines()))
    assert [row["step"] for row in rows] == ["0", "10", "20"]
    history = run.recorder.view()
    assert [float(row["train_loss"]) for row in rows] == history.column("train_loss").tolist()
    assert [float(row["gradient_rms/1"]) for row in rows] == history.column("gradient_rms/1").tolist()
    weights = run.trainer.parameters()["layer1.weights"]
    for source, unit in np.ndindex(weights.shape):
        assert np.float32(rows[-1][f"layer1.weights[{source + 1},{unit + 1}]"]) == weights[source, unit]


def test_a_change_at_rest_has_a_row_before_and_one_after(run: Run) -> None:
    run.change(with_activation(run.trainer.experiment, "step"), "Step")
    look(run, ())
    record = take_record(run)
    rows = list(csv.DictReader(comma_separated(run_table(record)).splitlines()))
    assert [row["step"] for row in rows] == ["0", "10", "20", "20"]
    assert [float(row["train_loss"]) for row in rows] == run.recorder.view().column("train_loss").tolist()
    archive = np.load(io.BytesIO(encode_record(record)))
    assert archive["step"].tolist() == [0, 10, 20, 20]
    assert archive["train_loss"].tolist() == run.recorder.view().column("train_loss").tolist()
    assert archive["marks.text"].tolist() == ["ReLU", "Step"]


def test_settings_stand_where_they_came_into_force(run: Run) -> None:
    texts = run_table(take_record(run)).columns["experiment"]
    names = [decode(text.encode()).layers[0].activation.name if text else "" for text in texts]
    assert names == ["tanh", "", "relu"]


def test_a_step_without_a_moment_has_no_weights(run: Run) -> None:
    record = take_record(run)
    table = run_table(type(record)(record.history, record.moments[-1:]))
    assert [cell != "" for cell in table.columns["layer1.biases[1]"]] == [False, False, True]


def test_more_than_a_table_is_good_for_is_refused(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_NUMBERS", 38)
    with pytest.raises(InputError, match="found 39 weights, expected at most 38; an NPZ has room for all"):
        run_table(take_record(run))
