"""Studies that train: what a run ends with is what the trainer alone ends with, and the known outcomes hold."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.errors import InputError
from stepviz.engine.network.network import Network
from stepviz.engine.network.unit_function import UnitFunction
from stepviz.engine.settings.experiment import ActivationChoice, DataSettings, Experiment
from stepviz.engine.setup.experiment_file import encode
from stepviz.engine.setup.field_paths import with_fields
from stepviz.engine.setup.open_file import open_file
from stepviz.engine.training.trainer import Trainer
from stepviz.studies.backends import one_process
from stepviz.studies.collapse import asymmetric
from stepviz.studies.run import run_study


def table(name, parameters, seeds, output=None):
    columns = run_study(name, parameters, seeds, output, backend=one_process).table.columns
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def test_deep_and_narrow_networks_collapse_less_often_from_the_asymmetric_start():
    symmetric, asymmetric_start = table("collapse", {"steps": [30]}, 150)
    assert symmetric["born_dead"] <= symmetric["constant"]
    # Five standard errors beyond the bounds of the theory, and beyond each other.
    tolerance = 5 * 0.5 / 150**0.5
    assert symmetric["born_dead_share"] > symmetric["born_dead_lower_bound"] - tolerance
    assert asymmetric_start["born_dead_share"] < symmetric["born_dead_share"] - tolerance
    assert symmetric["constant"] + symmetric["learned"] + symmetric["partly"] == symmetric["runs"] == 150


def test_shallow_networks_learn_the_absolute_value():
    (row,) = table(
        "collapse",
        {"depth": [2], "width": [16], "initialiser": ["he-normal"], "steps": [400], "learning-rate": [0.03]},
        10,
    )
    assert (row["learned"], row["constant"]) == (10, 0)


def test_the_asymmetric_start_has_one_positive_number_per_unit_from_a_beta_distribution():
    functions = [UnitFunction.of(ActivationChoice("relu"))]
    network = Network(3, [20_000], functions, LOSSES["squared-error"])
    block = network.layout.block(asymmetric(network, 1)[None], 0)[0]
    assert np.array_equal(block, network.layout.block(asymmetric(network, 1)[None], 0)[0])
    # Mean of one unit's numbers: Beta(2, 1) has mean 2/3, the other three mean 0; variance as the two mixed.
    assert block.sum(axis=0).mean() == pytest.approx(2 / 3, abs=0.03)
    mixed = (3 * 0.6007**2 / 3 + (1 / 18 + 4 / 9)) / 4
    assert np.mean(block**2) == pytest.approx(mixed, rel=0.03)


@pytest.mark.parametrize("method", ["linear", "exponential"])
def test_annealing_is_the_schedule_of_the_engine(method):
    values = {"data": ["circle"], "slope": [5], "steps": [60], "first-slope": [5], "last-slope": [5]}
    fixed, level = table("slope", values | {"method": ["fixed", method]}, 2)
    names = ("train_loss", "test_loss", "step_train_loss", "accuracy")
    assert [level[name] for name in names] == [fixed[name] for name in names]
    (grown,) = table("slope", values | {"method": [method], "last-slope": [80]}, 2)
    assert grown["train_loss"] != fixed["train_loss"]


def test_annealed_and_fixed_sigmoids_and_straight_through_are_compared():
    rows = table("slope", {"data": ["circle"], "slope": [2, 50], "steps": [200]}, 3)
    assert [(row["method"], row["slope"]) for row in rows] == [
        ("fixed", 2.0),
        ("fixed", 50.0),
        ("linear", None),
        ("exponential", None),
        ("straight-through", None),
    ]
    gaps = {row["slope"]: row["step_train_loss"] - row["train_loss"] for row in rows[:2]}
    assert abs(gaps[50.0]) < abs(gaps[2.0])
    # Step units already: nothing changes when they are read as steps.
    assert rows[-1]["step_train_loss"] == rows[-1]["train_loss"]


def test_a_sweep_ends_where_the_trainer_alone_ends(tmp_path):
    file = tmp_path / "mine.json"
    base = with_fields(Experiment(data=DataSettings("xor")), {"precision": "float64"})
    file.write_bytes(encode(base))
    vary = ["learning_rate=0.01,0.1", "layers.*.activation.name=tanh,relu"]
    rows = table("sweep", {"experiment": [str(file)], "vary": vary, "steps": [20]}, 3)
    assert [(row["learning_rate"], row["layers.*.activation.name"]) for row in rows] == [
        ("0.01", "tanh"),
        ("0.01", "relu"),
        ("0.1", "tanh"),
        ("0.1", "relu"),
    ]
    losses = []
    for seed in range(3):
        changes = {"learning_rate": 0.1, "layers.*.activation.name": "relu", "seed": seed}
        trainer = Trainer(with_fields(base, changes))
        # The seeds of a study draw the weights; its batches are the same in every run.
        alone = Trainer(with_fields(base, {**changes, "seed": 0}), parameters=trainer.parameters())
        alone.step(20)
        losses.append(alone.loss())
    assert rows[-1]["train_loss"] == sorted(losses)[1]
    assert rows[-1]["best_train_loss"] == min(losses)


def test_a_sweep_over_a_table_says_its_errors_in_the_units_of_the_table(tmp_path):
    file = tmp_path / "flats.csv"
    areas = np.linspace(20.0, 180.0, 60)
    file.write_text("area,rent\n" + "".join(f"{area:.3f},{300 + 11 * area:.3f}\n" for area in areas))
    (row,) = table("sweep", {"experiment": [str(file)], "vary": ["learning_rate=0.01"], "steps": [30]}, 1)
    trainer = Trainer(open_file(file))
    trainer.step(30)
    data, answers = trainer.dataset, trainer.train_pass().y[0]
    off = (data.to_target_units(answers) - data.to_target_units(data.targets[data.train])).ravel()
    assert row["train_error"] == pytest.approx(np.sqrt(np.mean(off**2)), rel=1e-3)
    assert row["train_error"] > 100 * row["train_loss"] > 0
    (without,) = table("sweep", {"vary": ["learning_rate=0.01"], "steps": [1]}, 1)
    assert "train_error" not in without


def test_runs_that_diverge_are_counted():
    (row,) = table("sweep", {"vary": ["optimizer=sgd"], "steps": [60]}, 2)
    assert row["diverged"] == 0
    vary = ["learning_rate=1e6", "optimizer=sgd", "loss=squared-error"]
    (row,) = table("sweep", {"vary": vary, "steps": [60]}, 2)
    assert (row["diverged"], row["train_loss"]) == (2, float("inf"))


@pytest.mark.parametrize(
    ("vary", "field"),
    [
        ("learning_rate", "vary"),
        ("learning_rate=", "vary"),
        ("learning_rate=0.1,0.1", "vary"),
        ("learning_rates=0.1", "learning_rates"),
        ("learning_rate=fast", "learning_rate"),
        ("activation=rule", "activation"),
        ("loss=softmax-cross-entropy,squared", "loss"),
        ("data.name=plane", "loss"),
        ("width=" + ",".join(map(str, range(1, 5003))), "vary"),
    ],
)
def test_a_grid_that_cannot_be_trained_is_refused_before_it_begins(vary, field):
    with pytest.raises(InputError) as caught:
        run_study("sweep", {"vary": [vary]}, 1, backend=one_process)
    assert caught.value.field == field
