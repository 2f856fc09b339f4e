from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Choice
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.diagnosis import diagnose
from stepviz.probes.findings.evidence import Evidence, gather
from stepviz.probes.findings.overfitting import overfitting
from stepviz.probes.instant import Instant, Path
from tests.probes.findings.cases import evidence
from tests.probes.runs import experiment, regression, train

POINTS = np.linspace(0.0, 1.0, 100)
FALLING = 0.7 * np.exp(-4.0 * POINTS)
PARTED = np.where(POINTS < 0.3, 0.7 - POINTS, 0.4 + 0.5 * (POINTS - 0.3))


@pytest.fixture(scope="module")
def looked_at() -> Evidence:
    return evidence(experiment())


def of_curves(given: Evidence, train: np.ndarray, test: np.ndarray) -> Evidence:
    """Return the evidence with these losses recorded every ten steps, the last of them of now."""
    curve = np.column_stack([10.0 * np.arange(len(train)), train, test])
    for name, value in (("curve", curve[:-1]), ("step", int(curve[-1, 0])), ("train_loss", train[-1]),
                        ("test_loss", test[-1])):  # fmt: skip
        object.__setattr__(given, name, value)
    return given


def test_losses_that_part_with_the_numbers_of_the_curve(looked_at):
    found = overfitting(of_curves(looked_at, FALLING, PARTED))
    lowest = int(np.argmin(PARTED))
    assert found.sentence == (
        f"The test loss was lowest at step {10 * lowest} with {PARTED[lowest]:.3g} and is {PARTED[-1]:.3g} now, "
        f"while the training loss fell from {FALLING[lowest]:.3g} to {FALLING[-1]:.3g}"
    )
    assert f"to end at step {10 * lowest}." in found.advice
    assert found.ill


def test_steps_of_thousands_have_commas(looked_at):
    given = of_curves(looked_at, FALLING, PARTED)
    object.__setattr__(given, "curve", given.curve * [1000.0, 1.0, 1.0])
    assert "lowest at step 300,000 with" in overfitting(given).sentence


@pytest.mark.parametrize(
    ("train_loss", "test_loss"),
    [
        (FALLING, FALLING + 0.05),
        (FALLING, np.maximum(FALLING, 0.1)),
        (FALLING, 0.2 + 0.05 * np.random.default_rng(0).normal(size=100)),
        (FALLING, np.where(np.arange(100) == 40, 0.1, 0.3)),
        (FALLING, np.where(np.arange(100) == 99, 0.9, np.maximum(FALLING, 0.1))),
        (PARTED, PARTED + 0.05),
        (np.full(100, 0.3), PARTED),
        (FALLING, np.where(POINTS < 0.3, 0.7, 0.001 + 0.003 * POINTS)),
    ],
    ids=["both fall", "test is flat", "noisy test", "one dip", "one leap", "both rise", "train is flat", "too little"],
)
def test_no_false_alarm(looked_at, train_loss, test_loss):
    assert overfitting(of_curves(looked_at, train_loss, test_loss)) is None


def test_nothing_is_said_of_a_test_set_that_is_tiny_or_none_or_of_few_losses(looked_at):
    for samples, share, ill in ((200, 0.3, True), (50, 0.3, False), (200, 0.0, False)):
        settings = experiment(samples=samples)
        given = of_curves(evidence(replace(settings, data=replace(settings.data, test_share=share))), FALLING, PARTED)
        assert (overfitting(given) is not None) == ill
    assert overfitting(of_curves(looked_at, FALLING[::5], PARTED[::5])) is None


@pytest.mark.parametrize("seed", range(8))
def test_healthy_runs_are_not_alarmed(seed):
    for settings in (
        experiment(samples=1000, noise=0.05),
        regression("sine", samples=400),
        experiment("gaussians", widths=()),
    ):
        seeded = replace(settings, seed=seed, data=replace(settings.data, seed=seed))
        assert overfitting(gather(train(seeded, 600))) is None


def test_it_stands_behind_what_is_stuck_and_beside_what_is_well():
    noisy = experiment("circle", (24, 24), samples=100, noise=0.3)
    settled = gather(train(noisy, 1500))
    assert diagnose(settled).findings[0].name == "overfitting"
    assert diagnose(settled).sentence == overfitting(settled).sentence
    settled.__dict__["trend"] = "flat"
    object.__setattr__(settled, "train_accuracy", 1.0)
    object.__setattr__(settled, "train_loss", 0.01)
    both = diagnose(settled)
    assert [finding.name for finding in both.findings] == ["noise floor", "overfitting"]
    assert both.sentence.endswith(f". {overfitting(settled).sentence}")
    stuck = of_curves(evidence(experiment(activation="step")), FALLING, PARTED)
    names = [finding.name for finding in diagnose(stuck).findings]
    assert names == ["flat activation", "overfitting"]
    assert "test loss" not in diagnose(stuck).sentence


CASES = {
    "rings": (experiment("circle", (24, 24), samples=100, noise=0.3), 1500),
    "moons": (experiment("moons", (24, 24), samples=100), 2000),
    "plane": (regression("plane", (24, 24), samples=70, noise=0.3), 3000),
    "digits": (experiment("digits", (24,), "relu", loss="softmax-cross-entropy", samples=200), 1000),
    "whole batches": (experiment(batch_size=0, optimizer=Choice("momentum"), learning_rate=0.1), 2000),
}


@pytest.mark.parametrize("name", CASES)
def test_the_remedy_brings_the_test_loss_down_and_the_finding_does_not_come_back(name):
    settings, steps = CASES[name]
    trainer = Trainer(settings)
    found = overfitting(gather(_watched(trainer, steps)))
    assert found is not None
    ill = trainer.loss("test")
    assert trainer.change(found.remedy), "the weights are kept"
    after = _watched(trainer, steps)
    assert after.test_loss < 0.9 * ill
    assert overfitting(gather(after)) is None


def _watched(trainer: Trainer, steps: int) -> Instant:
    """Return the instant so many steps later, with the losses on the way."""
    curve = []
    for _ in range(100):
        curve.append((trainer.step_count, trainer.loss(), trainer.loss("test")))
        trainer.step(steps // 100)
    nowhere = Path(np.empty(0, dtype=np.int64), np.empty((0, trainer.network.layout.size)))
    return Instant(trainer, nowhere, np.array(curve)[:, 1], np.array(curve))


def test_a_penalty_that_is_there_becomes_larger_and_the_largest_is_left(looked_at):
    given = of_curves(looked_at, FALLING, PARTED)
    for present, wanted in ((0.0, 0.003), (1e-4, 0.003), (0.003, 0.009), (0.02, None)):
        object.__setattr__(given, "experiment", replace(given.experiment, l2=present))
        remedy = overfitting(given).remedy
        assert (None if remedy is None else remedy.l2) == wanted
    object.__setattr__(given, "experiment", replace(given.experiment, l2=0.0))
    small = of_curves(given, 0.01 * FALLING, 0.01 * PARTED)
    assert overfitting(small).remedy.l2 == 0.001, "a loss that was small would be held up by more"
