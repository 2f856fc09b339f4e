"""Losses and slopes at many points by the compiled library: those of NumPy, the same on any number of cores."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.common.arrays import Array
from stepviz.engine.kernel.library import Library, find_library
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.setup import BoundExperiment, set_up
from stepviz.engine.training.stepper import VARIABLE
from stepviz.probes import many_losses
from stepviz.probes.many_losses import Evaluator, evaluator_of

pytestmark = pytest.mark.skipif(not isinstance(find_library(), Library), reason="no compiled step")
BASE = Experiment(data=DataSettings("xor", samples=70, test_share=0.1), precision="float64")


@pytest.fixture(autouse=True)
def chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, "auto")


def evaluator(setup: BoundExperiment, dtype: str = "float64") -> Evaluator:
    found = evaluator_of(setup.network, setup.train.inputs.astype(dtype), setup.train.targets.astype(dtype))
    assert found is not None
    return found


def by_numpy(setup: BoundExperiment, rows: Array) -> tuple[Array, Array]:
    gradient, losses = np.zeros_like(rows), np.zeros(len(rows))
    passed = Pass(setup.network, rows, len(setup.train), gradient=gradient)
    with np.errstate(all="ignore"):
        passed.forward(setup.train.inputs)
        passed.losses(setup.train.targets, losses)
        passed.backward(setup.train.inputs, setup.train.targets)
    return losses, gradient


def drawn(setup: BoundExperiment, count: int) -> Array:
    return np.random.default_rng(0).normal(size=(count, setup.network.layout.size))


@pytest.mark.parametrize("loss", ["binary-cross-entropy", "softmax-cross-entropy", "hinge", "squared-error"])
@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_losses_and_slopes_are_numpys(name: str, loss: str) -> None:
    layers = (HiddenLayer(5, ActivationChoice(name)), HiddenLayer(3, ActivationChoice(name)))
    setup = set_up(replace(BASE, layers=layers, loss=loss))
    rows = drawn(setup, 7)
    losses, _ = by_numpy(setup, rows)
    np.testing.assert_allclose(evaluator(setup).rows(rows), losses, rtol=1e-12)
    np.testing.assert_allclose(evaluator(setup, "float32").rows(rows), losses, rtol=2e-4)
    theta, direction = rows[0], rows[1]
    places = np.linspace(-1.0, 1.0, 9)
    losses, gradient = by_numpy(setup, theta + places[:, None] * direction)
    found, slopes = evaluator(setup).line(theta, direction, places)
    np.testing.assert_allclose(found, losses, rtol=1e-12)
    np.testing.assert_allclose(slopes, gradient @ direction, rtol=1e-9, atol=1e-11)


def test_a_plane_is_made_of_its_two_directions() -> None:
    setup = set_up(BASE)
    theta, first, second = drawn(setup, 3)
    points = np.random.default_rng(1).normal(size=(11, 2))
    rows = theta + points[:, :1] * first + points[:, 1:] * second
    found = evaluator(setup).plane(theta, first, second, points)
    np.testing.assert_allclose(found, by_numpy(setup, rows)[0], rtol=1e-12)


def test_neither_the_cores_nor_what_is_asked_for_at_once_change_a_bit(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = set_up(BASE)
    rows = drawn(setup, 301)
    alone = np.concatenate([evaluator(setup).rows(row[None]) for row in rows])
    monkeypatch.setattr(many_losses, "_WORTH_A_THREAD", 1)
    for number in (1, 2, 5):
        monkeypatch.setattr(many_losses, "cores", lambda number=number: number)
        np.testing.assert_array_equal(evaluator(setup).rows(rows), alone)


def test_what_the_library_does_not_know_or_is_not_to_do_is_left_to_numpy(monkeypatch: pytest.MonkeyPatch) -> None:
    setup = set_up(replace(BASE, layers=(HiddenLayer(4, normalization="batch"),)))
    assert evaluator_of(setup.network, setup.train.inputs, setup.train.targets) is None
    setup = set_up(replace(BASE, layers=(HiddenLayer(4, dropout=0.5),)))
    assert evaluator_of(setup.network, setup.train.inputs, setup.train.targets) is not None
    monkeypatch.setenv(VARIABLE, "numpy")
    assert evaluator_of(setup.network, setup.train.inputs, setup.train.targets) is None


def test_a_rule_stands_in_for_the_derivative() -> None:
    rule = ActivationChoice("step", rule=Choice("triangle"))
    setup = set_up(replace(BASE, layers=(HiddenLayer(5, rule),)))
    theta, direction = drawn(setup, 2)
    places = np.linspace(-1.0, 1.0, 5)
    _, gradient = by_numpy(setup, theta + places[:, None] * direction)
    np.testing.assert_allclose(evaluator(setup).line(theta, direction, places)[1], gradient @ direction, rtol=1e-9)
