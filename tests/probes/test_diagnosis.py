from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.settings.experiment import ActivationChoice, Choice, HiddenLayer
from stepviz.engine.setup.validation import validate
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.diagnosis import diagnose, measure_diagnosis
from stepviz.probes.findings.evidence import gather
from tests.probes.runs import experiment, instant_of, regression, train

FLAT_LOSSES = np.full(30, 0.5) + 1e-5 * np.sin(np.arange(30))

HEALTHY = {
    "rings, tanh": experiment(),
    "rings, ReLU": experiment(activation="relu", weights=Choice("he-uniform")),
    "spiral, leaky ReLU": experiment("spiral", activation="leaky-relu"),
    "xor, GELU": experiment("xor", activation="gelu"),
    "two Gaussians, no hidden layer": experiment("gaussians", widths=()),
    "rings, one sigmoid layer": experiment(widths=(8,), activation="sigmoid"),
    "moons, four tanh layers": experiment("moons", (8, 8, 8, 8)),
    "plane": regression(),
    "sine": regression("sine", samples=120),
    "sine, SGD": regression("sine", optimizer=Choice("sgd"), learning_rate=0.05),
    "staircase, PReLU": regression("staircase", activation="prelu"),
    "digits": experiment("digits", (24,), "relu", loss="softmax-cross-entropy", samples=400),
    "hinge": experiment("gaussians", loss="hinge"),
    "float64": experiment(precision="float64"),
    "float16": experiment(precision="float16"),
    "whole batches, momentum": experiment(batch_size=0, optimizer=Choice("momentum"), learning_rate=0.1),
    "narrow": experiment("xor", (2,), "tanh"),
    "batch norm": experiment(norm="batch"),
    "batch norm, ReLU, digits": experiment(
        "digits", (24,), "relu", loss="softmax-cross-entropy", samples=400, norm="batch"
    ),
    "layer norm, four ReLU layers": experiment("moons", (8, 8, 8, 8), "relu", norm="layer"),
    "batch norm, six tanh layers, SGD": experiment(
        "moons", (8,) * 6, norm="batch", optimizer=Choice("sgd"), learning_rate=0.05
    ),
}
# Remarks on a network, not complaints about its run.
AT_REST = {"noise floor", "nothing left", "only straight"}
# These learn by heart in 2,000 steps: their test loss ends more than half above its lowest.
BY_HEART = {"rings, tanh", "rings, ReLU", "xor, GELU", "float64", "whole batches, momentum"}


@pytest.mark.parametrize("name", HEALTHY)
@pytest.mark.parametrize("steps", [0, 32, 400, 2000])
def test_no_false_alarm_on_a_healthy_run(name, steps):
    settings = HEALTHY[name]
    instant = train(settings, steps)
    diagnosis = measure_diagnosis(instant)
    found = {finding.name for finding in diagnosis.findings}
    if steps == 2000 and name in BY_HEART:
        assert instant.test_loss > 1.5 * instant.curve[:, 2].min()
        assert "overfitting" in found
        found.remove("overfitting")
    assert found <= AT_REST
    if not diagnosis.findings:
        assert "receive" in diagnosis.sentence
        assert "active" in diagnosis.sentence or not settings.layers


def test_a_healthy_network_is_told_so():
    diagnosis = measure_diagnosis(train(experiment(), 320))
    assert diagnosis.sentence == (
        "Loss is falling: all 16 hidden units are active, every parameter receives a gradient"
    )
    assert measure_diagnosis(train(experiment())).sentence.startswith("Before the first step: all 16 hidden units")


def test_a_step_network_is_stuck_and_its_numbers_are_those_of_the_run():
    instant = instant_of(train(experiment(activation="step", batch_size=0), 3)._trainer, losses=FLAT_LOSSES)
    instant.train_loss = 0.5
    received = np.count_nonzero(instant.train.gradient)
    diagnosis = measure_diagnosis(instant)
    assert diagnosis.sentence == (
        f"Loss is flat: all 16 hidden units are stuck, step has derivative 0; "
        f"{received} of 105 parameters receive a gradient"
    )
    assert 0 < received <= 9


def test_at_most_three_findings_the_weightiest_first():
    settings = experiment(activation="step", weights=Choice("zeros"), output=ActivationChoice("step"), loss="hinge")
    diagnosis = measure_diagnosis(train(settings, 1))
    weights = [finding.weight for finding in diagnosis.findings]
    assert len(weights) == 3
    assert weights == sorted(weights, reverse=True)


def test_a_falling_loss_does_not_hide_an_illness():
    diagnosis = measure_diagnosis(train(experiment(activation="step"), 200))
    assert diagnosis.sentence.startswith("Loss is falling, but all 16 hidden units are stuck")


def test_a_backward_rule_is_never_silent():
    layers = (HiddenLayer(8, ActivationChoice("step", rule=Choice("straight-through"))), HiddenLayer(8))
    diagnosis = measure_diagnosis(train(replace(experiment(), layers=layers), 200))
    assert diagnosis.sentence.endswith(
        "Gradients of layer 1 come from the straight-through rule, they are not derivatives"
    )
    assert [finding.name for finding in diagnosis.findings] == ["backward rule"]
    last = (HiddenLayer(8), HiddenLayer(8, ActivationChoice("step", rule=Choice("straight-through"))))
    assert "Gradients of layers 1 and 2" in measure_diagnosis(train(replace(experiment(), layers=last), 200)).sentence


@pytest.mark.parametrize(
    "settings",
    [
        experiment(activation="step"),
        experiment(weights=Choice("zeros")),
        experiment(weights=Choice("constant")),
        experiment(activation="relu", biases=Choice("constant", {"value": -50.0})),
        experiment(widths=(6,) * 8, activation="sigmoid"),
        experiment(weights=Choice("glorot-uniform", {"gain": 200.0})),
        regression(output=ActivationChoice("sigmoid")),
        experiment(optimizer=Choice("sgd"), learning_rate=1e-7),
        regression("sine", optimizer=Choice("sgd"), learning_rate=3.0),
    ],
)
def test_a_remedy_is_an_experiment_that_is_allowed_and_cures(settings):
    before = measure_diagnosis(train(settings, 64))
    first = before.findings[0]
    assert first.remedy is not None
    validate(first.remedy)
    trainer = Trainer(settings)
    trainer.step(64)
    trainer.change(first.remedy)
    if trainer.diverged is not None or not np.isfinite(trainer.loss()):
        trainer.restart()
    after = measure_diagnosis(instant_of(trainer))
    assert first.name not in {finding.name for finding in after.findings}


def test_diagnosis_is_a_pure_function_of_the_evidence():
    instant = train(experiment(activation="step"), 20)
    theta = instant.theta.copy()
    evidence = gather(instant)
    assert diagnose(evidence) == diagnose(evidence) == measure_diagnosis(instant)
    np.testing.assert_array_equal(instant.theta, theta)


def test_biases_below_batch_norm_are_no_cause_for_alarm():
    diagnosis = measure_diagnosis(train(experiment(norm="batch"), 320))
    assert diagnosis.sentence.endswith("every parameter receives a gradient but 16 biases that batch norm cancels")


def test_of_what_is_no_number_nothing_but_that_is_said():
    trainer = Trainer(experiment())
    trainer.theta[:] = np.nan
    diagnosis = measure_diagnosis(instant_of(trainer))
    assert [finding.name for finding in diagnosis.findings] == ["diverging"]


def test_gradients_that_cancel_do_not_contradict_active_units():
    data = dataset_from_arrays(np.ones((40, 2)), np.arange(40) % 2)
    trainer = Trainer(replace(experiment(), precision="float64", batch_size=0), data)
    trainer.step(3000)
    evidence = gather(instant_of(trainer))
    sentence = diagnose(evidence).sentence
    assert "units are active, none of" not in sentence
    if evidence.receiving == 0:
        assert "cancels exactly" in sentence
