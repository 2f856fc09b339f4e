"""Every activation against central differences, one-sided limits, brute force on a grid, and at |z| = 1000."""

from __future__ import annotations

import math

import numpy as np
import pytest

from stepviz.engine.catalogue.activation import SATURATED
from stepviz.engine.catalogue.activations import ACTIVATIONS, Activation, Values
from stepviz.engine.catalogue.parameters import resolve
from tests.engine.memory import peak_of

KEYS = list(ACTIVATIONS)
# Other parameter values than the default ones, where they change the curve.
OTHERS: dict[str, tuple[Values, ...]] = {
    "sigmoid": ((3.0, -1.0), (-2.0, 0.5), (0.0, 1.0)),
    "tanh": ((2.5,), (-0.7,)),
    "relu": ((0.5,), (1.0,)),
    "leaky-relu": ((0.3,), (-0.2,), (2.0,)),
    "prelu": ((-0.5,),),
    "elu": ((0.3,), (2.5,)),
    "softplus": ((5.0,), (0.2,)),
    "sine": ((3.0,),),
}
CASES = [
    (key, values)
    for key, entry in ACTIVATIONS.items()
    for values in (resolve({}, entry.parameters, key), *OTHERS.get(key, ()))
]


def value(activation: Activation, z: np.ndarray, p: Values) -> np.ndarray:
    out, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        activation.value(z, p, out, scratch)
    return out


def derivative(activation: Activation, z: np.ndarray, p: Values) -> np.ndarray:
    out, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        activation.derivative(z, p, out, scratch)
    return out


def away_from(kinks: tuple[float, ...], z: np.ndarray, distance: float = 1e-3) -> np.ndarray:
    return z[np.all([np.abs(z - kink) > distance for kink in kinks], axis=0)] if kinks else z


@pytest.mark.parametrize(("key", "p"), CASES)
def test_derivative_equals_central_differences_away_from_kinks(key: str, p: Values) -> None:
    activation = ACTIVATIONS[key]
    z = away_from(activation.kinks(p), np.linspace(-9.0, 9.0, 3000))
    width = 1e-5
    expected = (value(activation, z + width, p) - value(activation, z - width, p)) / (2 * width)
    np.testing.assert_allclose(derivative(activation, z, p), expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize(("key", "p"), CASES)
def test_something_jumps_at_every_kink_and_nowhere_else(key: str, p: Values) -> None:
    activation = ACTIVATIONS[key]
    z = np.linspace(-6.0, 6.0, 24_001)
    distance = z[1] - z[0]
    jumps = np.abs(np.diff(derivative(activation, z, p))) > 0.02 * max(1.0, abs(float(p[0])) if p else 1.0) ** 2
    jumps |= np.abs(np.diff(value(activation, z, p))) > 0.5
    found = z[:-1][jumps]
    kinks = np.array(activation.kinks(p))
    # ReLU with slope 1 below would have none; the parameters here all have the kinks that they name.
    assert all(np.any(np.abs(found - kink) <= 2 * distance) for kink in kinks)
    assert all(np.any(np.abs(kinks - place) <= 2 * distance) for place in found)


@pytest.mark.parametrize(
    ("key", "p", "says"),
    [
        ("step", (), (0.0, 1.0, 1.0)),
        ("sign", (), (-1.0, 1.0, 1.0)),
        ("relu", (0.0,), (0.0, 0.0, 1e-300)),
        ("hard-tanh", (), (-1e-300, 0.0, 1e-300)),
    ],
)
def test_values_just_below_at_and_just_above_zero(key: str, p: Values, says: tuple[float, float, float]) -> None:
    np.testing.assert_array_equal(value(ACTIVATIONS[key], np.array([-1e-300, 0.0, 1e-300]), p), says)


@pytest.mark.parametrize("at_zero", [0.0, 0.25, 1.0])
def test_the_derivative_of_relu_at_zero_is_the_one_chosen(at_zero: float) -> None:
    z = np.array([-1e-300, -0.0, 0.0, 1e-300])
    np.testing.assert_array_equal(derivative(ACTIVATIONS["relu"], z, (at_zero,)), [0.0, at_zero, at_zero, 1.0])


# The values that each takes far out on both sides, by its formula.
FAR: dict[str, tuple[float, float]] = {
    "step": (0, 1), "sign": (-1, 1), "sigmoid": (0, 1), "tanh": (-1, 1), "relu": (0, 1000), "leaky-relu": (-10, 1000),
    "prelu": (-250, 1000), "elu": (-1, 1000), "selu": (-1.0507009873554805 * 1.6732632423543772, 1050.7009873554805),
    "softplus": (0, 1000), "gelu": (0, 1000), "gelu-tanh": (0, 1000), "silu": (0, 1000), "mish": (0, 1000),
    "hard-sigmoid": (0, 1), "hard-tanh": (-1, 1), "softsign": (-1000 / 1001, 1000 / 1001),
    "sine": (math.sin(-1000), math.sin(1000)), "gaussian": (0, 0), "linear": (-1000, 1000),
}  # fmt: skip
FAR_SLOPES: dict[str, tuple[float, float]] = {
    "relu": (0, 1), "leaky-relu": (0.01, 1), "prelu": (0.25, 1), "elu": (0, 1), "selu": (0, 1.0507009873554805),
    "softplus": (0, 1), "gelu": (0, 1), "gelu-tanh": (0, 1), "silu": (0, 1), "mish": (0, 1),
    "softsign": (1 / 1001**2, 1 / 1001**2), "sine": (math.cos(1000), math.cos(1000)), "linear": (1, 1),
}  # fmt: skip


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize("key", KEYS)
def test_far_out_values_and_derivatives_are_right_in_every_precision(key: str, precision: str) -> None:
    activation = ACTIVATIONS[key]
    p = resolve({}, activation.parameters, key)
    z = np.array([-1000.0, 1000.0], dtype=precision)
    found, slopes = value(activation, z, p), derivative(activation, z, p)
    assert found.dtype == slopes.dtype == np.dtype(precision)
    tolerance = 4 * float(np.finfo(precision).eps)
    np.testing.assert_allclose(found, FAR[key], rtol=tolerance, atol=tolerance)
    np.testing.assert_allclose(slopes, FAR_SLOPES.get(key, (0, 0)), rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize(("key", "p"), CASES)
def test_the_largest_derivative_and_the_saturated_range_are_those_of_a_fine_grid(key: str, p: Values) -> None:
    activation = ACTIVATIONS[key]
    floats = tuple(float(number) for number in p)
    z = away_from(activation.kinks(floats), np.linspace(-50.0, 50.0, 400_001), 1e-4)
    slopes = np.abs(derivative(activation, z, p))
    largest = activation.largest_derivative(floats)
    assert slopes.max() == pytest.approx(largest, rel=1e-3)
    if key == "sine":
        assert activation.saturation(floats) == ()
        return
    inside = np.zeros(len(z), dtype=bool)
    for low, high in activation.saturation(floats):
        inside |= (z > low) & (z < high)
    saturated = slopes < SATURATED * largest if largest else np.ones(len(z), dtype=bool)
    # At the ends of the ranges a few grid points may fall on either side: this grid is finer than the one scanned.
    assert np.count_nonzero(inside != saturated) <= 4 * max(1, len(activation.saturation(floats)))


@pytest.mark.parametrize(("key", "z"), [("sigmoid", 40.0), ("sigmoid", -40.0), ("tanh", 20.0), ("tanh", -20.0)])
def test_a_tiny_derivative_is_tiny_and_not_zero(key: str, z: float) -> None:
    p = resolve({}, ACTIVATIONS[key].parameters, key)
    found = derivative(ACTIVATIONS[key], np.array([z], dtype="float32"), p)[0]
    exact = {"sigmoid": math.exp(-abs(z)), "tanh": 4 * math.exp(-2 * abs(z))}[key]
    assert found == pytest.approx(exact, rel=1e-5)


@pytest.mark.parametrize("key", [key for key, entry in ACTIVATIONS.items() if entry.trainable])
def test_derivatives_by_the_trained_parameters_equal_central_differences(key: str) -> None:
    activation = ACTIVATIONS[key]
    assert activation.parameter_derivative is not None
    z = np.linspace(-4.0, 4.0, 801)
    for p in (resolve({}, activation.parameters, key), *OTHERS[key]):
        for name in activation.trainable:
            index = [parameter.name for parameter in activation.parameters].index(name)
            above, below = list(p), list(p)
            above[index] += 1e-6
            below[index] -= 1e-6
            expected = (value(activation, z, tuple(above)) - value(activation, z, tuple(below))) / 2e-6
            out, scratch = np.empty_like(z), np.empty_like(z)
            activation.parameter_derivative(z, p, index, out, scratch)
            np.testing.assert_allclose(out, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("key", KEYS)
def test_values_are_written_into_any_view_and_the_input_is_left_alone(key: str) -> None:
    activation = ACTIVATIONS[key]
    p = resolve({}, activation.parameters, key)
    z = np.linspace(-3, 3, 24).reshape(2, 3, 4)
    kept, wide = z.copy(), np.full((2, 3, 5), 7.0)
    activation.value(z, p, wide[:, :, :-1], np.empty_like(z))
    np.testing.assert_array_equal(wide[:, :, :-1], value(activation, z, p))
    assert np.all(wide[:, :, -1] == 7.0)
    np.testing.assert_array_equal(z, kept)


@pytest.mark.parametrize("precision", ["float64", "float32", "float16"])
@pytest.mark.parametrize("key", ["sigmoid", "tanh", "relu", "leaky-relu", "prelu", "elu", "softplus", "sine"])
def test_the_outermost_parameter_values_give_numbers_in_every_precision(key: str, precision: str) -> None:
    activation = ACTIVATIONS[key]
    z = np.array([-1.0, -0.0, 0.0, 1.0], dtype=precision)
    for end in ("low", "high"):
        p = tuple(float(getattr(parameter, end)) for parameter in activation.parameters)
        assert np.isfinite(value(activation, z, p)).all()
        assert np.isfinite(derivative(activation, z, p)).all()


def test_slopes_may_differ_from_unit_to_unit() -> None:
    z = np.linspace(-2, 2, 12).reshape(1, 4, 3)
    slopes = np.array([0.1, 1.0, -2.0]).reshape(1, 1, 3)
    for key in ("prelu", "tanh"):
        together = value(ACTIVATIONS[key], z, (slopes,))
        for unit in range(3):
            alone = value(ACTIVATIONS[key], z[:, :, unit].copy(), (float(slopes[0, 0, unit]),))
            np.testing.assert_allclose(together[:, :, unit], alone, rtol=1e-15)


@pytest.mark.parametrize("key", KEYS)
def test_a_float16_derivative_is_zero_only_where_the_true_one_is_or_underflows(key: str) -> None:
    activation = ACTIVATIONS[key]
    p = resolve({}, activation.parameters, key)
    z = np.linspace(-40.0, 40.0, 2561).astype("float16")
    found, exact = derivative(activation, z, p), derivative(activation, z.astype("float64"), p)
    # Products with z lose a factor of up to 20 to the underflow of their other factor, exp.
    smallest = 20 * float(np.finfo("float16").smallest_subnormal)
    assert np.all(np.abs(exact[found == 0.0]) < smallest)
    assert np.all(found[exact == 0.0] == 0.0)


@pytest.mark.parametrize("key", KEYS)
def test_derivatives_agree_between_the_precisions(key: str) -> None:
    activation = ACTIVATIONS[key]
    p = resolve({}, activation.parameters, key)
    z = np.linspace(-30.0, 30.0, 1921).astype("float16")
    exact, far = derivative(activation, z.astype("float64"), p), value(activation, z.astype("float64"), p)
    for precision in ("float32", "float16"):
        tolerance = 8 * float(np.finfo(precision).eps)
        np.testing.assert_allclose(
            derivative(activation, z.astype(precision), p), exact, rtol=tolerance, atol=tolerance
        )
        np.testing.assert_allclose(value(activation, z.astype(precision), p), far, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("key", KEYS)
def test_nothing_of_the_size_of_the_pre_activations_is_allocated(key: str) -> None:
    activation = ACTIVATIONS[key]
    p = resolve({}, activation.parameters, key)
    z = np.random.default_rng(0).normal(size=(4, 500, 100)).astype("float32")
    wide, slopes, scratch = np.ones((4, 500, 101), dtype="float32"), np.empty_like(z), np.empty_like(z)

    def once() -> None:
        activation.value(z, p, wide[:, :, :-1], scratch)
        activation.derivative(z, p, slopes, scratch)
        for index in range(len(activation.trainable)):
            assert activation.parameter_derivative is not None
            activation.parameter_derivative(z, p, index, slopes, scratch)

    # NumPy's own buffers for conversions and strides: a few times 8192 numbers.
    assert peak_of(once) < z.nbytes / 4
