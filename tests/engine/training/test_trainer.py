from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.edits import with_optimizer
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer

RINGS = Experiment(seed=3)


def hidden(*names: str, width: int = 8) -> tuple[HiddenLayer, ...]:
    return tuple(HiddenLayer(width, ActivationChoice(name)) for name in names)


def test_the_default_experiment_learns_the_rings() -> None:
    trainer = Trainer(RINGS)
    before = trainer.loss()
    trainer.step(1500)
    assert trainer.loss() < 0.2 * before
    assert trainer.step_count == 1500


def test_a_step_network_moves_only_its_output_layer() -> None:
    trainer = Trainer(replace(RINGS, layers=hidden("step", "step")))
    before = trainer.parameters()
    trainer.step(200)
    after = trainer.parameters()
    for name, values in trainer.gradients().items():
        if name.startswith("layer3"):
            assert np.any(after[name] != before[name])
        else:
            assert np.all(values == 0.0)
            np.testing.assert_array_equal(after[name], before[name])


@pytest.mark.parametrize("optimizer", OPTIMIZERS)
@pytest.mark.parametrize("precision", ["float64", "float32"])
def test_same_experiment_same_bits(optimizer: str, precision: str) -> None:
    experiment = with_optimizer(replace(RINGS, precision=precision), Choice(optimizer))
    first, second = Trainer(experiment), Trainer(experiment)
    first.step(120)
    for _ in range(120):
        second.step()
        second.loss()
        second.gradients()
    np.testing.assert_array_equal(first.theta, second.theta)


def test_another_seed_gives_another_start_and_the_same_data() -> None:
    one, other = Trainer(RINGS), Trainer(replace(RINGS, seed=4))
    assert np.any(one.theta != other.theta)
    np.testing.assert_array_equal(one.dataset.inputs, other.dataset.inputs)


def test_plain_descent_on_the_whole_set_follows_the_gradient() -> None:
    experiment = replace(RINGS, optimizer=Choice("sgd"), batch_size=0, precision="float64", learning_rate=0.3)
    trainer = Trainer(experiment)
    before, gradients = trainer.parameters(), trainer.gradients()
    trainer.step()
    for name, values in trainer.parameters().items():
        np.testing.assert_allclose(values, before[name] - 0.3 * gradients[name], rtol=1e-12, atol=1e-15)


def test_penalties_touch_weights_and_not_biases() -> None:
    experiment = replace(
        RINGS, optimizer=Choice("sgd"), batch_size=0, precision="float64", learning_rate=0.5, l1=0.01, l2=0.1
    )
    trainer = Trainer(experiment)
    before, gradients = trainer.parameters(), trainer.gradients()
    trainer.step()
    for name, values in trainer.parameters().items():
        penalty = 0.1 * before[name] + 0.01 * np.sign(before[name]) if name.endswith("weights") else 0.0
        np.testing.assert_allclose(values, before[name] - 0.5 * (gradients[name] + penalty), rtol=1e-12, atol=1e-15)


def test_an_epoch_shows_every_example_once() -> None:
    trainer = Trainer(replace(RINGS, batch_size=32))
    examples = len(trainer.setup.train)
    batches = -(-examples // 32)
    seen = np.concatenate([trainer.batches.following() for _ in range(batches)])
    assert sorted(seen) == list(range(examples))
    assert trainer.epochs == 1.0


def test_switching_the_activation_keeps_every_weight() -> None:
    trainer = Trainer(RINGS)
    trainer.step(50)
    before, steps = trainer.parameters(), trainer.step_count
    assert trainer.switch_activation("step")
    after = trainer.parameters()
    assert before.keys() == after.keys()
    for name, values in after.items():
        np.testing.assert_array_equal(values, before[name])
    assert trainer.step_count == steps
    trainer.step(5)
    assert trainer.step_count == steps + 5


def test_a_trained_slope_appears_with_its_start_and_leaves_the_weights_alone() -> None:
    trainer = Trainer(RINGS)
    trainer.step(10)
    before = trainer.parameters()
    trainer.switch_activation(ActivationChoice("prelu", {"slope": 0.3}), layer=2)
    after = trainer.parameters()
    np.testing.assert_allclose(after.pop("layer2.slope"), 0.3, rtol=1e-6)
    for name, values in after.items():
        np.testing.assert_array_equal(values, before[name])
    trainer.step(50)
    assert np.any(np.abs(trainer.parameters()["layer2.slope"] - 0.3) > 1e-4)


@pytest.mark.parametrize(
    ("changes", "goes_on"),
    [
        ({"learning_rate": 0.5}, True),
        ({"batch_size": 7}, True),
        ({"l2": 0.1}, True),
        ({"precision": "float64"}, True),
        ({"optimizer": Choice("sgd")}, True),
        ({"data": DataSettings("xor")}, True),
        ({"loss": "hinge"}, True),
        ({"layers": hidden("tanh", "tanh", width=5)}, False),
        ({"layers": hidden("tanh")}, False),
        ({"seed": 9}, False),
        ({"weights": Choice("he-normal")}, False),
        ({"data": DataSettings(features=("x1", "x2", "x1*x2"))}, False),
    ],
)
def test_what_can_change_without_a_restart_does(changes: dict[str, object], goes_on: bool) -> None:
    trainer = Trainer(RINGS)
    trainer.step(20)
    before = trainer.theta.copy()
    assert trainer.change(replace(RINGS, **changes)) is goes_on
    assert (trainer.step_count == 20) is goes_on
    if goes_on:
        np.testing.assert_array_equal(trainer.theta, before)
    trainer.step(3)
    assert trainer.diverged is None


def test_a_refused_change_leaves_the_run_as_it_was() -> None:
    trainer = Trainer(RINGS)
    twin = Trainer(RINGS)
    trainer.step(10)
    for wrong in (replace(RINGS, learning_rate=float("nan")), replace(RINGS, loss="softmax-cross-entropie")):
        with pytest.raises(InputError):
            trainer.change(wrong)
    trainer.step(10)
    twin.step(20)
    np.testing.assert_array_equal(trainer.theta, twin.theta)


def test_restart_returns_to_the_same_start_and_the_same_course() -> None:
    trainer = Trainer(RINGS)
    start = trainer.theta.copy()
    trainer.step(30)
    course = trainer.theta.copy()
    trainer.restart()
    np.testing.assert_array_equal(trainer.theta, start)
    trainer.step(30)
    np.testing.assert_array_equal(trainer.theta, course)


def test_step_back_undoes_one_update_of_parameters_optimizer_and_batches() -> None:
    trainer = Trainer(RINGS)
    trainer.step(11)
    theta, slots = trainer.theta.copy(), trainer.slots.copy()
    trainer.step()
    after = trainer.theta.copy()
    trainer.step_back()
    np.testing.assert_array_equal(trainer.theta, theta)
    np.testing.assert_array_equal(trainer.slots, slots)
    trainer.step()
    np.testing.assert_array_equal(trainer.theta, after)
    assert trainer.step_count == 12


def test_several_updates_can_be_undone_and_then_no_more() -> None:
    trainer = Trainer(RINGS)
    courses = []
    for _ in range(40):
        courses.append((trainer.theta.copy(), trainer.batches.seen))
        trainer.step()
    undone = 0
    while trainer.step_back():
        theta, seen = courses.pop()
        undone += 1
        np.testing.assert_array_equal(trainer.theta, theta)
        assert trainer.batches.seen == seen
    assert undone == 16
    assert trainer.step_count == 40 - undone


def test_divergence_stops_names_step_and_layer_and_can_be_stepped_back_from() -> None:
    experiment = replace(
        RINGS, layers=hidden("linear", "relu"), optimizer=Choice("sgd"), learning_rate=1e6, loss="squared-error"
    )
    trainer = Trainer(experiment)
    done = trainer.step(1000)
    assert trainer.diverged is not None
    assert trainer.diverged.step == trainer.step_count == done < 1000
    assert 1 <= trainer.diverged.layer <= 3
    assert trainer.step(5) == 0
    assert trainer.step_back()
    assert trainer.diverged is None
    assert np.isfinite(trainer.theta).all()


def test_given_arrays_and_weights_give_the_loss_by_hand() -> None:
    experiment = replace(RINGS, layers=hidden("relu", width=2), loss="squared-error", precision="float64")
    weights = {"layer1.weights": np.array([[1.0, -1.0], [0.5, 2.0]]), "layer2.weights": np.array([[2.0], [-3.0]])}
    trainer = Trainer(experiment, parameters=weights)
    x = trainer.setup.train.inputs[0, :, :-1]
    y = np.maximum(x @ weights["layer1.weights"], 0) @ weights["layer2.weights"]
    expected = np.mean((y - trainer.setup.train.targets) ** 2)
    assert trainer.loss() == pytest.approx(expected, rel=1e-12)


def test_a_population_is_its_runs_alone() -> None:
    experiment = replace(RINGS, precision="float64")
    together = Trainer(experiment, seeds=[3, 8, 9])
    alone = Trainer(experiment, seeds=[8])
    together.step(40)
    alone.step(40)
    np.testing.assert_array_equal(together.theta[1], alone.theta[0])


def test_the_steady_step_allocates_nothing_that_stays_or_grows() -> None:
    trainer = Trainer(replace(RINGS, layers=hidden("tanh", "tanh", width=256), batch_size=0))
    trainer.step(3)
    tracemalloc.start()
    trainer.step(20)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # One buffer of the hidden layer would be 280 * 256 * 4 bytes = 286 kB; NumPy's own for strided arrays are 66 kB.
    assert peak < 100_000


def trained_slopes(trainer: Trainer) -> np.ndarray:
    return trainer.network.layout.trained(trainer.theta, 0)[0, 0].copy()


def test_what_was_learned_of_an_activation_comes_back_with_it() -> None:
    learning = ActivationChoice("sigmoid", {"slope": 2.0}, trained=("slope",))
    trainer = Trainer(with_activation(Experiment(), learning))
    trainer.step(50)
    learned = trained_slopes(trainer)
    assert len(set(learned.tolist())) == 8
    fixed = ActivationChoice("sigmoid", {"slope": 2.5}, trained=())
    for away in ("tanh", fixed):
        trainer.switch_activation(away)
        trainer.step(3)
        trainer.switch_activation(learning)
        np.testing.assert_array_equal(trained_slopes(trainer), learned)
    trainer.switch_activation(fixed)
    trainer.switch_activation(ActivationChoice("sigmoid", {"slope": 2.5}, trained=("slope",)))
    np.testing.assert_array_equal(trained_slopes(trainer), np.full(8, 2.5, dtype=np.float32))
    trainer.switch_activation(learning)
    both = ActivationChoice("sigmoid", {"slope": 2.0}, trained=("slope", "shift"))
    trainer.switch_activation(both)
    trainer.step(5)
    trainer.switch_activation(learning)
    trainer.step(5)
    newest = trained_slopes(trainer)
    trainer.switch_activation(both)
    np.testing.assert_array_equal(trained_slopes(trainer), newest)
    trainer.switch_activation("tanh")
    trainer.restart()
    trainer.switch_activation(learning)
    np.testing.assert_array_equal(trained_slopes(trainer), np.full(8, 2.0, dtype=np.float32))


def test_a_slope_that_one_activation_has_learned_is_not_that_of_another() -> None:
    steep = ActivationChoice("sigmoid", {"slope": 5.0}, trained=("slope",))
    trainer = Trainer(with_activation(Experiment(), steep))
    trainer.step(50)
    trainer.switch_activation("prelu")
    np.testing.assert_array_equal(trained_slopes(trainer), np.full(8, 0.25, dtype=np.float32))
    memory = trainer.network.layout.trained(trainer.slots[0], 0)
    assert not memory.any()
