"""How the runs of one lane of a race stand: losses, accuracies, stuck units, gradient flow, and what they compute."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from stepviz.engine.common.arrays import Array, freeze
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.setup.setup import BoundExperiment
from stepviz.probes.gradient_flow import rule_labels
from stepviz.probes.response import (
    ClassResponse,
    CurveResponse,
    MapResponse,
    ScatterResponse,
    build_grid,
    over_examples,
    over_inputs,
)

MAP_POINTS, CURVE_POINTS = 48, 192
# Runs are measured so many at a time that the buffers of a pass stay within this many numbers.
_MOST_NUMBERS = 2**18

Shape = MapResponse | CurveResponse | ClassResponse | ScatterResponse


@dataclass(frozen=True, slots=True)
class LaneReading:
    """The runs of a lane, one number each (runs,); per layer (runs, layers).

    ``train_loss``, ``test_loss`` (NaN without test examples), ``train_accuracy``, ``test_accuracy`` (NaN for
    regression), ``stuck_share`` of the hidden units (0 without any): the gradient of their weights is exactly 0.
    ``gradient_rms`` root mean square of dL/dW, ``zero_share`` the share of its entries that are exactly 0.
    ``rules`` (layers,): the label of the backward rule, empty where it is the true derivative.

    What to conclude: lanes that started alike and stand apart now do so because of what they differ in alone.
    """

    train_loss: Array
    test_loss: Array
    train_accuracy: Array
    test_accuracy: Array
    stuck_share: Array
    gradient_rms: Array
    zero_share: Array
    rules: tuple[str, ...]


class LaneMeter:
    """Measures the runs of one lane, given their parameters (runs, parameters); it keeps its buffers."""

    def __init__(self, setup: BoundExperiment, runs: int) -> None:
        self._setup = setup
        widest = max(shape.outputs + 1 for shape in setup.network.layout.layers)
        self._part = max(1, min(runs, _MOST_NUMBERS // max(1, widest * len(setup.train))))
        self._theta = np.zeros((self._part, setup.network.layout.size), dtype=setup.experiment.precision)
        gradient = np.zeros_like(self._theta)
        self._train = Pass(setup.network, self._theta, len(setup.train), gradient=gradient)
        self._test = Pass(setup.network, self._theta, len(setup.test), follows=True) if len(setup.test) else None
        self._losses: Array = np.zeros(self._part, dtype=np.float64 if self._theta.dtype == np.float64 else np.float32)
        inputs = setup.dataset.inputs.shape[1]
        points = MAP_POINTS if inputs == 2 else CURVE_POINTS
        self._grid = build_grid(setup, points) if inputs <= 2 else None

    def set_slope(self, slope: float) -> None:
        """Measure with this slope where a slope schedule drives the lane's layers."""
        for evaluation in (self._train, self._test, self._grid):
            if evaluation is not None:
                evaluation.set_slope(slope)

    def losses(self, theta: Array) -> tuple[Array, Array]:
        """Return the loss and the accuracy on the training set, (runs,) each."""
        loss, right = np.empty(len(theta)), np.empty(len(theta))
        with np.errstate(all="ignore"):
            for rows in self._parts(theta):
                count = rows.stop - rows.start
                loss[rows], right[rows] = (values[:count] for values in self._evaluate(self._train, "train"))
        return loss, right

    def read(self, theta: Array) -> LaneReading:
        """Return how the runs stand."""
        runs, layers = len(theta), len(self._setup.network.functions)
        losses, shares, stuck = np.full((2, runs), np.nan), np.full((2, runs), np.nan), np.zeros(runs)
        rms, zeros = np.empty((runs, layers)), np.empty((runs, layers))
        train = self._setup.train
        with np.errstate(all="ignore"):
            for rows in self._parts(theta):
                count = rows.stop - rows.start
                for place, (evaluation, split) in enumerate(((self._train, "train"), (self._test, "test"))):
                    if evaluation is not None:
                        found = self._evaluate(evaluation, split)
                        losses[place, rows], shares[place, rows] = found[0][:count], found[1][:count]
                self._train.backward(train.inputs, train.targets)
                stuck[rows] = stuck_shares(self._train)[:count]
                found_rms, found_zeros = flow(self._train)
                rms[rows], zeros[rows] = found_rms[:count], found_zeros[:count]
        return LaneReading(
            train_loss=freeze(losses[0]),
            test_loss=freeze(losses[1]),
            train_accuracy=freeze(shares[0]),
            test_accuracy=freeze(shares[1]),
            stuck_share=freeze(stuck),
            gradient_rms=freeze(rms),
            zero_share=freeze(zeros),
            rules=rule_labels(self._setup.network),
        )

    def respond(self, theta: Array) -> Shape:
        """Return what the first run of ``theta`` (runs, parameters) computes, in the form that suits the data."""
        setup = self._setup
        with np.errstate(all="ignore"):
            if self._grid is not None:
                return over_inputs(setup, self._grid.raw, self._grid.answers(theta[:1]))
            examples, chosen = (setup.test, setup.dataset.test) if self._test else (setup.train, setup.dataset.train)
            np.copyto(self._theta[:1], theta[:1])
            if setup.network.by_statistics:
                self._train.forward(setup.train.inputs)
            evaluation = self._test or self._train
            evaluation.follow(self._train)
            answers = evaluation.forward(examples.inputs)[0]
            return over_examples(setup, chosen, answers)

    def _parts(self, theta: Array) -> Iterator[slice]:
        """Yield rows of ``theta``, after copying them to where the passes read."""
        for start in range(0, len(theta), self._part):
            rows = slice(start, min(len(theta), start + self._part))
            self._theta[: rows.stop - rows.start] = theta[rows]
            yield rows

    def _evaluate(self, evaluation: Pass, split: str) -> tuple[Array, Array]:
        examples = self._setup.train if split == "train" else self._setup.test
        # The training set was looked at just before, with the same parameters.
        evaluation.follow(self._train)
        y = evaluation.forward(examples.inputs)
        evaluation.losses(examples.targets, self._losses)
        dataset = self._setup.dataset
        right: Array = np.full(len(self._losses), np.nan)
        if dataset.task != "regression":
            chosen = dataset.train if split == "train" else dataset.test
            runs, count, outputs = y.shape
            predicted = self._setup.network.loss.predict(y.reshape(runs * count, outputs)).reshape(runs, count)
            right = np.mean(predicted == np.asarray(dataset.targets)[chosen], axis=1)
        return self._losses, right


def stuck_shares(evaluation: Pass) -> Array:
    """Return the share of hidden units that are stuck in each run (runs,), after a pass over all examples.

    A unit is stuck where its signal (see ``Pass.signal``) is exactly 0 for every example; one whose signal is not a
    number is not.
    """
    hidden = [evaluation.signal(layer) for layer in range(len(evaluation.delta) - 1)]
    units = sum(signal.shape[2] for signal in hidden)
    stuck: Array = np.zeros(evaluation.theta.shape[0])
    for signal in hidden:
        stuck += np.count_nonzero(~signal.any(axis=1), axis=1)
    return stuck / max(1, units)


def flow(evaluation: Pass) -> tuple[Array, Array]:
    """Return the root mean square of each layer's gradient and the share of its exact zeros, (runs, layers) each."""
    gradient, layout = evaluation.gradient, evaluation.network.layout
    assert gradient is not None
    rms, zeros = np.empty((2, gradient.shape[0], len(layout.layers)))
    for layer in range(len(layout.layers)):
        entries = gradient[:, layout.offsets[layer] : layout.offsets[layer + 1]].astype(np.float64)
        # Squares of very small numbers would vanish, and a small gradient would look like none.
        largest = np.abs(entries).max(axis=1)
        scaled = entries / np.where(largest > 0.0, largest, 1.0)[:, None]
        rms[:, layer] = largest * np.sqrt(np.mean(scaled * scaled, axis=1))
        zeros[:, layer] = np.mean(entries == 0.0, axis=1)
    return rms, zeros
