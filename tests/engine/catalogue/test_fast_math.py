"""What is quick over millions of numbers is what the same entry of the table computes, within float32's rounding."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.fast_math import log_one_plus
from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.settings.experiment import Experiment
from stepviz.engine.setup.switch import with_activation
from stepviz.engine.training.trainer import Trainer

EPS = float(np.finfo(np.float32).eps)
QUICK = [entry for entry in ACTIVATIONS.values() if entry.fast]
SHARP = {"tanh": [(1.0,), (-3.5,), (0.0,)], "elu": [(1.0,), (2.5,)], "selu": [()], "softplus": [(1.0,), (10.0,)]}


FLOATS = (np.float32, np.float64)


def fast(entry, z, p):
    out, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        entry.fast(z, p, out, scratch)
    return out


def exactly(entry, z, p):
    wide = z.astype(np.float64)
    out, scratch = np.empty_like(wide), np.empty_like(wide)
    with np.errstate(all="ignore"):
        entry.value(wide, p, out, scratch)
    return out


@pytest.mark.parametrize("dtype", FLOATS)
@pytest.mark.parametrize(("entry", "p"), [(entry, p) for entry in QUICK for p in SHARP[entry.key]])
def test_errors_are_a_few_roundings_of_numbers_near_one(entry, p, dtype):
    z = np.concatenate([np.linspace(-30, 30, 20_001), [-1000, 1000, -1e-6, 1e-6]]).astype(dtype)
    exact = exactly(entry, z, p)
    # exp multiplies the rounding of its argument.
    assert np.all(np.abs(fast(entry, z, p) - exact) <= 6 * np.finfo(dtype).eps * np.maximum(1.0, np.abs(exact)))


@pytest.mark.parametrize("entry", [entry for entry in QUICK if entry.key != "softplus"])
def test_an_exact_zero_stays_one(entry):
    assert fast(entry, np.zeros(3, dtype=np.float32), SHARP[entry.key][0]).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize("entry", QUICK)
def test_what_is_not_a_number_stays_so(entry):
    assert np.isnan(fast(entry, np.full(1, np.nan, dtype=np.float32), SHARP[entry.key][0]))[0]


def test_slopes_may_differ_from_unit_to_unit():
    z = np.linspace(-2, 2, 24, dtype=np.float32).reshape(2, 4, 3)
    slopes = np.arange(6, dtype=np.float32).reshape(2, 1, 3)
    np.testing.assert_allclose(fast(ACTIVATIONS["tanh"], z, (slopes,)), np.tanh(slopes * z), atol=4 * EPS)


@pytest.mark.parametrize("dtype", FLOATS)
def test_small_logarithms_keep_their_relative_precision(dtype):
    e = np.concatenate([np.logspace(-37, 0, 2000), [0.0]]).astype(dtype)
    out = np.empty_like(e)
    log_one_plus(e, out)
    np.testing.assert_allclose(out, [math.log1p(float(number)) for number in e], rtol=3 * np.finfo(dtype).eps)


def test_the_cross_entropy_of_a_sure_and_right_answer_is_small_and_not_zero():
    loss = LOSSES["binary-cross-entropy"]
    assert loss.fast is not None
    y = np.array([[40.0], [-40.0], [1.5], [-80.0], [3.0]], dtype=np.float32)[:, None]
    t = np.array([[1.0]], dtype=np.float32)
    out, exact = np.zeros(5, dtype=np.float32), np.zeros(5)
    loss.fast(y, t, out, np.empty_like(y))
    loss.value(y.astype(np.float64), t.astype(np.float64), exact, np.empty(y.shape))
    np.testing.assert_allclose(out, exact, rtol=4 * EPS)


@pytest.mark.parametrize("name", [entry.key for entry in QUICK])
def test_a_network_in_bulk_computes_what_it_did(name):
    trainer = Trainer(with_activation(Experiment(), name))
    trainer.step(50)
    train = trainer.setup.train
    losses = []
    for network in (trainer.network, trainer.network.fast()):
        whole, out = Pass(network, trainer.theta, len(train)), np.zeros(1, dtype=np.float32)
        with np.errstate(all="ignore"):
            whole.forward(train.inputs)
            whole.losses(train.targets, out)
        losses.append(float(out[0]))
    assert losses[1] == pytest.approx(losses[0], rel=1e-5)
    assert trainer.network.fast().functions[0].activation.value is not trainer.network.functions[0].activation.value
