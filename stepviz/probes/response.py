"""What the network computes: a decision map, a curve, or its predictions."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated

import numpy as np
from msgspec import Meta, Struct

from stepviz.engine.common.arrays import Array, Ints, freeze, with_ones
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.accuracy import accuracy
from stepviz.probes.buffer_cache import BufferCache
from stepviz.probes.class_shares import class_shares
from stepviz.probes.instant import Instant

CURVE_POINTS = 256
SHOWN = 20
MOST_SCATTERED = 2000
# Data of so few examples are listed one by one.
MOST_LISTED = 8
# Wide networks answer the map's points in several parts: the buffers must not grow with the map.
MOST_NUMBERS = 2**18


class ResponseOptions(Struct, frozen=True, forbid_unknown_fields=True):
    """How finely a plane of two inputs is looked at: ``points`` along each of them."""

    points: Annotated[int, Meta(ge=8, le=256)] = 64


PLAIN = ResponseOptions()


@dataclass(frozen=True, slots=True)
class MapResponse:
    """The answer over a plane of two inputs, in the person's units.

    ``extent`` (x low, x high, y low, y high); ``scores`` (rows y, columns x) float32: for two classes the probability
    of the second class (cross-entropy), or its score squashed into [0, 1]; for more classes the share of the winner;
    for regression the answer itself (the first, if there are several). ``classes`` (rows, columns): the winning
    class, None for regression. Row 0 is y low; a point stands at the middle of its cell.
    """

    extent: tuple[float, float, float, float]
    scores: Array
    classes: Ints | None


@dataclass(frozen=True, slots=True)
class CurveResponse:
    """The answer over one input: ``x`` (points,), ``y`` (points, outputs), in the person's units.

    For classification ``y`` holds what a MapResponse would: the second class's probability, or every class's share.
    """

    x: Array
    y: Array


@dataclass(frozen=True, slots=True)
class ClassResponse:
    """For inputs that cannot be drawn as a plane: how the test examples (training, if none) are classified.

    ``confusion`` (classes, classes): counts, rows are the true class; ``shown`` (k,): indices into the data set of a
    few examples, the same ones each time; ``predicted`` (k,) and ``confidence`` (k,) what the network says of them.
    """

    confusion: Ints
    shown: Ints
    predicted: Ints
    confidence: Array


@dataclass(frozen=True, slots=True)
class ScatterResponse:
    """For regression on more than two inputs: target against answer (points,), in the person's units.

    The test examples (training, if none), at most 2,000 numbers of them, spread evenly.
    """

    target: Array
    answer: Array


@dataclass(frozen=True, slots=True)
class AnswerList:
    """What the network answers to each training example of a classification, where there are few and none for the test.

    ``inputs`` (k, d) in the person's units, ``truth`` and ``predicted`` (k,) classes, ``shares`` (k,) what share of the
    answer the predicted class has.
    """

    inputs: Array
    truth: Ints
    predicted: Ints
    shares: Array


@dataclass(frozen=True, slots=True)
class Response:
    """What the network computes, in the form that suits the data; accuracies are NaN for regression.

    ``listed``: the answers one by one, None where there are many examples, or numbers are learned.
    """

    shape: MapResponse | CurveResponse | ClassResponse | ScatterResponse
    train_accuracy: float
    test_accuracy: float
    listed: AnswerList | None = None


class Grid:
    """Fixed inputs (points, d) in the person's units and the pass that answers them, part by part."""

    def __init__(self, setup: BoundExperiment, raw: Array) -> None:
        network, dtype = setup.network, setup.experiment.precision
        widest = max(shape.outputs for shape in network.layout.layers)
        self.raw = raw
        self._part = min(len(raw), max(1, MOST_NUMBERS // widest))
        self._inputs = with_ones(setup.dataset.transform(raw), dtype)
        self._theta = np.zeros((1, network.layout.size), dtype=dtype)
        sizes = {self._part, len(raw) % self._part} - {0}
        self._passes = {size: Pass(network, self._theta, size, follows=True) for size in sizes}
        self._train_inputs = setup.train.inputs
        self._train = Pass(network, self._theta, len(setup.train)) if network.by_statistics else None

    def set_slope(self, slope: float) -> None:
        """Answer with this slope from now on, where a slope schedule drives a layer."""
        for part in (*self._passes.values(), self._train):
            if part is not None:
                part.set_slope(slope)

    def answers(self, theta: Array, train: Pass | None = None) -> Array:
        """Return what the network answers (points, outputs) with parameters ``theta`` (1, parameters).

        Batch normalisation goes by the statistics of the training set, over which ``train`` may have run forward with
        these parameters.
        """
        np.copyto(self._theta, theta)
        if self._train is not None:
            if train is None:
                train = self._train
                train.forward(self._train_inputs)
            for part in self._passes.values():
                part.follow(train)
        parts = []
        for start in range(0, len(self.raw), self._part):
            inputs = self._inputs[:, start : start + self._part]
            parts.append(self._passes[inputs.shape[1]].forward(inputs)[0].copy())
        return np.concatenate(parts)


class Responses:
    """The measurement of what a network computes; it keeps its buffers from one to the next."""

    def __init__(self) -> None:
        self._spare = BufferCache(_build_grid)

    def measure(self, instant: Instant, options: ResponseOptions = PLAIN) -> Response:
        """Return the response of an instant."""
        setup = instant.setup
        shape: MapResponse | CurveResponse | ClassResponse | ScatterResponse
        with np.errstate(all="ignore"):
            if setup.dataset.inputs.shape[1] <= 2:
                with self._spare.borrow(setup, options.points) as grid:
                    answers = grid.answers(instant.theta, instant.train)
                    shape = over_inputs(setup, grid.raw, answers)
            else:
                chosen = setup.dataset.train if instant.test is None else setup.dataset.test
                answers = (instant.test or instant.train).y[0]
                shape = over_examples(setup, chosen, answers)
            return Response(shape, *accuracy(instant), list_answers(instant))


def over_inputs(setup: BoundExperiment, raw: Array, answers: Array) -> MapResponse | CurveResponse:
    """Return the map or the curve through ``answers`` (points, outputs) at the grid's inputs ``raw`` (points, d)."""
    dataset = setup.dataset
    classification = dataset.task == "classification"
    wide = answers.astype(np.float64)
    values = class_shares(setup.network.loss, wide) if classification else dataset.to_target_units(wide)
    two_classes = classification and values.shape[1] == 2
    if raw.shape[1] == 1:
        return CurveResponse(freeze(raw[:, 0].copy()), freeze(values[:, 1:].copy() if two_classes else values))
    (x_low, x_high), (y_low, y_high) = dataset.input_ranges
    scores = values[:, 1] if two_classes else values.max(axis=1) if classification else values[:, 0]
    classes = setup.network.loss.predict(answers) if classification else None
    square = (math.isqrt(len(raw)),) * 2
    return MapResponse(
        (x_low, x_high, y_low, y_high),
        freeze(scores.astype(np.float32).reshape(square)),
        None if classes is None else freeze(classes.reshape(square)),
    )


def over_examples(setup: BoundExperiment, chosen: Ints, answers: Array) -> ClassResponse | ScatterResponse:
    """Return how the examples with the indices ``chosen`` (k,) are answered by ``answers`` (k, outputs)."""
    dataset = setup.dataset
    if dataset.task == "regression":
        target = dataset.to_target_units(np.asarray(dataset.targets[chosen])).ravel()
        answer = dataset.to_target_units(answers.astype(np.float64)).ravel()
        kept = spread(target.size, MOST_SCATTERED)
        return ScatterResponse(freeze(target[kept]), freeze(answer[kept]))
    loss, classes = setup.network.loss, len(dataset.class_names)
    predicted = loss.predict(answers)
    truth = np.asarray(dataset.targets[chosen], dtype=np.int64)
    confusion = np.bincount(truth * classes + predicted, minlength=classes * classes).reshape(classes, classes)
    shown = _one_of_each(truth)
    confidence = class_shares(loss, answers[shown].astype(np.float64)).max(axis=1)
    return ClassResponse(
        freeze(confusion), freeze(chosen[shown]), freeze(predicted[shown]), freeze(confidence.astype(np.float32))
    )


def list_answers(instant: Instant) -> AnswerList | None:
    """Return the answers to the training examples one by one, where they are few; None where they are not listed."""
    dataset, loss = instant.setup.dataset, instant.setup.network.loss
    if dataset.task == "regression" or len(dataset.inputs) > MOST_LISTED or len(dataset.test) or dataset.drawn:
        return None
    answers = instant.train.y[0]
    predicted = loss.predict(answers)
    shares = class_shares(loss, answers.astype(np.float64))[np.arange(len(predicted)), predicted]
    truth = np.asarray(dataset.targets[dataset.train], dtype=np.int64)
    return AnswerList(dataset.inputs[dataset.train], freeze(truth), freeze(predicted), freeze(shares))


def spread(count: int, most: int) -> Ints:
    """Return at most ``most`` indices below ``count``, spread evenly and always the same."""
    kept = min(count, most)
    return np.arange(kept, dtype=np.int64) * count // kept


def _one_of_each(truth: Ints) -> Ints:
    """Return up to SHOWN places in ``truth`` (k,), going round the classes in the order in which they come."""
    order = np.argsort(truth, kind="stable")
    starts = np.searchsorted(truth[order], truth[order], side="left")
    turn = np.empty(len(truth), dtype=np.int64)
    turn[order] = np.arange(len(truth)) - starts
    return np.lexsort((truth, turn))[:SHOWN].astype(np.int64)


def _build_grid(setup: BoundExperiment, map_points: int) -> Grid:
    return build_grid(setup, map_points if setup.dataset.inputs.shape[1] == 2 else CURVE_POINTS)


def build_grid(setup: BoundExperiment, points: int) -> Grid:
    """Return the grid of ``points`` along each of the one or two inputs of the data, over their whole ranges."""
    dataset = setup.dataset
    if dataset.inputs.shape[1] == 1:
        raw = np.linspace(*dataset.input_ranges[0], points)[:, None]
    else:
        middles = (np.arange(points) + 0.5) / points
        x, y = (low + (high - low) * middles for low, high in dataset.input_ranges)
        raw = np.stack(np.meshgrid(x, y), axis=-1).reshape(-1, 2)
    return Grid(setup, raw)
