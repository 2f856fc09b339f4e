"""Data drawn by hand: the points stand in the settings themselves, and so travel wherever the settings go."""

from __future__ import annotations

import math

import numpy as np

from stepviz.engine.catalogue.features import apply_features, feature_names
from stepviz.engine.catalogue.scaling import Scaling
from stepviz.engine.common.arrays import Array, Bools, Ints, freeze
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.dataset import SPLIT_STREAM, Dataset, stream
from stepviz.engine.settings.drawing import MOST_CLASSES, MOST_POINTS, Drawing, DrawnColumn

LARGEST_NUMBER = 1e100
# What a column may scale to: squares of more leave float16 long before they leave the screen.
FARTHEST = 1000.0


def check_drawing(drawing: Drawing, field: str = "data.drawing") -> None:
    """Raise InputError naming the first field of a drawing that is not allowed."""
    if len(drawing.class_names) == 1:
        raise InputError(f"{field}.class_names", "one", "none (a regression), or 2 to 10")
    if len(set(drawing.class_names)) < len(drawing.class_names):
        raise InputError(f"{field}.class_names", ", ".join(drawing.class_names), "each name once")
    if not 1 <= drawing.inputs <= 2:
        expected = "1 or 2 inputs" if drawing.class_names else "1 or 2 inputs, and the target"
        raise InputError(f"{field}.columns", len(drawing.columns), expected)
    for number, column in enumerate(drawing.columns):
        _check_column(column, f"{field}.columns[{number}]")
    if not drawing.points:
        raise InputError(f"{field}.points", "none", f"1 to {MOST_POINTS:,} points")
    width = drawing.inputs + 1
    for number, point in enumerate(drawing.points):
        if len(point) != width:
            raise InputError(f"{field}.points[{number}]", f"{len(point)} numbers", str(width))
    _check_values(drawing, field)


def _check_column(column: DrawnColumn, field: str) -> None:
    for name in ("low", "high", "mean", "sd"):
        value = getattr(column, name)
        if not abs(value) <= LARGEST_NUMBER:
            raise InputError(f"{field}.{name}", value, "a finite number from -1e100 to 1e100")
    if not column.high - column.low > 1e-12 * max(abs(column.low), abs(column.high)):
        raise InputError(f"{field}.high", column.high, f"more than low, which is {column.low:g}")
    if not column.sd > 0.0:
        raise InputError(f"{field}.sd", column.sd, "more than 0")
    # Multiplied, not divided: a tiny sd must not overflow.
    if not max(abs(column.low - column.mean), abs(column.high - column.mean)) <= FARTHEST * column.sd:
        raise InputError(f"{field}.sd", column.sd, f"an axis that scales to at most {FARTHEST:g}")


def _check_values(drawing: Drawing, field: str) -> None:
    values = np.array(drawing.points, dtype=np.float64)
    for number, column in enumerate(drawing.columns):
        _complain(~((values[:, number] >= column.low) & (values[:, number] <= column.high)), number, drawing, field,
                  f"{column.name} from {column.low:g} to {column.high:g}")  # fmt: skip
    if drawing.class_names:
        classes, most = values[:, -1], len(drawing.class_names) - 1
        wrong = ~((classes >= 0) & (classes <= most) & (classes == np.floor(classes)))
        _complain(wrong, drawing.inputs, drawing, field, f"the number of a class, 0 to {most}")


def _complain(wrong: Bools, number: int, drawing: Drawing, field: str, expected: str) -> None:
    if wrong.any():
        row = int(wrong.argmax())
        raise InputError(f"{field}.points[{row}][{number}]", drawing.points[row][number], expected)


def drawn_dataset(drawing: Drawing, *, test_share: float, seed: int, features: tuple[str, ...] = ()) -> Dataset:
    """Return the examples of a valid drawing, or of one that has no points yet; ``features`` apply to two inputs.

    Each point is kept for the test with the probability ``test_share``, by its place in the drawing: a new point
    changes nothing for those before it. At least one is for training.
    """
    values = np.array(drawing.points, dtype=np.float64).reshape(-1, drawing.inputs + 1)
    inputs = np.ascontiguousarray(values[:, : drawing.inputs])
    features = features if drawing.inputs == 2 else ()
    scaling, target_scaling = _scaling(drawing.columns[: drawing.inputs]), _scaling(drawing.columns[drawing.inputs :])
    names = tuple(column.name for column in drawing.columns)
    ranges = tuple((column.low, column.high) for column in drawing.columns)
    targets: Array | Ints = values[:, -1].astype(np.int64)
    if not drawing.class_names:
        targets = target_scaling.apply(values[:, -1:])
    train, test = _split(len(values), test_share, seed)
    network_inputs = scaling.apply(inputs)
    input_names = names[: drawing.inputs]
    return Dataset(
        inputs=freeze(inputs),
        network_inputs=freeze(apply_features(features, network_inputs) if features else network_inputs),
        targets=freeze(targets),
        task="classification" if drawing.class_names else "regression",
        class_names=drawing.class_names,
        input_names=input_names,
        feature_names=feature_names(features, input_names) if features else input_names,
        target_names=("class",) if drawing.class_names else names[-1:],
        train=freeze(train),
        test=freeze(test),
        input_ranges=ranges[: drawing.inputs],
        target_ranges=ranges[drawing.inputs :],
        input_scaling=scaling,
        target_scaling=target_scaling,
        features=features,
        drawn=True,
    )


def _scaling(columns: tuple[DrawnColumn, ...]) -> Scaling:
    if not columns:
        return Scaling(np.zeros(1), np.ones(1))
    return Scaling(np.array([column.mean for column in columns]), np.array([column.sd for column in columns]))


def _split(count: int, test_share: float, seed: int) -> tuple[Ints, Ints]:
    draws = stream(seed, SPLIT_STREAM).random(count)
    tests = draws < test_share
    if count and tests.all():
        tests[int(draws.argmax())] = False
    return np.flatnonzero(~tests), np.flatnonzero(tests)


def drawing_of(dataset: Dataset) -> Drawing:
    """Return the examples of a data set as a drawing to begin from: same points, axes and scaling.

    At most 5,000 of them, chosen by chance; coordinates are rounded to a hundred-thousandth of their axis. Raises
    InputError where the data cannot be drawn: more than two inputs, several targets, more than 10 classes.
    """
    width = dataset.inputs.shape[1]
    if width > 2:
        raise InputError("the data", f"{width} inputs", "at most 2, to be drawn on")
    if len(dataset.class_names) > MOST_CLASSES:
        raise InputError("the data", f"{len(dataset.class_names)} classes", f"at most {MOST_CLASSES}, to be drawn")
    if not dataset.class_names and dataset.targets.shape[1] > 1:
        raise InputError("the data", f"{dataset.targets.shape[1]} targets", "one, to be drawn")
    # By chance, always the same: every fourth example of alternating classes would be of one class.
    chosen = np.sort(np.random.default_rng(0).permutation(len(dataset.inputs))[:MOST_POINTS])
    values = [_rounded(dataset.inputs[chosen, k], *dataset.input_ranges[k]) for k in range(width)]
    columns = [
        DrawnColumn(
            name[:60] or "x", low, high, float(dataset.input_scaling.mean[k]), float(dataset.input_scaling.sd[k])
        )
        for k, (name, (low, high)) in enumerate(zip(dataset.input_names, dataset.input_ranges, strict=True))
    ]
    if dataset.class_names:
        values.append([float(number) for number in dataset.targets[chosen]])
    else:
        low, high = dataset.target_ranges[0]
        # A curve needs room to be drawn on; in a plane the same colours must go on meaning the same.
        if width == 1 and not dataset.drawn:
            low, high = _wider(low, high)
        scaling = dataset.target_scaling
        values.append(_rounded(dataset.to_target_units(np.asarray(dataset.targets))[chosen, 0], low, high))
        columns.append(DrawnColumn(dataset.target_names[0][:60] or "t", low, high,
                                   float(scaling.mean[0]), float(scaling.sd[0])))  # fmt: skip
    return Drawing(tuple(zip(*values, strict=True)), tuple(columns), _distinct(dataset.class_names))


def round_to_axis(value: float, low: float, high: float) -> float:
    """Return a coordinate with as many digits as an axis from ``low`` to ``high`` can use, kept within it."""
    digits = 5 - math.floor(math.log10(high - low))
    return min(max(round(value, digits), low), high)


def _rounded(values: Array, low: float, high: float) -> list[float]:
    return [round_to_axis(float(value), low, high) for value in values]


def _wider(low: float, high: float) -> tuple[float, float]:
    margin = 0.12 * (high - low)
    return low - margin, high + margin


def _distinct(names: tuple[str, ...]) -> tuple[str, ...]:
    """Return names that a drawing may have: none empty, none twice."""
    kept: list[str] = []
    for number, name in enumerate(names):
        kept.append(name[:60] if name and name[:60] not in kept else f"class {number}")
    return tuple(kept)
