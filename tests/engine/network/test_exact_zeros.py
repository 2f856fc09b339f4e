from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.common.arrays import Array
from stepviz.engine.network.exact_zeros import REST, ExactZeros
from stepviz.engine.settings.experiment import ActivationChoice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer

RELU = ActivationChoice("relu")
WHOLE = Experiment(
    data=DataSettings(samples=60), layers=(HiddenLayer(4, RELU), HiddenLayer(5), HiddenLayer(3, RELU)), batch_size=0
)


def deep(precision: str, **changes: object) -> Experiment:
    """Return a network so deep and narrow that layers die: behind them all z are the bias, exactly 0."""
    return replace(WHOLE, layers=(HiddenLayer(3, RELU),) * 12, precision=precision, **changes)


@pytest.mark.parametrize("dtype", ["float64", "float32", "float16"])
@pytest.mark.parametrize("units", [3, 700])
def test_zeros_of_either_sign_are_found_wherever_they_are(dtype: str, units: int) -> None:
    zeros = ExactZeros({0: (1, units, 7), 2: (1, 2, 7)}, np.dtype(dtype))
    generator = np.random.default_rng(0)
    expected = np.zeros(2, dtype=np.int64)
    for number in range(600):
        for place, layer in enumerate((0, 2)):
            z = zeros.buffer(layer)
            z[...] = generator.uniform(1.0, 2.0, z.shape)
            chosen = generator.random(z.shape) < (0.001 if number % 2 else 0.2)
            z[chosen] = 0.0 if number % 3 else -0.0
            expected[place] += np.count_nonzero(chosen)
        found = zeros.search()
        assert found == any((zeros.buffer(layer) == 0).any() for layer in (0, 2))
    counts = zeros.counts()
    assert [counts[0], counts[2]] == expected.tolist()
    assert zeros.seen() == {0: 600 * 7 * units, 2: 600 * 14}


def by_hand(experiment: Experiment, steps: int) -> tuple[Array, int, list[float]]:
    """Count by brute force: zeros per layer, updates that met one, and what the choice changes in each of these."""
    trainer = Trainer(experiment)
    zeros, touched, changed = np.zeros(len(experiment.layers) + 1, dtype=np.int64), 0, []
    for _ in range(steps):
        z = trainer.train_pass().z
        now = np.array([np.count_nonzero(array == 0) for array in z])
        now[[choice.name != "relu" for choice in experiment.activations()]] = 0
        zeros += now
        if now.any():
            touched += 1
            gradients = []
            for value in (0.0, 1.0):
                other = Trainer(_with_choice(experiment, value), parameters=trainer.parameters())
                gradient = other.train_pass().gradient
                assert gradient is not None
                gradients.append(gradient.copy())
            changed.append(float(np.mean(gradients[0] != gradients[1])))
        trainer.step()
    return zeros, touched, changed


def _with_choice(experiment: Experiment, value: float) -> Experiment:
    layers = tuple(
        replace(layer, activation=replace(layer.activation, parameters={"at-zero": value}))
        if layer.activation.name == "relu"
        else layer
        for layer in experiment.layers
    )
    return replace(experiment, layers=layers)


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_the_counts_are_those_of_brute_force(precision: str, seed: int) -> None:
    experiment = deep(precision, seed=seed)
    steps = 30
    zeros, touched, changed = by_hand(experiment, steps)
    trainer = Trainer(experiment)
    trainer.step(steps)
    found = trainer.exact_zeros
    np.testing.assert_array_equal(found.zeros, zeros)
    assert found.zeros.sum() > 0
    examples = len(trainer.setup.train)
    assert found.seen.tolist() == [3 * examples * steps] * 12 + [0]
    assert (found.updates, found.touched, found.compared) == (steps, touched, 1)
    assert found.changed == pytest.approx(changed[0])
    assert found.changed > 0
    assert found.changed_share == pytest.approx(changed[0] * touched / steps)


def test_the_search_changes_no_bit_of_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    for precision in ("float64", "float32", "float16"):
        experiment = deep(precision)
        watched, population = Trainer(experiment), Trainer(experiment, seeds=[0, 0])
        watched.step(REST + 10)
        population.step(REST + 10)
        assert watched.exact_zeros.compared >= 2
        assert population.exact_zeros.updates == 0
        if precision == "float64":
            np.testing.assert_allclose(watched.theta[0], population.theta[1], rtol=1e-9)
        unwatched = Trainer(experiment)
        # The same run without the comparisons.
        with monkeypatch.context() as patched:
            patched.setattr("stepviz.engine.training.numpy_stepper.changed_by_choice", lambda *_: 0.0)
            unwatched.step(REST + 10)
        np.testing.assert_array_equal(watched.theta, unwatched.theta)


def test_only_layers_with_such_a_kink_are_counted() -> None:
    trainer = Trainer(WHOLE)
    trainer.step(10)
    examples = len(trainer.setup.train)
    assert trainer.exact_zeros.seen.tolist() == [4 * examples * 10, 0, 3 * examples * 10, 0]
    smooth = Trainer(with_activation(WHOLE, "tanh"))
    smooth.step(10)
    assert smooth.exact_zeros.updates == 0


def test_the_counts_go_on_through_changes_and_begin_anew_with_a_restart() -> None:
    trainer = Trainer(deep("float32"))
    trainer.step(10)
    before = trainer.exact_zeros
    assert trainer.change(replace(trainer.experiment, learning_rate=0.02))
    np.testing.assert_array_equal(trainer.exact_zeros.zeros, before.zeros)
    trainer.step(10)
    assert trainer.exact_zeros.updates == 20
    assert trainer.exact_zeros.seen.sum() == 2 * before.seen.sum()
    trainer.restart()
    assert trainer.exact_zeros.updates == 0
    assert trainer.exact_zeros.since == 0


@pytest.mark.parametrize("searches", [254, 255, 256, 257, 511, 600])
def test_a_unit_that_is_zero_in_every_update_is_counted_every_time(searches: int) -> None:
    # The counts between two readings are kept in bytes, which hold 255.
    zeros = ExactZeros({0: (1, 2, 3)}, np.dtype("float32"))
    for _ in range(searches):
        zeros.buffer(0)[...] = [[[0.0, 1.0, -0.0], [2.0, 3.0, 4.0]]]
        assert zeros.search()
    assert zeros.counts() == {0: 2 * searches}
    assert zeros.touched == searches
