from __future__ import annotations

import numpy as np
import pytest
from msgspec.structs import replace

from stepviz.engine.catalogue.losses import LOSSES
from stepviz.engine.common.arrays import with_ones
from stepviz.engine.data.dataset import dataset_from_arrays
from stepviz.engine.network.forward_backward import Pass
from stepviz.probes.accuracy import accuracy
from stepviz.probes.class_shares import class_shares
from stepviz.probes.response import (
    SHOWN,
    ClassResponse,
    CurveResponse,
    Grid,
    MapResponse,
    ResponseOptions,
    Responses,
    ScatterResponse,
    spread,
)
from tests.probes.runs import experiment, instant_of, layers_by_hand, regression, train


def response_of(instant):
    return Responses().measure(instant)


def answers_at(instant, raw):
    inputs = with_ones(instant.setup.dataset.transform(raw), "float64")
    evaluation = Pass(instant.setup.network, instant.theta.astype(np.float64), len(raw))
    return evaluation.forward(inputs)[0]


def middles(extent, points=64):
    x = extent[0] + (extent[1] - extent[0]) * (np.arange(points) + 0.5) / points
    y = extent[2] + (extent[3] - extent[2]) * (np.arange(points) + 0.5) / points
    return x, y


@pytest.mark.parametrize("features", [("x1", "x2"), ("x1", "x1*x2", "sin(x2)")])
def test_map_of_two_classes_is_the_probability_at_each_point(features):
    settings = experiment("xor", precision="float64")
    settings = replace(settings, data=replace(settings.data, features=features))
    instant = train(settings, 100)
    shape = response_of(instant).shape
    assert isinstance(shape, MapResponse)
    assert shape.extent == (*instant.setup.dataset.input_ranges[0], *instant.setup.dataset.input_ranges[1])
    x, y = middles(shape.extent)
    for row, column in [(0, 0), (5, 60), (63, 10), (31, 32)]:
        logit = answers_at(instant, np.array([[x[column], y[row]]]))[0, 0]
        assert shape.scores[row, column] == pytest.approx(1.0 / (1.0 + np.exp(-logit)), rel=1e-5)
        assert shape.classes[row, column] == (logit >= 0)


def test_map_of_a_regression_is_the_answer_in_the_persons_units():
    instant = train(regression("multi-gaussian", precision="float64"), 50)
    shape = response_of(instant).shape
    assert isinstance(shape, MapResponse)
    assert shape.classes is None
    x, y = middles(shape.extent)
    assert shape.scores[3, 50] == pytest.approx(answers_at(instant, np.array([[x[50], y[3]]]))[0, 0], rel=1e-5)


def test_wide_networks_are_answered_in_parts_alike(monkeypatch):
    instant = train(experiment(), 20)
    whole = response_of(instant).shape
    monkeypatch.setattr("stepviz.probes.response.MOST_NUMBERS", 8 * 1000)
    np.testing.assert_allclose(response_of(instant).shape.scores, whole.scores, rtol=1e-5)


def test_a_plane_is_looked_at_as_finely_as_is_asked():
    instant = train(experiment(), 20)
    shape = Responses().measure(instant, ResponseOptions(points=96)).shape
    assert shape.scores.shape == (96, 96)
    x, y = middles(shape.extent, 96)
    answer = 1 / (1 + np.exp(-answers_at(instant, np.array([[x[70], y[5]]]))))
    assert shape.scores[5, 70] == pytest.approx(answer[0, 0], rel=1e-5)


def test_a_grid_is_built_once_and_follows_the_parameters():
    instant = train(experiment(), 0)
    responses = Responses()
    first = responses.measure(instant)
    grid = responses._spare._kept[0][2]
    instant._trainer.step(20)
    second = responses.measure(instant_of(instant._trainer))
    assert responses._spare._kept[0][2] is grid
    assert not np.allclose(first.shape.scores, second.shape.scores)
    np.testing.assert_array_equal(second.shape.scores, response_of(instant_of(instant._trainer)).shape.scores)


def test_curve_over_one_input():
    instant = train(regression("sine", precision="float64"), 50)
    response = response_of(instant)
    assert isinstance(response.shape, CurveResponse)
    assert (response.shape.x[0], response.shape.x[-1]) == instant.setup.dataset.input_ranges[0]
    np.testing.assert_allclose(response.shape.y, answers_at(instant, response.shape.x[:, None]))
    assert np.isnan(response.train_accuracy)
    assert np.isnan(response.test_accuracy)


def test_curve_of_classes_over_one_input_is_the_second_ones_probability():
    generator = np.random.default_rng(0)
    x = generator.normal(size=(40, 1))
    data = dataset_from_arrays(x, (x[:, 0] > 0).astype(np.int64))
    instant = train(experiment(), 50, dataset=data)
    shape = response_of(instant).shape
    assert isinstance(shape, CurveResponse)
    assert shape.y.shape == (256, 1)
    assert shape.y[0, 0] < 0.5 < shape.y[-1, 0]


def test_digits_are_counted_in_a_confusion_and_a_few_are_shown():
    settings = experiment("digits", (16,), loss="softmax-cross-entropy", samples=600)
    instant = train(settings, 150)
    response, dataset = response_of(instant), instant.setup.dataset
    shape = response.shape
    assert isinstance(shape, ClassResponse)
    assert shape.confusion.shape == (10, 10)
    assert shape.confusion.sum() == len(dataset.test)
    assert np.trace(shape.confusion) / len(dataset.test) == pytest.approx(response.test_accuracy)
    np.testing.assert_array_equal(shape.confusion.sum(axis=1), np.bincount(dataset.targets[dataset.test], minlength=10))
    assert len(shape.shown) == SHOWN
    assert np.all(np.isin(shape.shown, dataset.test))
    np.testing.assert_array_equal(dataset.targets[shape.shown], np.tile(np.arange(10), 2))
    answers = answers_at(instant, dataset.inputs[shape.shown])
    np.testing.assert_array_equal(shape.predicted, np.argmax(answers, axis=1))
    assert np.all((shape.confidence > 0.1) & (shape.confidence <= 1.0))
    instant._trainer.step(50)
    np.testing.assert_array_equal(response_of(instant_of(instant._trainer)).shape.shown, shape.shown)


def test_classes_without_test_examples_are_counted_over_the_training_set():
    settings = experiment("digits", (8,), loss="softmax-cross-entropy", samples=60)
    settings = replace(settings, data=replace(settings.data, test_share=0.0))
    response = response_of(train(settings))
    assert response.shape.confusion.sum() == 60
    assert np.isnan(response.test_accuracy)


def test_regression_on_many_inputs_is_a_scatter():
    generator = np.random.default_rng(0)
    inputs = generator.normal(size=(3000, 5))
    data = dataset_from_arrays(inputs, inputs[:, :2] * 3.0, test_share=0.5)
    instant = train(regression(), dataset=data)
    shape = response_of(instant).shape
    assert isinstance(shape, ScatterResponse)
    assert shape.target.shape == shape.answer.shape == (2000,)
    kept = spread(3000, 2000)
    np.testing.assert_allclose(shape.target, data.targets[data.test].ravel()[kept])


def test_accuracy_by_hand():
    instant = train(experiment(), 60)
    dataset = instant.setup.dataset
    logits = answers_at(instant, dataset.inputs)[:, 0]
    right = (logits >= 0) == dataset.targets
    train_share, test_share = accuracy(instant)
    assert train_share == pytest.approx(np.mean(right[dataset.train]))
    assert test_share == pytest.approx(np.mean(right[dataset.test]))


@pytest.mark.parametrize(
    ("loss", "answers", "classes", "shares"),
    [
        ("binary-cross-entropy", [[-1000.0], [0.0], [np.log(3.0)]], [0, 1, 1], [[1, 0], [0.5, 0.5], [0.25, 0.75]]),
        ("hinge", [[-2.0], [0.0], [0.5]], [0, 1, 1], [[1, 0], [0.5, 0.5], [0.25, 0.75]]),
        ("squared-error", [[-2.0], [0.25], [0.75]], [0, 0, 1], [[1, 0], [0.75, 0.25], [0.25, 0.75]]),
        ("softmax-cross-entropy", [[0.0, np.log(3.0), -1000.0]], [1], [[0.25, 0.75, 0.0]]),
        ("squared-error", [[1.2, 1.5, -3.0], [-1.0, -2.0, -3.0]], [1, 0], [[0.5, 0.5, 0], [1 / 3, 1 / 3, 1 / 3]]),
    ],
)
def test_what_answers_mean(loss, answers, classes, shares):
    answers = np.array(answers)
    assert LOSSES[loss].predict(answers).tolist() == classes
    np.testing.assert_allclose(class_shares(LOSSES[loss], answers), shares, atol=1e-12)


@pytest.mark.parametrize("norm", ["batch", "layer"])
def test_a_normalised_network_is_shown_as_what_it_answers_to_each_point_alone(norm):
    instant = train(experiment("xor", norm=norm, precision="float64"), 100)
    shape = response_of(instant).shape
    x, y = middles(shape.extent)
    for row, column in [(0, 0), (5, 60), (31, 32)]:
        logit = layers_by_hand(instant, np.array([[x[column], y[row]]]))[-1][0, 0]
        assert shape.scores[row, column] == pytest.approx(1.0 / (1.0 + np.exp(-logit)), rel=1e-5)


def test_a_grid_finds_the_statistics_by_itself_where_nobody_has_them():
    instant = train(experiment("xor", norm="batch", precision="float64"), 100)
    raw = np.random.default_rng(0).normal(size=(9, 2))
    grid = Grid(instant.setup, raw)
    expected = layers_by_hand(instant, raw)[-1]
    np.testing.assert_allclose(grid.answers(instant.theta), expected, rtol=1e-10)
    np.testing.assert_allclose(grid.answers(instant.theta, instant.train), expected, rtol=1e-10)
