from __future__ import annotations

import math

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.settings.experiment import ActivationChoice, Choice, DataSettings, HiddenLayer
from stepviz.engine.training.trainer import Trainer
from stepviz.probes.probe_table import PROBES
from stepviz.probes.unit import BINS, SIDE, UnitMeasurement, UnitOptions, reach_of
from tests.probes.runs import experiment, instant_of, layers_by_hand, regression, train


def read(instant, layer=0, unit=0):
    return next(iter(UnitMeasurement().measure(instant, UnitOptions(layer, unit))), None)


def by_hand(trainer, raw):
    """Return what each layer's pre-activations are for raw inputs, example by example, in plain Python numbers."""
    network, data = trainer.network, trainer.dataset
    h = data.transform(raw).astype(np.float64)
    zs = []
    for layer, function in enumerate(network.functions):
        named = network.layout.named(trainer.theta.astype(np.float64))
        z = h @ named[f"layer{layer + 1}.weights"] + named[f"layer{layer + 1}.biases"]
        zs.append(z)
        h = {
            "tanh": np.tanh,
            "relu": lambda z: np.maximum(z, 0),
            "linear": lambda z: z,
            "step": lambda z: 1.0 * (z >= 0),
        }[function.activation.key](z)
    return zs


@pytest.mark.parametrize("activation", ["tanh", "relu", "step"])
@pytest.mark.parametrize(("layer", "unit"), [(0, 0), (0, 7), (1, 3), (2, 0)])
def test_every_number_by_brute_force(activation, layer, unit):
    trainer = Trainer(experiment(activation=activation, precision="float64"))
    trainer.step(40)
    reading = read(instant_of(trainer), layer, unit)
    rows = trainer.dataset.train
    z = by_hand(trainer, trainer.dataset.inputs[rows])[layer][:, unit]

    assert reading.examples == len(rows)
    counts = [
        sum(low <= value < high or (number == BINS - 1 and value == high) for value in z)
        for number, (low, high) in enumerate(zip(reading.edges[:-1], reading.edges[1:], strict=True))
    ]
    assert reading.counts.tolist() == counts
    assert 0.0 in reading.edges
    derivative_is_zero = {"tanh": z * 0, "relu": z <= 0, "step": z == z}[activation] if layer < 2 else z * 0
    assert reading.zero_share == pytest.approx(np.mean(derivative_is_zero))

    named, slopes = trainer.parameters(), trainer.gradients()
    for found, arrays in ((reading.weights, named), (reading.gradient, slopes)):
        np.testing.assert_array_equal(found[:-1], arrays[f"layer{layer + 1}.weights"][:, unit])
        assert found[-1] == arrays[f"layer{layer + 1}.biases"][unit]


@pytest.mark.parametrize("activation", ["tanh", "relu", "step"])
def test_the_response_is_that_of_the_network_at_each_place(activation):
    trainer = Trainer(experiment(activation=activation, precision="float64"))
    trainer.step(40)
    reading = read(instant_of(trainer), 1, 2)
    (left, right), (low, high) = trainer.dataset.input_ranges
    assert reading.response.shape == reading.silent.shape == (SIDE, SIDE)
    for row, column in ((0, 0), (3, 20), (23, 11)):
        place = [[left + (right - left) * (column + 0.5) / SIDE, low + (high - low) * (row + 0.5) / SIDE]]
        z = by_hand(trainer, np.array(place))[1][0, 2]
        h = {"tanh": math.tanh(z), "relu": max(z, 0.0), "step": float(z >= 0)}[activation]
        assert reading.response[row, column] == pytest.approx(h, abs=1e-6)
        assert reading.silent[row, column] == {"tanh": False, "relu": z <= 0, "step": True}[activation]


def test_one_input_has_a_curve_and_many_have_none():
    reading = read(train(regression("sine"), 10), 0, 1)
    assert reading.dimensions == 1
    assert reading.response.ndim == 1
    assert np.ptp(reading.response) > 0
    digits = read(train(experiment("digits", (4,), loss="softmax-cross-entropy", samples=60)), 0, 1)
    assert digits.dimensions == 0
    assert digits.response.size == digits.silent.size == 0
    assert digits.weights.shape == (65,)


def test_a_backward_rule_stands_in_for_the_derivative():
    choice = ActivationChoice("step", rule=Choice("clipped-straight-through", {"width": 0.3}))
    trainer = Trainer(replace(experiment(precision="float64"), layers=(HiddenLayer(5, choice),)))
    reading = read(instant_of(trainer), 0, 3)
    z = by_hand(trainer, trainer.dataset.inputs[trainer.dataset.train])[0][:, 3]
    assert reading.zero_share == pytest.approx(np.mean(np.abs(z) > 0.3))
    assert 0 < reading.zero_share < 1
    assert 0 < reading.silent.mean() < 1
    assert set(np.unique(reading.response)) == {0.0, 1.0}


def test_a_trained_slope_is_that_of_this_unit():
    trainer = Trainer(experiment(activation="prelu", precision="float64"))
    trainer.step(30)
    slopes = trainer.parameters()["layer1.slope"]
    reading = read(instant_of(trainer), 0, 4)
    assert reading.values == (slopes[4],)
    named = trainer.parameters()
    (left, right), (low, high) = trainer.dataset.input_ranges
    rows, columns = np.meshgrid(np.arange(SIDE) + 0.5, np.arange(SIDE) + 0.5, indexing="ij")
    places = np.stack([left + (right - left) * columns / SIDE, low + (high - low) * rows / SIDE], axis=-1)
    z = trainer.dataset.transform(places.reshape(-1, 2)) @ named["layer1.weights"][:, 4] + named["layer1.biases"][4]
    expected = np.where(z > 0, z, slopes[4] * z).reshape(SIDE, SIDE)
    np.testing.assert_allclose(reading.response, expected, atol=1e-6)


@pytest.mark.parametrize(("layer", "unit"), [(0, 8), (3, 0), (99, 0)])
def test_a_unit_that_there_is_not_gives_no_reading(layer, unit):
    assert read(train(experiment()), layer, unit) is None


def test_the_axis_reaches_all_and_takes_few_values():
    generator = np.random.default_rng(0)
    for largest in [0.0, 3.9, 4.0, 4.1, 99.9, 100.0, 101.0, 1e30, *(10 ** generator.uniform(-3, 8, 200))]:
        assert largest <= reach_of(largest) <= max(4.0, 1.7 * largest)
    assert len({reach_of(largest) for largest in np.linspace(5.0, 6.0, 50)}) == 1


def test_a_dead_unit_far_off_is_in_the_picture():
    settings = replace(
        experiment(activation="relu", biases=Choice("constant", {"value": -50.0})), data=DataSettings(samples=50)
    )
    reading = read(train(settings))
    assert reading.zero_share == 1.0
    assert reading.signal_share == 0.0
    assert reading.counts.sum() == reading.examples
    assert reading.silent.all()
    assert not reading.gradient.any()


def test_numbers_that_overflow_are_counted_apart():
    trainer = Trainer(experiment(precision="float16"), parameters={"layer1.biases": np.full(8, 6e4)})
    trainer.network.layout.named(trainer.theta)["layer1.weights"][:] = 6e4
    reading = read(instant_of(trainer))
    assert reading.not_finite > 0
    assert reading.examples == len(trainer.dataset.train)


def test_it_is_in_the_table_with_options_of_its_own():
    probe = PROBES["unit"]
    readings = list(probe.measure(train(experiment()), UnitOptions(1, 5)))
    assert [(reading.layer, reading.unit) for reading in readings] == [(1, 5)]
    assert probe.options == UnitOptions()


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_a_unit_of_a_normalised_layer(norm):
    trainer = Trainer(experiment(norm=norm, precision="float64"))
    trainer.step(40)
    instant = instant_of(trainer)
    reading = read(instant, 1, 2)
    z = layers_by_hand(instant, trainer.dataset.inputs[trainer.dataset.train])[1][:, 2]
    np.testing.assert_array_equal(reading.counts, np.histogram(z, reading.edges)[0])
    (left, right), (low, high) = trainer.dataset.input_ranges
    place = [[left + (right - left) * 20.5 / SIDE, low + (high - low) * 3.5 / SIDE]]
    assert reading.response[3, 20] == pytest.approx(
        np.tanh(layers_by_hand(instant, np.array(place))[1][0, 2]), abs=1e-6
    )
