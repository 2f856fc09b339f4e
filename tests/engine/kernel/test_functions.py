from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from stepviz.engine.catalogue.activations import ACTIVATIONS
from stepviz.engine.catalogue.parameters import resolve
from stepviz.engine.common.arrays import Array
from stepviz.engine.kernel.library import Library

LONG = np.longdouble
# Elsewhere there is nothing better than float64 to compare with.
LONGER = np.finfo(LONG).nmant > np.finfo(np.float64).nmant + 8
PRECISIONS = [np.float32, pytest.param(np.float64, marks=pytest.mark.skipif(not LONGER, reason="no longer floats"))]


def units_in_the_last_place(found: Array, true: Array) -> float:
    kind = found.dtype
    spacing = np.spacing(np.maximum(np.abs(true.astype(kind)), np.finfo(kind).tiny)).astype(LONG)
    return float((np.abs(found.astype(LONG) - true) / spacing).max())


def spread_out(kind: type, low: float, high: float) -> Array:
    generator = np.random.default_rng(0)
    near = np.exp(generator.uniform(-20.0, np.log(high - low), 40_000))
    return np.concatenate([generator.uniform(low, high, 60_000), high - near]).clip(low, high).astype(kind)


@pytest.mark.parametrize("kind", PRECISIONS)
def test_exp_and_expm1_are_right_to_two_units_in_the_last_place(library: Library, kind: type) -> None:
    z = spread_out(kind, -87.0 if kind is np.float32 else -708.0, 0.0)
    h, d = library.units("elu", (1.0,), z)
    assert units_in_the_last_place(d, np.exp(z.astype(LONG))) <= 2.0
    assert units_in_the_last_place(h, np.expm1(z.astype(LONG))) <= 2.0


@pytest.mark.parametrize("kind", PRECISIONS)
def test_the_logarithm_is_right_to_two_units_in_the_last_place(library: Library, kind: type) -> None:
    z = spread_out(kind, -80.0, 0.0)
    e, _ = library.units("gaussian", (), np.sqrt(-z))
    softplus, _ = library.units("softplus", (1.0,), z)
    exponential = library.units("elu", (1.0,), z)[1]
    assert units_in_the_last_place(softplus, np.log1p(exponential.astype(LONG))) <= 2.0
    assert e.min() >= 0.0


@pytest.mark.parametrize("kind", PRECISIONS)
def test_tanh_is_right_to_two_units_in_the_last_place(library: Library, kind: type) -> None:
    for z in (spread_out(kind, 0.0, 12.0), -spread_out(kind, 0.0, 12.0), spread_out(kind, -1.0, 0.0)):
        h, _ = library.units("tanh", (1.0,), z)
        assert units_in_the_last_place(h, np.tanh(z.astype(LONG))) <= 2.0


@pytest.mark.parametrize("kind", PRECISIONS)
def test_sine_and_cosine_are_right_over_many_turns(library: Library, kind: type) -> None:
    z = spread_out(kind, -1000.0, 1000.0)
    h, d = library.units("sine", (1.0,), z)
    bound = 4 * np.finfo(kind).eps
    np.testing.assert_allclose(h.astype(LONG), np.sin(z.astype(LONG)), rtol=0, atol=bound)
    np.testing.assert_allclose(d.astype(LONG), np.cos(z.astype(LONG)), rtol=0, atol=bound)


def test_a_sine_of_any_number_stays_within_one(library: Library) -> None:
    z = np.array([1e8, -1e12, 3e30, 1e38, 2e7, -1e7], dtype=np.float32)
    h, d = library.units("sine", (1.0,), z)
    assert (np.abs(h) <= 1.0).all()
    assert (np.abs(d) <= 1.0).all()


Z = np.concatenate([np.linspace(-30.0, 30.0, 4001), [0.0, -0.0, 1.0, -1.0, 3.0, -3.0], 10.0 ** np.arange(-30.0, 5.0),
                    -(10.0 ** np.arange(-30.0, 5.0)), np.linspace(-120.0, -80.0, 801)])  # fmt: skip


CROSSING = ("gelu", "gelu-tanh", "silu", "mish", "sine", "softplus")


def with_numpy(function: Callable[..., None], values: tuple[float, ...], z: Array) -> Array:
    out, scratch = np.empty_like(z), np.empty_like(z)
    with np.errstate(all="ignore"):
        function(z, values, out, scratch)
    return out


@pytest.mark.parametrize("kind", [np.float32, np.float64])
@pytest.mark.parametrize("name", list(ACTIVATIONS))
def test_every_activation_is_numpys_and_zero_where_numpys_is(library: Library, name: str, kind: type) -> None:
    activation = ACTIVATIONS[name]
    z = Z.astype(kind)
    for given in ({}, {"slope": -2.5}, {"alpha": 2.0}, {"sharpness": 7.0}, {"frequency": 3.0}, {"at-zero": 0.5}):
        known = {parameter.name for parameter in activation.parameters}
        if not known >= given.keys():
            continue
        values = resolve(given, activation.parameters, "activation")
        h, d = library.units(name, values, z)
        for found, function in ((h, activation.value), (d, activation.derivative)):
            expected = with_numpy(function, values, z)
            eps, least = np.finfo(kind).eps, np.finfo(kind).tiny
            # Where a curve crosses 0 the last digits are of what cancels.
            np.testing.assert_allclose(found, expected, rtol=60 * eps, atol=8 * eps if name in CROSSING else least)
            np.testing.assert_array_equal(found[expected == 0.0], 0.0)


def test_what_is_no_number_stays_none(library: Library) -> None:
    z = np.array([np.nan, 1.0], dtype=np.float32)
    for name, activation in ACTIVATIONS.items():
        values = resolve({}, activation.parameters, "activation")
        expected = with_numpy(activation.value, values, z)
        np.testing.assert_array_equal(np.isnan(library.units(name, values, z)[0]), np.isnan(expected))
