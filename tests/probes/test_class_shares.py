"""Shares of the answer against the softmax and its limits."""

from __future__ import annotations

import numpy as np
import pytest

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.probes.class_shares import class_shares

BINARY, SOFTMAX, SQUARED = (LOSSES[key] for key in ("binary-cross-entropy", "softmax-cross-entropy", "squared-error"))


def test_one_logit_is_the_softmax_of_0_and_it():
    y = np.linspace(-20, 20, 41)[:, None]
    np.testing.assert_allclose(class_shares(BINARY, y), class_shares(SOFTMAX, np.hstack([0 * y, y])), rtol=1e-14)


@pytest.mark.parametrize(("logit", "smaller"), [(-700.0, 1), (700.0, 0)])
def test_however_sure_an_answer_is_the_other_class_keeps_its_share(logit, smaller):
    shares = class_shares(BINARY, np.array([[logit]]))[0]
    assert shares[smaller] == pytest.approx(np.exp(-700.0), rel=1e-12)
    assert shares[1 - smaller] == 1.0


def test_no_logit_is_too_large():
    np.testing.assert_array_equal(class_shares(BINARY, np.array([[-np.inf], [np.inf]])), [[1.0, 0.0], [0.0, 1.0]])
    assert np.isnan(class_shares(BINARY, np.array([[np.nan]]))).all()


def test_other_answers_are_clipped_and_sum_to_one():
    np.testing.assert_allclose(class_shares(SQUARED, np.array([[-0.5], [0.25], [3.0]]))[:, 1], [0.0, 0.25, 1.0])
    several = np.array([[0.0, -1.0], [0.5, 0.25]])
    np.testing.assert_allclose(class_shares(SQUARED, several), [[0.5, 0.5], [2 / 3, 1 / 3]])
