"""A Dataset: examples in the person's units and in the network's, and their split into training and test set."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.random import Generator, SeedSequence
from numpy.typing import ArrayLike, NDArray

from stepviz.engine.catalogue.features import apply_features, feature_names
from stepviz.engine.catalogue.scaling import Scaling, divide_by
from stepviz.engine.common.arrays import Array, Ints, freeze
from stepviz.engine.common.errors import InputError

Task = Literal["classification", "regression"]
Range = tuple[float, float]

# Two streams of one seed: another test share must not change the examples themselves.
EXAMPLES_STREAM, SPLIT_STREAM = 0, 1


@dataclass(frozen=True, slots=True, eq=False)
class Table:
    """Examples as they came: inputs (N, d) and targets, (N,) classes or (N, k) numbers, in the person's units.

    ``class_names`` is empty for a regression.
    """

    inputs: Array
    targets: Array | Ints
    class_names: tuple[str, ...]
    input_names: tuple[str, ...]
    target_names: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Examples ready for a network; all arrays are read-only.

    ``inputs`` (N, d) float64 in the person's units; ``network_inputs`` (N, n0) float64: what the network sees of them
    (scaled, then features). ``targets``: classes (N,) int64, or numbers (N, k) float64 in the network's units, which
    ``to_target_units`` undoes. ``train``, ``test``: row indices, ascending; ``test`` may be empty.

    ``input_ranges``: the axis (low, high) of each input for drawing, a little wider than the data;
    ``target_ranges``: the same for each target of a regression, in the person's units. ``image_shape``: (rows,
    columns) where an example is a picture. ``notes``: sentences about these data that the person should read.
    ``drawn``: drawn by hand, on axes that stay as they are.
    """

    inputs: Array
    network_inputs: Array
    targets: Array | Ints
    task: Task
    class_names: tuple[str, ...]
    input_names: tuple[str, ...]
    feature_names: tuple[str, ...]
    target_names: tuple[str, ...]
    train: Ints
    test: Ints
    input_ranges: tuple[Range, ...]
    target_ranges: tuple[Range, ...]
    input_scaling: Scaling
    target_scaling: Scaling
    features: tuple[str, ...] = ()
    image_shape: tuple[int, int] | None = None
    notes: tuple[str, ...] = ()
    drawn: bool = False

    @property
    def loss_task(self) -> str:
        """Return what a loss has to serve: ``binary``, ``multiclass`` or ``regression``."""
        if self.task == "regression":
            return "regression"
        return "binary" if len(self.class_names) == 2 else "multiclass"

    def transform(self, raw: Array) -> Array:
        """Return the network's inputs (M, n0) for inputs (M, d) in the person's units."""
        scaled = self.input_scaling.apply(raw)
        return apply_features(self.features, scaled) if self.features else scaled

    def to_target_units(self, answers: Array) -> Array:
        """Return answers (..., k) of a regression network in the person's units: answer * sd + mean."""
        return self.target_scaling.undo(answers)

    def typical_error(self, loss: float) -> float | None:
        """Return the root of a mean squared error, sqrt(loss) * sd, in the units of the one target.

        None where the loss itself is in the person's units, or none: classes, several targets, targets not scaled.
        """
        if self.class_names or len(self.target_names) != 1 or float(self.target_scaling.sd[0]) == 1.0:
            return None
        return math.sqrt(loss) * float(self.target_scaling.sd[0]) if loss >= 0.0 else math.nan


def build_dataset(
    table: Table,
    *,
    test_share: float,
    seed: int,
    features: Sequence[str] = (),
    scale: Callable[[Array, Ints], Scaling] | None = None,
    divisor: float = 1.0,
    least_range: float = 0.0,
    margin: float = 0.05,
    image_shape: tuple[int, int] | None = None,
    notes: tuple[str, ...] = (),
) -> Dataset:
    """Split and scale a table.

    ``features`` apply to two inputs, after scaling. ``scale`` returns the scaling of columns by the training rows, for
    inputs and for the targets of a regression; without, inputs are divided by ``divisor`` and targets left alone. Axes
    reach at least from -``least_range`` to ``least_range``, and beyond the data by ``margin`` of their range.
    """
    inputs, classification = table.inputs, bool(table.class_names)
    train, test = split(len(inputs), test_share, stream(seed, SPLIT_STREAM))
    input_scaling = scale(inputs, train) if scale else divide_by(divisor, inputs.shape[1])
    numbers: Array = np.zeros((len(inputs), 1)) if classification else table.targets.astype(np.float64)
    target_scaling = scale(numbers, train) if scale else divide_by(1.0, numbers.shape[1])
    network_inputs = input_scaling.apply(inputs)
    return Dataset(
        inputs=freeze(inputs),
        network_inputs=freeze(apply_features(features, network_inputs) if features else network_inputs),
        targets=freeze(table.targets if classification else target_scaling.apply(numbers)),
        task="classification" if classification else "regression",
        class_names=table.class_names,
        input_names=table.input_names,
        feature_names=feature_names(features, table.input_names) if features else table.input_names,
        target_names=table.target_names,
        train=freeze(train),
        test=freeze(test),
        input_ranges=_ranges(inputs, least_range, margin),
        target_ranges=() if classification else _ranges(numbers, 0.0, 0.05),
        input_scaling=input_scaling,
        target_scaling=target_scaling,
        features=tuple(features),
        image_shape=image_shape,
        notes=(*notes, *(_notes(table, train) if scale else ())),
    )


def dataset_from_arrays(
    inputs: ArrayLike,
    targets: ArrayLike,
    *,
    class_names: Sequence[str] = (),
    test_share: float = 0.0,
    seed: int = 0,
) -> Dataset:
    """Return a Dataset of given arrays, nothing scaled: inputs (N, d); targets (N,) integers from 0 for classes, or
    (N,) or (N, k) floats for a regression.

    ``class_names`` default to the numbers. Raises InputError for shapes that do not fit, values that are not finite,
    and classes without a name.
    """  # noqa: D205  # the shapes belong in the first sentence
    x = _finite(inputs, "inputs", np.float64)
    if x.ndim != 2 or 0 in x.shape:
        raise InputError("inputs", f"shape {x.shape}", "(examples, inputs), at least one of each")
    t = _array(targets, "targets")
    whole = t.dtype.kind in "iub"
    t = _finite(t, "targets", np.int64 if whole else np.float64)
    if len(t.shape) not in ((1,) if whole else (1, 2)) or len(t) != len(x) or t.size == 0:
        shapes = f"({len(x)},)" if whole else f"({len(x)},) or ({len(x)}, outputs)"
        raise InputError("targets", f"shape {t.shape}", shapes)
    names: tuple[str, ...] = ()
    if whole:
        names = tuple(class_names) or tuple(str(number) for number in range(max(2, min(int(t.max()), 1000) + 1)))
        if t.min() < 0 or t.max() >= len(names):
            raise InputError("targets", f"classes {t.min()} to {t.max()}", f"classes 0 to {len(names) - 1}")
    else:
        t = t.reshape(len(t), -1)
    if not 0.0 <= test_share <= 0.9:
        raise InputError("test_share", test_share, "a number from 0 to 0.9")
    target_names = ("class",) if whole else numbered("t", t.shape[1])
    table = Table(x, t, names, numbered("x", x.shape[1]), target_names)
    return build_dataset(table, test_share=test_share, seed=seed)


def split(examples: int, test_share: float, generator: Generator) -> tuple[Ints, Ints]:
    """Return the training and the test rows, ascending: round(examples * test_share) to test, at least one to train."""
    tests = min(round(examples * test_share), examples - 1)
    order = generator.permutation(examples)
    return np.sort(order[tests:]), np.sort(order[:tests])


def stream(seed: int, number: int) -> Generator:
    """Return the generator of one stream of a seed."""
    return np.random.default_rng(SeedSequence(seed, spawn_key=(number,)))


def numbered(letter: str, columns: int) -> tuple[str, ...]:
    """Return the names of columns: the letter alone for one, ``x1``, ``x2``, … for several."""
    return (letter,) if columns == 1 else tuple(f"{letter}{number}" for number in range(1, columns + 1))


def _array(values: ArrayLike, field: str, kind: type[np.float64] | type[np.int64] | None = None) -> NDArray[Any]:
    try:
        return np.array(values, dtype=kind)
    except (TypeError, ValueError, OverflowError):
        raise InputError(field, "something that is not an array of numbers", "an array of numbers") from None


def _finite(values: ArrayLike, field: str, kind: type[np.float64] | type[np.int64]) -> NDArray[Any]:
    array = _array(values, field, kind)
    if not np.isfinite(array).all():
        raise InputError(field, "NaN or infinity", "finite numbers")
    return array


def _ranges(columns: Array, least: float, margin: float) -> tuple[Range, ...]:
    """Return an axis for each column: wider than the data by a share on each side, one unit wide for a constant."""
    ranges = []
    for column in columns.T:
        low, high = float(column.min()), float(column.max())
        if least:
            low, high = min(low, -least), max(high, least)
        beyond = margin * (high - low) or 0.5 * max(1.0, abs(high))
        ranges.append((low - beyond, high + beyond))
    return tuple(ranges)


def _notes(table: Table, train: Ints) -> tuple[str, ...]:
    constant = [
        name
        for name, column in zip(table.input_names, table.inputs.T, strict=True)
        if (column[train] == column[train[0]]).all()
    ]
    if not constant:
        return ()
    shown = ", ".join(repr(name) for name in constant[:5]) + (", …" if len(constant) > 5 else "")
    return (f"The same value in every training row, so nothing to learn from: {shown}.",)
