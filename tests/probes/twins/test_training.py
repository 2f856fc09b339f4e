from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import Choice, Experiment, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.twins.cures import cures_of
from stepviz.probes.twins.relative import constant_loss, relative
from stepviz.probes.twins.subject import Subject
from stepviz.probes.twins.training import Curves, from_now, from_start, trained

SICK = replace(
    Experiment(),
    l1=0.05,
    schedule=Choice("cosine"),
    clipping=Choice("norm"),
    layers=(HiddenLayer(4, dropout=0.2), HiddenLayer(3)),
)


def curves_of(trainer: Trainer, steps: int = 60) -> Curves:
    found = [curves for curves in trained(trainer, steps) if curves is not None]
    return found[-1]


@pytest.mark.parametrize("cure", cures_of(Trainer(SICK).setup), ids=lambda cure: cure.key)
def test_a_twin_is_the_run_alone_bit_for_bit(cure):
    trainer = Trainer(SICK)
    trainer.step(40)
    subject = Subject.of(trainer)

    twins = from_start(cure.from_start, cure.dataset or trainer.dataset, range(3))
    curves_of(twins)
    alone = Trainer(cure.from_start, cure.dataset or trainer.dataset, seeds=[2])
    alone.step(60)
    np.testing.assert_array_equal(twins.theta[2], alone.theta[0])

    twin = from_now(subject, cure.experiment)
    if twin is not None:
        curves_of(twin)
        assert trainer.change(cure.experiment)
        trainer.step(60)
        np.testing.assert_array_equal(twin.theta, trainer.theta)
        np.testing.assert_array_equal(twin.slots, trainer.slots)


def test_what_cannot_keep_its_weights_has_no_twin_from_now():
    trainer = Trainer(Experiment())
    subject = Subject.of(trainer)
    wider = replace(Experiment(), layers=(HiddenLayer(16), HiddenLayer(8)))
    assert from_now(subject, wider) is None


def test_a_twin_that_diverges_is_a_result_and_the_others_go_on():
    experiment = replace(Experiment(), optimizer=Choice("sgd"), learning_rate=0.05, loss="squared-error")
    twins = from_start(experiment, Trainer(experiment).dataset, range(3))
    twins.theta[1] *= 1e25
    curves = curves_of(twins)
    assert np.isnan(curves.train[1, -1])
    assert np.isnan(curves.finals[1])
    assert np.isfinite(curves.finals[[0, 2]]).all()
    assert curves.share()[1] == 100.0
    assert np.isfinite(curves.median)


def test_subject_is_of_the_first_run_and_shares_nothing():
    trainer = Trainer(Experiment(), seeds=range(3))
    trainer.step(10)
    subject = Subject.of(trainer)
    before = trainer.theta.copy()
    resumed = subject.resumed()
    np.testing.assert_array_equal(resumed.theta[0], before[0])
    resumed.step(20)
    np.testing.assert_array_equal(trainer.theta, before)


@pytest.mark.parametrize(
    ("loss", "expected"), [("squared-error", 0.25), ("binary-cross-entropy", np.log(2.0)), ("hinge", 1.0)]
)
def test_the_loss_of_a_constant_answer_is_that_of_the_best_one(loss, expected):
    setup = Trainer(
        replace(Experiment(), loss=loss, data=replace(Experiment().data, samples=400, test_share=0.0))
    ).setup
    assert constant_loss(setup) == pytest.approx(expected, rel=1e-3)
    targets = np.asarray(setup.train.targets, dtype=np.float64)
    best = np.inf
    for answer in np.linspace(-2.0, 2.0, 401):
        out = np.empty(1)
        y = np.full((1, *targets.shape), answer)
        setup.network.loss.value(y, targets, out, np.empty_like(y))
        best = min(best, float(out[0]))
    assert constant_loss(setup) == pytest.approx(best, abs=2e-3)


def test_what_is_not_finite_is_as_bad_as_it_gets():
    assert relative(np.array([1.0, np.nan, np.inf, 1e9]), 2.0).tolist() == [0.5, 100.0, 100.0, 100.0]
