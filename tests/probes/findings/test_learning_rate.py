from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.settings.experiment import Choice
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.findings.evidence import gather
from stepviz.probes.findings.learning_rate import diverging, rate_beyond_curvature, rate_too_large, rate_too_small
from tests.probes.findings.cases import evidence, with_trend
from tests.probes.runs import experiment, instant_of, regression


def test_divergence():
    ill = evidence(regression("sine", optimizer=Choice("sgd"), learning_rate=30.0), 64)
    found = diverging(ill)
    assert "not a number" in found.sentence or "infinite" in found.sentence
    assert found.remedy.learning_rate == 3.0


def test_a_rising_loss_is_a_divergence_from_half_as_much_again():
    for last, ill in ((1.4, False), (1.6, True)):
        looked_at = evidence(experiment(), losses=np.linspace(1.0, last, 30))
        object.__setattr__(looked_at, "train_loss", last)
        assert (diverging(looked_at) is not None) == ill


def test_a_rise_at_the_foot_of_a_plot_is_no_divergence():
    lately = np.linspace(1.9e-4, 3.1e-4, 40)
    for highest, ill in ((0.7, False), (2e-4, True)):
        looked_at = evidence(experiment(), losses=lately)
        object.__setattr__(looked_at, "train_loss", 3.2e-4)
        object.__setattr__(looked_at, "curve", np.column_stack([np.arange(40), np.full(40, 1.9e-4), lately]))
        looked_at.curve[0, 2] = highest
        looked_at.__dict__["trend"] = "rising"
        assert (diverging(looked_at) is not None) == ill


def test_a_loss_that_goes_up_and_down_at_its_floor_does_not_diverge():
    lately = np.linspace(1.6e-5, 4.8e-5, 64)
    for before, ill in ((np.geomspace(0.1, 1.6e-5, 400), False), (np.full(400, 1.6e-5), True)):
        looked_at = evidence(experiment(), losses=np.append(before, lately))
        object.__setattr__(looked_at, "train_loss", 4.9e-5)
        assert looked_at.trend == "rising"
        assert (diverging(looked_at) is not None) == ill


def test_steps_too_long():
    settings = experiment("spiral", optimizer=Choice("sgd"), learning_rate=20.0, activation="softsign")
    ill = with_trend(evidence(settings, 64), "flat")
    found = rate_too_large(ill)
    assert ill.flow.update_ratio.max() > 0.1
    assert f"layer {np.argmax(ill.flow.update_ratio) + 1} by" in found.sentence
    assert found.remedy.learning_rate == 2.0
    assert rate_too_large(with_trend(ill, "falling")) is None


def test_steps_too_short_and_a_remedy_of_the_usual_length():
    settings = experiment(optimizer=Choice("sgd"), learning_rate=1e-7, batch_size=0)
    found = rate_too_small(evidence(settings, 64))
    healed = evidence(found.remedy, 64)
    assert 1e-4 < healed.flow.update_ratio.max() < 1e-1
    assert rate_too_small(healed) is None


def test_at_a_minimum_short_steps_are_right():
    data = dataset_from_arrays(np.array([[0.0], [1.0]]), np.array([[1.0], [3.5]]))
    settings = regression(widths=(), optimizer=Choice("sgd"), learning_rate=0.3, batch_size=0)
    ill = evidence(settings, 64, dataset=data)
    trainer = Trainer(settings, data)
    trainer.step(30)
    ill = gather(instant_of(trainer, losses=np.full(30, 0.5)))
    assert rate_too_small(ill) is None


def test_steps_over_the_valley_of_a_parabola_and_the_remedy_goes_into_it():
    x = np.array([[-1.0], [0.0], [1.0], [2.0]])
    data = dataset_from_arrays(x, 2 * x + 1)
    settings = regression(widths=(), optimizer=Choice("sgd"), learning_rate=0.7, batch_size=0)
    ill = with_trend(evidence(settings, 1, dataset=data), "rising")
    extended = ill.train.inputs[0].astype(float)
    gradient = ill.gradient[0].astype(float)
    hessian = 2 * extended.T @ extended / len(extended)
    closed = gradient @ hessian @ gradient / (gradient @ gradient)
    assert ill.bend == pytest.approx(closed, rel=1e-5)
    assert 0.7 * closed > 2
    found = rate_beyond_curvature(ill)
    assert f"above {2 / closed:.2g}" in found.sentence
    assert found.remedy.learning_rate == pytest.approx(1 / closed, rel=0.06)
    assert rate_beyond_curvature(with_trend(ill, "falling")) is None
    healed = evidence(found.remedy, 40, dataset=data)
    assert healed.train_loss < 1e-2 * ill.train_loss
    assert rate_beyond_curvature(healed) is None


def test_no_valley_is_seen_where_there_is_no_gradient_or_the_loss_jumps_or_steps_are_not_plain():
    for settings in (
        experiment(activation="step", optimizer=Choice("sgd"), learning_rate=50.0),
        experiment(optimizer=Choice("adam"), learning_rate=50.0),
        experiment(optimizer=Choice("sgd"), learning_rate=0.05),
    ):
        assert rate_beyond_curvature(with_trend(evidence(settings, 64), "flat")) is None


def test_the_rate_that_counts_is_the_present_one():
    x = np.array([[-1.0], [0.0], [1.0], [2.0]])
    data = dataset_from_arrays(x, 2 * x + 1)
    settings = regression(widths=(), optimizer=Choice("sgd"), learning_rate=0.7, batch_size=0)
    rising = replace(settings, schedule=Choice("warm-up", {"length": 1000.0}))
    assert rate_beyond_curvature(with_trend(evidence(rising, 1, dataset=data), "rising")) is None
    clipped = replace(settings, clipping=Choice("norm"))
    assert rate_beyond_curvature(with_trend(evidence(clipped, 1, dataset=data), "rising")) is None


def test_steps_are_not_too_short_where_all_is_learned_and_the_advice_is_what_the_button_does():
    settings = experiment("gaussians", (), noise=0.0, optimizer=Choice("sgd"), learning_rate=1e-7, batch_size=0)
    ill = evidence(settings, 64)
    found = rate_too_small(ill)
    times = found.remedy.learning_rate / settings.learning_rate
    assert f"{times:,.0f} times as large" in found.advice
    del ill.__dict__["sure"]
    object.__setattr__(ill, "train_accuracy", 1.0)
    object.__setattr__(ill, "train_loss", 1e-6)
    assert rate_too_small(ill) is None
