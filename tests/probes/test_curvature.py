"""The largest eigenvalue beside a dense Hessian, and beside a closed form."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.data.datasets import dataset_from_arrays
from stepviz.engine.settings.experiment import ActivationChoice, Choice, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.curvature import Curvature, Lanczos, measure_curvature
from stepviz.probes.instant import Instant, Path


def curvature_of(trainer: Trainer) -> Curvature:
    instant = Instant(trainer, Path(np.zeros(1, dtype=np.int64), trainer.theta.copy()))
    found = [reading for reading in measure_curvature(instant, None) if reading is not None]
    assert len(found) == 1
    return found[0]


def dense_hessian(trainer: Trainer, step: float = 1e-7) -> np.ndarray:
    def gradient() -> np.ndarray:
        found = trainer.train_pass().gradient
        assert found is not None
        return found[0].copy()

    columns = []
    for index in range(trainer.theta.shape[1]):
        kept = trainer.theta[0, index]
        trainer.theta[0, index] = kept + step
        above = gradient()
        trainer.theta[0, index] = kept - step
        columns.append((above - gradient()) / (2 * step))
        trainer.theta[0, index] = kept
    matrix = np.array(columns)
    return (matrix + matrix.T) / 2


def test_linear_regression_has_the_curvature_of_its_inputs() -> None:
    generator = np.random.default_rng(1)
    x = generator.normal(size=(40, 3)) * (1.0, 2.0, 0.5)
    y = x @ [1.0, -2.0, 0.5] + 0.3
    experiment = replace(Experiment(), layers=(), loss="squared-error", precision="float64")
    experiment = replace(experiment, data=replace(experiment.data, test_share=0.0))
    trainer = Trainer(experiment, dataset_from_arrays(x, y[:, None]))
    extended = trainer.setup.train.inputs[0]
    closed = np.linalg.eigvalsh(2 * extended.T @ extended / len(extended))[-1]
    found = curvature_of(trainer)
    assert found.eigenvalue == pytest.approx(closed, rel=1e-6)
    assert found.error < 1e-3 * closed


@pytest.mark.parametrize(
    ("name", "norm"),
    [
        ("tanh", "none"),
        ("sigmoid", "none"),
        ("gelu", "none"),
        ("leaky-relu", "none"),
        ("tanh", "batch"),
        ("gelu", "layer"),
    ],
)
@pytest.mark.parametrize("steps", [0, 200])
def test_it_is_the_extreme_eigenvalue_of_the_dense_hessian(name: str, norm: str, steps: int) -> None:
    layers = tuple(HiddenLayer(width, ActivationChoice(name), normalization=norm) for width in (4, 3))
    # Biases that are not 0: a ReLU of nothing but zeros would stand on its bend.
    trainer = Trainer(
        replace(Experiment(), layers=layers, precision="float64", biases=Choice("constant", {"value": 0.1}))
    )
    trainer.step(steps)
    values = np.linalg.eigvalsh(dense_hessian(trainer))
    extreme = values[np.argmax(np.abs(values))]
    found = curvature_of(trainer)
    assert found.eigenvalue == pytest.approx(extreme, rel=2e-3)
    assert abs(found.eigenvalue - extreme) <= found.error + 1e-4 * abs(extreme)


def test_on_a_bend_there_is_none_and_it_says_so() -> None:
    layers = (HiddenLayer(4, ActivationChoice("relu")),) * 2
    trainer = Trainer(replace(Experiment(), layers=layers, precision="float64"))
    trainer.theta[:, : trainer.network.layout.offsets[1]] = -1.0
    trainer.theta[:, trainer.network.layout.offsets[1] - 4 : trainer.network.layout.offsets[1]] = -9.0
    found = curvature_of(trainer)
    assert np.isnan(found.eigenvalue)
    assert "bend" in found.reason


def test_the_same_parameters_give_the_same_number() -> None:
    trainer = Trainer(Experiment())
    assert curvature_of(trainer) == curvature_of(trainer)


def test_a_network_that_jumps_has_none_and_says_so() -> None:
    trainer = Trainer(with_activation(Experiment(), ActivationChoice("step"), None))
    found = curvature_of(trainer)
    assert np.isnan(found.eigenvalue)
    assert found.reason == "not defined: step jumps"


def test_numbers_that_overflow_are_said() -> None:
    trainer = Trainer(replace(Experiment(), loss="squared-error", precision="float64"))
    trainer.theta[...] = np.nan
    assert curvature_of(trainer).reason == "not finite"


def test_lanczos_on_a_matrix_with_known_eigenvalues() -> None:
    generator = np.random.default_rng(2)
    basis, _ = np.linalg.qr(generator.normal(size=(30, 30)))
    values = np.concatenate([[-9.0, 7.0], np.linspace(-1, 1, 28)])
    matrix = (basis * values) @ basis.T
    search = Lanczos(30)
    while search.advance(matrix @ search.vector):
        pass
    assert search.extreme()[0] == pytest.approx(-9.0, rel=1e-6)


def test_lanczos_ends_where_there_is_nothing_left() -> None:
    search = Lanczos(5)
    assert not search.advance(np.zeros(5))
    assert search.extreme()[0] == 0.0
