from __future__ import annotations

import numpy as np
import pytest

from stepviz.probes.parameter_gradient import measure_gradient
from stepviz.probes.unit_maps import MOST_UNITS, POINTS, SIDE, UnitMapMeasurement, shares
from tests.probes.runs import experiment, layers_by_hand, regression, train


def maps_of(settings, steps=5):
    instant = train(settings, steps)
    return instant, UnitMapMeasurement().measure(instant)


def test_a_map_is_the_unit_at_each_point_of_the_plane():
    instant, maps = maps_of(experiment(widths=(4, 3), precision="float64"))
    (x_low, x_high), (y_low, y_high) = instant.setup.dataset.input_ranges
    row, column = 17, 3
    raw = np.array([[x_low + (x_high - x_low) * (column + 0.5) / SIDE, y_low + (y_high - y_low) * (row + 0.5) / SIDE]])
    seen = instant.setup.dataset.transform(raw)[0]
    named = instant.setup.network.layout.named(instant.theta)
    first = np.tanh(seen @ named["layer1.weights"] + named["layer1.biases"])
    second = np.tanh(first @ named["layer2.weights"] + named["layer2.biases"])
    y = second @ named["layer3.weights"] + named["layer3.biases"]

    assert maps.dimensions == 2
    for found, expected in zip((maps.inputs, *maps.layers), (seen, first, second, y), strict=True):
        np.testing.assert_allclose(found[:, row, column], expected, rtol=1e-6)


def test_one_input_gives_curves():
    _, maps = maps_of(regression("sine", (5,)))
    assert maps.dimensions == 1
    assert maps.layers[0].shape == (5, POINTS)
    assert np.all(np.diff(maps.inputs[0]) > 0)


def test_inputs_that_cannot_be_drawn_give_none():
    _, maps = maps_of(experiment("digits", (5,), loss="softmax-cross-entropy"))
    assert maps.dimensions == 0
    assert [len(layer) for layer in maps.layers] == [0, 0]


@pytest.mark.parametrize(
    ("widths", "expected"),
    [((8, 8, 1), [8, 8, 1]), ((100, 1), [63, 1]), ((40, 3, 40, 1), [30, 3, 30, 1]), ((2,) * 40, None)],
)
def test_wide_layers_leave_room(widths, expected):
    found = shares(widths, MOST_UNITS)
    assert expected is None or found == expected
    assert sum(found) <= MOST_UNITS
    assert all(0 < kept <= width for kept, width in zip(found, widths, strict=True))


def test_the_gradient_of_every_parameter_is_a_copy():
    instant = train(experiment(), 3)
    reading = measure_gradient(instant)
    np.testing.assert_array_equal(reading.gradient, instant.train.gradient[0])
    assert not np.shares_memory(reading.gradient, instant.train.gradient)
    assert reading.step == 3


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_maps_of_a_normalised_network(norm):
    instant, maps = maps_of(experiment(widths=(4, 3), norm=norm, precision="float64"), 30)
    (x_low, x_high), (y_low, y_high) = instant.setup.dataset.input_ranges
    row, column = 17, 3
    raw = np.array([[x_low + (x_high - x_low) * (column + 0.5) / SIDE, y_low + (y_high - y_low) * (row + 0.5) / SIDE]])
    *hidden, y = (z[0] for z in layers_by_hand(instant, raw))
    for found, expected in zip(maps.layers, (*map(np.tanh, hidden), y), strict=True):
        np.testing.assert_allclose(found[:, row, column], expected, rtol=1e-5)
