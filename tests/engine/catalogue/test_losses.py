"""The losses against sums by hand, central differences, and where careless formulas overflow or cancel."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.engine.catalogue.losses import LOSSES
from tests.engine.memory import peak_of


def loss_of(key: str, y: np.ndarray, t: np.ndarray) -> np.ndarray:
    out = np.empty(len(y), dtype=np.float32 if y.dtype == np.float16 else y.dtype)
    with np.errstate(all="ignore"):
        LOSSES[key].value(y, t, out, np.empty_like(y))
    return out


def delta_of(key: str, y: np.ndarray, t: np.ndarray) -> np.ndarray:
    out = np.empty_like(y)
    with np.errstate(all="ignore"):
        LOSSES[key].delta(y, t, out, np.empty_like(y))
    return out


def targets(key: str, classes: int = 3) -> np.ndarray:
    drawn = np.random.default_rng(1).integers(0, classes, 5)
    return LOSSES[key].encode(drawn, classes)


ANSWERS = np.random.default_rng(0).normal(size=(4, 5, 3))


@pytest.mark.parametrize("key", [key for key in LOSSES if key != "binary-cross-entropy"])
def test_the_delta_is_the_derivative_of_the_value(key: str) -> None:
    t = targets(key)
    found, width = delta_of(key, ANSWERS, t), 1e-6
    for place in np.ndindex(ANSWERS.shape):
        above, below = ANSWERS.copy(), ANSWERS.copy()
        above[place] += width
        below[place] -= width
        run = place[0]
        expected = (loss_of(key, above, t)[run] - loss_of(key, below, t)[run]) / (2 * width)
        assert found[place] == pytest.approx(expected, rel=1e-6, abs=1e-9)


def test_values_by_hand() -> None:
    y, t = np.array([[[0.5], [-2.0]]]), np.array([[1.0], [0.0]])
    assert loss_of("squared-error", y, t)[0] == pytest.approx((0.25 + 4.0) / 2)
    expected = (math.log(1 + math.exp(-0.5)) + math.log(1 + math.exp(-2.0))) / 2
    assert loss_of("binary-cross-entropy", y, t)[0] == pytest.approx(expected)
    signs = np.array([[1.0], [-1.0]])
    assert loss_of("hinge", y, signs)[0] == pytest.approx(0.25)
    scores = np.array([[[1.0, 2.0, 0.0]]])
    expected = -math.log(math.e / (math.e + math.e**2 + 1))
    assert loss_of("softmax-cross-entropy", scores, np.array([[1.0, 0.0, 0.0]]))[0] == pytest.approx(expected)


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize(
    ("key", "right", "wrong"),
    [("binary-cross-entropy", 0.0, 1000.0), ("squared-error", 999.0**2, 1001.0**2), ("hinge", 0.0, 1001.0)],
)
def test_answers_of_a_thousand_are_no_trouble(key: str, precision: str, right: float, wrong: float) -> None:
    y = np.array([[[1000.0]], [[-1000.0]]], dtype=precision)
    found = loss_of(key, y, np.ones((1, 1), dtype=precision))
    np.testing.assert_allclose(found, [right, wrong], rtol=2e-3 if precision == "float16" else 1e-6)
    assert np.isfinite(delta_of(key, y, np.ones((1, 1), dtype=precision))).all()


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
def test_softmax_of_a_thousand_is_no_trouble(precision: str) -> None:
    y = np.array([[[1000.0, -1000.0]], [[-1000.0, 1000.0]]], dtype=precision)
    t = np.array([[1.0, 0.0]], dtype=precision)
    np.testing.assert_allclose(loss_of("softmax-cross-entropy", y, t), [0.0, 2000.0], rtol=1e-3)
    np.testing.assert_allclose(delta_of("softmax-cross-entropy", y, t), [[[0, 0]], [[-1, 1]]], atol=1e-6)


def test_a_sure_right_answer_has_a_small_loss_and_signal_and_not_zero() -> None:
    y, t = np.array([[[30.0]]], dtype="float32"), np.ones((1, 1), dtype="float32")
    assert loss_of("binary-cross-entropy", y, t)[0] == pytest.approx(math.exp(-30), rel=1e-5)
    assert delta_of("binary-cross-entropy", y, t)[0, 0, 0] == pytest.approx(-math.exp(-30), rel=1e-5)


def test_many_small_losses_add_up_in_float16() -> None:
    y, t = np.full((1, 5000, 1), 0.02, dtype="float16"), np.zeros((5000, 1), dtype="float16")
    assert loss_of("squared-error", y, t)[0] == pytest.approx(4e-4, rel=0.01)


@pytest.mark.parametrize(
    ("key", "classes", "expected"),
    [
        ("squared-error", 2, [[0.0], [1.0]]),
        ("binary-cross-entropy", 2, [[0.0], [1.0]]),
        ("hinge", 2, [[-1.0], [1.0]]),
        ("softmax-cross-entropy", 2, [[1.0, 0.0], [0.0, 1.0]]),
        ("hinge", 3, [[1.0, -1.0, -1.0], [-1.0, 1.0, -1.0]]),
    ],
)
def test_classes_are_encoded_and_read_back(key: str, classes: int, expected: list[list[float]]) -> None:
    encoded = LOSSES[key].encode(np.array([0, 1]), classes)
    np.testing.assert_array_equal(encoded, expected)
    np.testing.assert_array_equal(
        LOSSES[key].predict(encoded if key != "binary-cross-entropy" else encoded - 0.5), [0, 1]
    )


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize("lead", [9.0, 12.0, 14.0])
@pytest.mark.parametrize("key", ["binary-cross-entropy", "softmax-cross-entropy"])
def test_loss_and_signal_of_a_lead_keep_their_precision(key: str, lead: float, precision: str) -> None:
    rest = math.exp(-lead)
    if key == "binary-cross-entropy":
        y, t, expected = [[[lead]], [[-lead]]], [[1.0]], [[[-rest]], [[-1.0]]]
    else:
        y, t = [[[lead, 0.0]], [[0.0, lead]]], [[1.0, 0.0]]
        expected = [[[-rest, rest]], [[-1.0, 1.0]]]
    answers, encoded = np.array(y, dtype=precision), np.array(t, dtype=precision)
    # Below 6e-5 float16 has no full mantissa.
    tolerance = 0.04 if precision == "float16" else 2e-4
    np.testing.assert_allclose(loss_of(key, answers, encoded), [rest, lead], rtol=tolerance)
    np.testing.assert_allclose(delta_of(key, answers, encoded), expected, rtol=tolerance)


def test_large_errors_are_squared_and_summed_beyond_the_range_of_float16() -> None:
    y, t = np.full((2, 300, 1), 1000.0, dtype="float16"), np.zeros((300, 1), dtype="float16")
    np.testing.assert_allclose(loss_of("squared-error", y, t), 1e6, rtol=1e-6)


@pytest.mark.parametrize("precision", ["float32", "float16"])
@pytest.mark.parametrize("key", LOSSES)
def test_nothing_as_large_as_the_answers_is_allocated(key: str, precision: str) -> None:
    loss = LOSSES[key]
    y = np.random.default_rng(2).normal(size=(200, 50, 10)).astype(precision)
    t = loss.encode(np.arange(50) % 10, 10).astype(precision)
    out, delta, scratch = np.empty(200, dtype="float32"), np.empty_like(y), np.empty_like(y)

    def once() -> None:
        loss.value(y, t, out, scratch)
        loss.delta(y, t, delta, scratch)

    assert peak_of(once) < (0.7 if key == "softmax-cross-entropy" else 0.5) * y.nbytes


def test_the_signal_of_a_lead_reaches_down_to_the_smallest_number_of_float16() -> None:
    # exp(16.5) overflows float16 (65504 = exp(11.09)), but the signal exp(-16.5) is one of its numbers.
    smallest = float(np.finfo(np.float16).smallest_subnormal)
    for lead in np.arange(11.0, 16.75, 0.25):
        right = delta_of("binary-cross-entropy", np.array([[[lead]]], "float16"), np.array([[1.0]], "float16"))
        assert abs(right.item() + math.exp(-lead)) <= 2.0 * smallest + 0.02 * math.exp(-lead), lead
        assert right.item() < 0.0, lead
