"""What the network computes: a decision map, a curve, or its predictions."""

from __future__ import annotations

from dataclasses import dataclass

from stepviz.engine.arrays import Array, Ints


@dataclass(frozen=True, slots=True)
class MapResponse:
    """The answer over a plane of two inputs, in the person's units.

    ``extent`` (x low, x high, y low, y high); ``scores`` (rows y, columns x) float32: for two classes the probability of
    the second class (cross-entropy), or its score squashed into [0, 1]; for more classes the share of the winner; for
    regression the answer itself. ``classes`` (rows, columns): the winning class, None for regression.
    """

    extent: tuple[float, float, float, float]
    scores: Array
    classes: Ints | None


@dataclass(frozen=True, slots=True)
class CurveResponse:
    """The answer over one input: ``x`` (points,), ``y`` (points, outputs), in the person's units."""

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
    """For regression on more than two inputs: target against answer (points,), in the person's units."""

    target: Array
    answer: Array


@dataclass(frozen=True, slots=True)
class Response:
    """What the network computes, in the form that suits the data; accuracies are NaN for regression."""

    shape: MapResponse | CurveResponse | ClassResponse | ScatterResponse
    train_accuracy: float
    test_accuracy: float
