"""The perceptron rule: against the rule by hand, against its convergence theorem, and what it refuses."""

from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.common.errors import InputError
from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, Experiment, HiddenLayer
from stepviz.engine.setup.edits import with_optimizer
from stepviz.engine.training.trainer import Trainer

ONE_BY_ONE = with_optimizer(
    Experiment(
        data=DataSettings(name="gaussians", noise=0.0, test_share=0.0, samples=200),
        weights=Choice("zeros"),
        batch_size=1,
        learning_rate=1.0,
        precision="float64",
    ),
    Choice("perceptron"),
)


def by_sign(experiment: Experiment) -> Experiment:
    return replace(experiment, output=ActivationChoice("sign"), loss="hinge")


@pytest.mark.parametrize("experiment", [ONE_BY_ONE, by_sign(ONE_BY_ONE)])
def test_each_step_is_the_rule_by_hand(experiment: Experiment) -> None:
    experiment = replace(experiment, learning_rate=0.5, data=replace(experiment.data, name="xor", noise=1.0))
    trainer, order = Trainer(experiment), Trainer(experiment)
    by_sign = experiment.output.name == "sign"
    theta = np.zeros(3)
    for _ in range(300):
        (place,) = order.batches.following()
        x, t = trainer.setup.train.inputs[0, place], trainer.setup.train.targets[place, 0]
        y = float(theta @ x >= 0)
        theta += 0.5 * (t - (2 * y - 1 if by_sign else y)) * x
        trainer.step()
        np.testing.assert_allclose(trainer.theta[0], theta, rtol=0, atol=1e-12)


@pytest.mark.parametrize("seed", range(6))
def test_the_number_of_mistakes_keeps_below_the_bound_of_the_convergence_theorem(seed: int) -> None:
    # Novikoff 1962: from zero weights at most (R / gamma)^2 mistakes, R the largest norm of an input (with its column
    # of ones), gamma the margin that some line of norm 1 keeps.
    trainer = Trainer(replace(ONE_BY_ONE, seed=seed, data=replace(ONE_BY_ONE.data, seed=seed)))
    inputs, signs = trainer.setup.train.inputs[0], 2.0 * trainer.setup.train.targets[:, 0] - 1.0
    middle = [inputs[signs == sign].mean(axis=0) for sign in (1.0, -1.0)]
    line = middle[0] - middle[1]
    line[-1] = -line[:2] @ (middle[0] + middle[1])[:2] / 2.0
    gamma = float(np.min(signs * (inputs @ line))) / np.linalg.norm(line)
    assert gamma > 0.0
    bound = float(np.max(np.sum(inputs**2, axis=1))) / gamma**2
    mistakes = 0
    for _ in range(20 * len(inputs)):
        trainer.step()
        mistakes += bool(trainer.gradient.any())
    assert 0 < mistakes <= bound
    # Once it makes no mistake it stands still.
    settled = trainer.theta.copy()
    trainer.step(2 * len(inputs))
    np.testing.assert_array_equal(trainer.theta, settled)
    assert trainer.loss() == 0.0


def test_a_batch_takes_the_mean_and_the_true_gradient_stays_exactly_zero() -> None:
    trainer = Trainer(replace(ONE_BY_ONE, batch_size=0))
    inputs, targets = trainer.setup.train.inputs[0], trainer.setup.train.targets
    trainer.step()
    # With zero weights every answer is 1.
    np.testing.assert_allclose(trainer.theta[0], ((targets - 1.0).T @ inputs)[0] / len(inputs), atol=1e-12)
    assert all(not values.any() for values in trainer.gradients().values())


def test_ten_perceptrons_learn_the_digits() -> None:
    digits = replace(
        with_optimizer(Experiment(loss="squared-error"), Choice("perceptron")), data=DataSettings(name="digits")
    )
    trainer = Trainer(replace(digits, batch_size=1))
    before = trainer.loss("test")
    trainer.step(5000)
    assert trainer.loss("test") < 0.2 * before


def test_choosing_the_rule_makes_one_layer_of_steps_and_keeps_a_sign() -> None:
    chosen = with_optimizer(Experiment(), Choice("perceptron"))
    assert (chosen.layers, chosen.output.name, chosen.loss) == ((), "step", "squared-error")
    sign = with_optimizer(Experiment(output=ActivationChoice("sign"), loss="squared-error"), Choice("perceptron"))
    assert (sign.layers, sign.output.name, sign.loss) == ((), "sign", "hinge")
    Trainer(sign).step(10)


@pytest.mark.parametrize(
    ("experiment", "field"),
    [
        (replace(ONE_BY_ONE, layers=(HiddenLayer(),)), "layers"),
        (replace(ONE_BY_ONE, output=ActivationChoice("linear")), "output.name"),
        (replace(ONE_BY_ONE, loss="binary-cross-entropy"), "loss"),
        (replace(ONE_BY_ONE, loss="hinge"), "loss"),
        (replace(by_sign(ONE_BY_ONE), loss="squared-error"), "loss"),
        (replace(ONE_BY_ONE, data=DataSettings(name="plane")), "optimizer.name"),
    ],
)
def test_what_the_rule_cannot_train_is_refused_by_name(experiment: Experiment, field: str) -> None:
    with pytest.raises(InputError) as caught:
        Trainer(experiment)
    assert caught.value.field == field
