"""Training without a gradient: estimates against closed forms, losses that never rise, and the same bits again."""

from __future__ import annotations

import tracemalloc

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.optimizers import OPTIMIZERS
from stepviz.engine.catalogue.search_rules import ONE_PLUS_LAMBDA, Trials, centred_ranks
from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer

SEARCHES = [key for key, optimizer in OPTIMIZERS.items() if optimizer.search is not None]
STEPS = Experiment(
    layers=(HiddenLayer(8, ActivationChoice("step")), HiddenLayer(8, ActivationChoice("step"))),
    biases=Choice("uniform", {"radius": 0.5}),
    learning_rate=0.03,
)
# One linear layer: its squared error is a quadratic form of the parameters.
QUADRATIC = Experiment(
    data=DataSettings(name="plane"), layers=(), loss="squared-error", batch_size=0, precision="float64"
)


def searching(base: Experiment, key: str, **parameters: float) -> Experiment:
    return replace(base, optimizer=Choice(key, {name.replace("_", "-"): value for name, value in parameters.items()}))


def true_gradient(trainer: Trainer) -> np.ndarray:
    evaluation = trainer.train_pass()
    assert evaluation.gradient is not None
    return evaluation.gradient[0].copy()


def estimate(trainer: Trainer) -> np.ndarray:
    """Return the estimate of the next update, from the step it makes at a rate of 1."""
    before = trainer.theta[0].copy()
    trainer.step()
    return before - trainer.theta[0]


@pytest.mark.parametrize(("pairs", "tolerance"), [(1, 0.04), (0, 0.06)])
def test_the_estimate_of_openai_es_is_the_gradient_of_a_quadratic_loss(pairs: int, tolerance: float) -> None:
    # E[(L(theta + sigma e) - L(theta - sigma e)) e / (2 sigma)] = E[e e^T] grad L = grad L for a quadratic loss, at
    # every sigma; without pairs the mean of N losses is taken off, which leaves (N - 1) / N of it.
    draws = 10_000
    experiment = searching(QUADRATIC, "openai-es", sigma=0.05, population=draws, pairs=pairs, ranks=0)
    trainer = Trainer(replace(experiment, learning_rate=1.0))
    expected = true_gradient(trainer)
    found = estimate(trainer)
    assert np.linalg.norm(found - expected) < tolerance * np.linalg.norm(expected)


def test_the_estimate_of_openai_es_is_its_formula() -> None:
    experiment = searching(QUADRATIC, "openai-es", sigma=0.5, population=12, ranks=0)
    trainer = Trainer(replace(experiment, learning_rate=1.0))
    found = true_gradient(trainer)
    seen = trainer._stepper.searcher
    assert seen is not None
    step = estimate(trainer)
    changes = seen._trials.changes[0]
    # For a quadratic loss a pair gives exactly (grad L . e) e.
    np.testing.assert_allclose(step, (changes @ found) @ changes / 6, rtol=1e-9)


def test_equal_losses_have_equal_ranks() -> None:
    losses = np.array([[[3.0, 1.0, 1.0]], [[1.0, np.inf, 0.0]]])
    # In order: 0, then three times 1 (places 1 to 3), then 3, then infinity.
    expected = np.array([[[4, 2, 2]], [[2, 5, 0]]]) / 5 - 0.5
    np.testing.assert_allclose(centred_ranks(losses), expected)


@pytest.mark.parametrize("ranks", [0, 1])
def test_on_a_flat_floor_openai_es_does_not_move(ranks: int) -> None:
    # Behind an output of steps whose threshold is far away every copy has the same loss.
    experiment = replace(STEPS, output=ActivationChoice("step"), loss="squared-error")
    trainer = Trainer(searching(experiment, "openai-es", ranks=ranks), parameters={"layer3.biases": np.array([1e3])})
    before = trainer.theta.copy()
    trainer.step(20)
    np.testing.assert_array_equal(trainer.theta, before)


@pytest.mark.parametrize("key", ["one-plus-lambda", "random-search"])
@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_a_search_that_keeps_the_better_never_raises_the_loss(key: str, precision: str) -> None:
    trainer = Trainer(searching(replace(STEPS, batch_size=0, precision=precision), key))
    losses = [trainer.loss()]
    for _ in range(150):
        trainer.step()
        losses.append(trainer.loss())
    rises = np.diff(losses)
    # In float16 the parent is compared in the same arithmetic, but shown by another pass.
    assert rises.max() <= 1e-6
    assert losses[-1] < losses[0]


def test_one_plus_lambda_lengthens_its_steps_where_all_succeed_and_shortens_them_where_none_does() -> None:
    # On a flat floor every child is as good as its parent: share 1, sigma grows by e^(1/3) in each update.
    floor = replace(STEPS, output=ActivationChoice("step"), loss="squared-error", precision="float64")
    trainer = Trainer(searching(floor, "one-plus-lambda"), parameters={"layer3.biases": np.array([1e6])})
    trainer.step(6)
    np.testing.assert_allclose(trainer.slots[0], 6 / 3)
    # With steps of 1000 no child is better: share 0, a twelfth less.
    trainer = Trainer(searching(QUADRATIC, "one-plus-lambda", sigma=1000.0))
    trainer.step(3)
    np.testing.assert_allclose(trainer.slots[0], -3 / 12)
    trainer = Trainer(searching(QUADRATIC, "one-plus-lambda", sigma=1000.0, one_fifth=0.0))
    trainer.step(3)
    assert not trainer.slots.any()


def test_one_plus_lambda_finds_the_minimum_of_a_quadratic_loss_to_many_digits() -> None:
    trainer = Trainer(searching(QUADRATIC, "one-plus-lambda"))
    trainer.step(600)
    inputs, targets = trainer.setup.train.inputs[0], trainer.setup.train.targets
    best = np.linalg.lstsq(inputs, targets, rcond=None)[0]
    np.testing.assert_allclose(trainer.theta[0], best[:, 0], atol=1e-6)


@pytest.mark.parametrize("key", SEARCHES)
@pytest.mark.parametrize("batch_size", [32, 0])
def test_a_run_of_a_population_is_the_run_alone(key: str, batch_size: int) -> None:
    experiment = searching(replace(STEPS, batch_size=batch_size, l1=0.001, l2=0.01), key)
    together, alone = Trainer(experiment, seeds=[3, 8, 9]), Trainer(experiment, seeds=[8])
    together.step(40)
    alone.step(40)
    np.testing.assert_array_equal(together.theta[1], alone.theta[0])
    assert np.any(together.theta[0] != together.theta[2])


@pytest.mark.parametrize("key", SEARCHES)
def test_from_a_kept_moment_and_after_a_step_back_a_run_goes_on_with_the_same_bits(key: str) -> None:
    trainer = Trainer(searching(STEPS, key))
    trainer.step(30)
    moment = trainer.moment()
    trainer.step(30)
    later, memory = trainer.theta.copy(), trainer.slots.copy()
    trainer.change(replace(trainer.experiment, optimizer=Choice("adam")))
    trainer.step(7)
    trainer.go_to(moment)
    trainer.step(30)
    np.testing.assert_array_equal(trainer.theta, later)
    np.testing.assert_array_equal(trainer.slots, memory)
    trainer.step(3)
    for _ in range(3):
        assert trainer.step_back()
    np.testing.assert_array_equal(trainer.theta, later)
    np.testing.assert_array_equal(trainer.slots, memory)


def test_a_live_change_of_sigma_scales_what_the_steps_have_become() -> None:
    trainer = Trainer(searching(STEPS, "one-plus-lambda"))
    trainer.step(20)
    grown = trainer.slots.copy()
    assert trainer.change(searching(STEPS, "one-plus-lambda", sigma=0.5))
    np.testing.assert_array_equal(trainer.slots, grown)
    assert trainer.change(searching(STEPS, "random-search"))
    assert len(trainer.slots) == 0


@pytest.mark.parametrize("data", ["xor", "circle"])
@pytest.mark.parametrize("seed", [0, 1, 2])
def test_a_step_network_learns_though_its_hidden_gradients_are_exactly_zero(data: str, seed: int) -> None:
    trainer = Trainer(searching(replace(STEPS, data=DataSettings(name=data), seed=seed), "openai-es"))
    before, start = trainer.loss(), trainer.parameters()
    for _ in range(10):
        trainer.step(60)
        gradients = trainer.gradients()
        for layer in ("layer1", "layer2"):
            assert not gradients[f"{layer}.weights"].any()
            assert not gradients[f"{layer}.biases"].any()
    assert trainer.loss() < 0.5 * before
    assert np.any(trainer.parameters()["layer1.weights"] != start["layer1.weights"])


def test_penalties_count_in_what_is_compared() -> None:
    # Of a network that cannot answer anything else only the penalty is left to make small.
    floor = replace(STEPS, output=ActivationChoice("step"), loss="squared-error", batch_size=0)
    for penalty in ({"l1": 0.01}, {"l2": 0.1}):
        trainer = Trainer(
            searching(replace(floor, **penalty), "one-plus-lambda"), parameters={"layer3.biases": np.array([1e3])}
        )
        weights = trainer.network.layout.weight_mask() != 0
        before = np.abs(trainer.theta[0, weights]).sum()
        trainer.step(200)
        assert np.abs(trainer.theta[0, weights]).sum() < 0.5 * before


def test_a_slope_schedule_drives_the_copies_too() -> None:
    soft = tuple(HiddenLayer(8, ActivationChoice("sigmoid")) for _ in range(2))
    experiment = searching(replace(STEPS, layers=soft, batch_size=0, precision="float64"), "random-search", tries=20)
    fixed = Trainer(experiment)
    annealed = Trainer(replace(experiment, slope_schedule=Choice("linear", {"first": 5.0, "last": 5.0})))
    as_set = replace(soft[0], activation=ActivationChoice("sigmoid", {"slope": 5.0}))
    steep = Trainer(replace(experiment, layers=(as_set, as_set)))
    for trainer in (fixed, annealed, steep):
        trainer.step(40)
    np.testing.assert_array_equal(annealed.theta, steep.theta)
    assert np.any(annealed.theta != fixed.theta)


def test_a_search_that_blows_up_says_where() -> None:
    trainer = Trainer(replace(searching(QUADRATIC, "openai-es", ranks=0), learning_rate=1e6, precision="float16"))
    trainer.step(50)
    assert trainer.diverged is not None
    assert trainer.diverged.layer == 1


@pytest.mark.parametrize(
    ("key", "parameters", "field"),
    [
        ("openai-es", {"population": 2.5}, "optimizer.parameters.population"),
        ("openai-es", {"population": 1}, "optimizer.parameters.population"),
        ("openai-es", {"ranks": 2}, "optimizer.parameters.ranks"),
        ("openai-es", {"sigma": 0.0}, "optimizer.parameters.sigma"),
        ("one-plus-lambda", {"children": 0}, "optimizer.parameters.children"),
        ("random-search", {"lambda": 3}, "optimizer.parameters"),
    ],
)
def test_what_a_search_cannot_do_is_refused_by_name(key: str, parameters: dict[str, float], field: str) -> None:
    with pytest.raises(InputError) as caught:
        Trainer(searching(STEPS, key, **parameters))
    assert caught.value.field == field


def test_more_copies_than_fit_into_memory_are_refused_and_change_nothing() -> None:
    wide = replace(STEPS, layers=(HiddenLayer(128), HiddenLayer(128)))
    trainer = Trainer(wide)
    trainer.step(3)
    before = trainer.theta.copy()
    with pytest.raises(InputError, match="fewer copies"):
        trainer.change(searching(wide, "openai-es", population=10_000))
    assert trainer.experiment == wide
    np.testing.assert_array_equal(trainer.theta, before)


@pytest.mark.parametrize("key", SEARCHES)
def test_the_steady_step_allocates_nothing_of_the_size_of_the_changes(key: str) -> None:
    wide = replace(STEPS, layers=(HiddenLayer(64, ActivationChoice("step")),) * 2, batch_size=0)
    trainer = Trainer(searching(wide, key))
    trainer.step(3)
    tracemalloc.start()
    trainer.step(5)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    # Twenty changes of 4417 parameters take 353 kB.
    assert peak < 100_000


@pytest.mark.parametrize("key", SEARCHES)
def test_dropout_leaves_the_same_units_out_of_all_copies(key: str) -> None:
    layers = tuple(replace(layer, dropout=0.5) for layer in STEPS.layers)
    experiment = searching(replace(STEPS, layers=layers, batch_size=0, precision="float64"), key)
    together, alone = Trainer(experiment, seeds=[3, 8]), Trainer(experiment, seeds=[8])
    together.step(10)
    alone.step(10)
    np.testing.assert_array_equal(together.theta[1], alone.theta[0])
    assert alone._stepper.searcher is not None
    for copies in alone._stepper.searcher._passes.values():
        dropout = copies.evaluation.dropout
        assert dropout is not None
        for mask in dropout.masks[:-1]:
            assert mask is not None
            assert np.any(mask == 0.0)
            np.testing.assert_array_equal(mask, np.broadcast_to(mask[:1], mask.shape))


@pytest.mark.parametrize(("losses", "limit"), [(0.0, 15.0), (2.0, -15.0)])
def test_the_one_fifth_rule_stops_at_a_factor_of_e_to_the_15(losses: float, limit: float) -> None:
    trials = Trials(np.zeros((1, 5, 2)), np.ones(1), np.full((1, 1, 5), losses), np.ones(1))
    slots = np.zeros((1, 1, 2))
    for _ in range(400):
        ONE_PLUS_LAMBDA.look(trials, slots, (1.0, 5.0, 1.0), np.zeros((1, 2)))
        assert np.abs(slots).max() <= 15.0
    np.testing.assert_array_equal(slots, limit)
