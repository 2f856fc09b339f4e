"""The losses: one table, one entry each. Means are taken as PyTorch's losses take them (``reduction="mean"``).

Answers ``y`` are (runs, examples, outputs), targets ``t`` (examples, outputs). Every loss is written so that a small
value is small and not 0: an exact 0 on screen has to be one. Means of float16 losses are summed in float32; give them
a float32 ``out`` too, since a mean square soon exceeds the 65504 that float16 holds.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.fast_math import log_one_plus
from stepviz.engine.common.arrays import Array, Ints

# value(y, t, out, scratch): out (runs,); delta(y, t, out, scratch): out like y. scratch has y's shape.
Value = Callable[[Array, Array, Array, Array], None]


@dataclass(frozen=True, slots=True)
class Loss:
    """An entry of the table.

    ``value`` writes the mean loss of every run, ``delta`` its derivative dL/dy. ``tasks`` it serves: ``binary``,
    ``multiclass``, ``regression``. ``on_logits``: the output layer must be linear. Classes are encoded as numbers
    ``low`` and ``high``, in one column for two classes (``one_column``), else in one column per class. ``fast``:
    ``value`` for numbers by the million, where that can be had for less.
    """

    key: str
    label: str
    formula: str
    tasks: frozenset[str]
    value: Value
    delta: Value
    on_logits: bool = False
    low: float = 0.0
    high: float = 1.0
    one_column: bool = True
    fast: Value | None = None

    def encode(self, targets: Array | Ints, classes: int) -> Array:
        """Return targets (examples, outputs) float64 for class numbers (examples,), or given numbers as they are.

        ``classes`` is the number of classes, 0 for a regression.
        """
        if classes == 0:
            return np.asarray(targets, dtype=np.float64).reshape(len(targets), -1)
        if classes == 2 and self.one_column:
            hot = np.asarray(targets)[:, None] == 1
        else:
            hot = np.asarray(targets)[:, None] == np.arange(classes)
        return np.where(hot, self.high, self.low)

    def predict(self, y: Array) -> Ints:
        """Return the class (examples,) that the answers (examples, outputs) stand for."""
        if y.shape[1] == 1:
            middle = 0.0 if self.on_logits else (self.low + self.high) / 2.0
            return (y[:, 0] >= middle).astype(np.int64)
        return np.argmax(y, axis=1).astype(np.int64)


# exp overflows float16 from 11.1 on, where 1 / (1 + exp) is still 1e-5; exp(x - 6.5) + exp(-6.5) holds out to 17.6,
# where the quotient underflows as well.
_HALF_SHIFT = 6.5


def _mean(values: Array, out: Array) -> None:
    # In float16 a sum of a few hundred losses would already be rounded away.
    values.mean(axis=(1, 2), dtype=np.float32 if values.dtype == np.float16 else None, out=out)


def _squared_error(y: Array, t: Array, out: Array, scratch: Array) -> None:
    np.subtract(y, t, out=scratch)
    if scratch.dtype == np.float16:
        # Squares of float16 overflow from 256 on: square and sum in float32.
        np.einsum("rbk,rbk->r", scratch, scratch, dtype=np.float32, out=out, casting="same_kind")
        np.divide(out, y.shape[1] * y.shape[2], out=out)
        return
    np.multiply(scratch, scratch, out=scratch)
    _mean(scratch, out)


def _squared_error_delta(y: Array, t: Array, out: Array, scratch: Array) -> None:
    np.subtract(y, t, out=out)
    np.multiply(out, 2.0 / (y.shape[1] * y.shape[2]), out=out)


def _binary_cross_entropy(y: Array, t: Array, out: Array, scratch: Array) -> None:
    # With s = (1 - 2t) y: ln(1 + e^s) = max(s, 0) + ln(1 + e^-|s|), and |s| = |y|.
    _exp_of_minus_abs(y, scratch)
    np.log1p(scratch, out=scratch)
    _mean(scratch, out)
    _add_mean_of_wrong(y, t, out, scratch)


def _fast_binary_cross_entropy(y: Array, t: Array, out: Array, scratch: Array) -> None:
    logarithm = np.empty_like(scratch)
    _exp_of_minus_abs(y, scratch)
    log_one_plus(scratch, logarithm)
    _mean(logarithm, out)
    _add_mean_of_wrong(y, t, out, scratch)


def _exp_of_minus_abs(y: Array, out: Array) -> None:
    np.abs(y, out=out)
    np.negative(out, out=out)
    np.exp(out, out=out)


def _add_mean_of_wrong(y: Array, t: Array, out: Array, scratch: Array) -> None:
    # max(s, 0): how far an answer is on the wrong side.
    np.subtract(0.5, t, out=scratch)
    np.multiply(scratch, y, out=scratch)
    np.maximum(scratch, 0.0, out=scratch)
    half = np.empty_like(out)
    _mean(scratch, half)
    np.add(out, 2.0 * half, out=out)


def _binary_cross_entropy_delta(y: Array, t: Array, out: Array, scratch: Array) -> None:
    # sigma(y) - t = (1 - 2t) sigma((1 - 2t) y), which does not cancel for answers that are right and sure.
    np.subtract(0.5, t, out=scratch)
    np.multiply(scratch, y, out=out)
    np.multiply(out, -2.0, out=out)
    one = 1.0
    if y.dtype == np.float16:
        one = math.exp(-_HALF_SHIFT)
        np.subtract(out, _HALF_SHIFT, out=out)
        np.multiply(scratch, one, out=scratch)
    np.exp(out, out=out)
    np.add(out, one, out=out)
    np.divide(scratch, out, out=out)
    np.multiply(out, 2.0 / (y.shape[1] * y.shape[2]), out=out)


def _softmax_cross_entropy(y: Array, t: Array, out: Array, scratch: Array) -> None:
    # With m the largest answer: (m - y_true) + ln(1 + the others' sum of e^(y - m) + (e^(y_true - m) - 1)). Where the
    # true class leads by far, the others' small sum is not lost beside the 1.
    np.subtract(y, y.max(axis=2, keepdims=True), out=scratch)
    true = np.einsum("rbk,bk->rb", scratch, t)
    np.exp(scratch, out=scratch)
    log = np.einsum("rbk,bk->rb", scratch, 1.0 - t)
    np.add(log, np.expm1(true), out=log)
    np.log1p(log, out=log)
    np.subtract(log, true, out=log)
    log.mean(axis=1, dtype=np.float32 if log.dtype == np.float16 else None, out=out)


def _softmax_cross_entropy_delta(y: Array, t: Array, out: Array, scratch: Array) -> None:
    # The shares of the wrong classes, and minus their sum for the true one: share - 1 is 0 once the share rounds to 1.
    np.subtract(y, y.max(axis=2, keepdims=True), out=out)
    np.exp(out, out=out)
    np.divide(out, out.sum(axis=2, keepdims=True), out=out)
    np.subtract(1.0, t, out=scratch)
    np.multiply(out, scratch, out=out)
    np.multiply(t, out.sum(axis=2, keepdims=True), out=scratch)
    np.subtract(out, scratch, out=out)
    np.multiply(out, 1.0 / y.shape[1], out=out)


def _hinge(y: Array, t: Array, out: Array, scratch: Array) -> None:
    np.multiply(y, t, out=scratch)
    np.subtract(1.0, scratch, out=scratch)
    np.maximum(scratch, 0.0, out=scratch)
    _mean(scratch, out)


def _hinge_delta(y: Array, t: Array, out: Array, scratch: Array) -> None:
    np.multiply(y, t, out=scratch)
    np.less(scratch, 1.0, out=out)
    np.multiply(out, t, out=out)
    np.multiply(out, -1.0 / (y.shape[1] * y.shape[2]), out=out)


LOSSES: dict[str, Loss] = {
    entry.key: entry
    for entry in (
        Loss(
            "squared-error",
            "Squared error",
            "mean of (y − t)²",
            frozenset({"binary", "multiclass", "regression"}),
            _squared_error,
            _squared_error_delta,
        ),
        Loss(
            "binary-cross-entropy",
            "Binary cross-entropy",
            "mean of −ln of the probability σ(±y) given to the true class",
            frozenset({"binary"}),
            _binary_cross_entropy,
            _binary_cross_entropy_delta,
            on_logits=True,
            fast=_fast_binary_cross_entropy,
        ),
        Loss(
            "softmax-cross-entropy",
            "Softmax cross-entropy",
            "mean of −ln of the share e^y / Σ e^y given to the true class",
            frozenset({"binary", "multiclass"}),
            _softmax_cross_entropy,
            _softmax_cross_entropy_delta,
            on_logits=True,
            one_column=False,
        ),
        Loss(
            "hinge",
            "Hinge",
            "mean of max(0, 1 − t y), t = ±1",
            frozenset({"binary", "multiclass"}),
            _hinge,
            _hinge_delta,
            low=-1.0,
        ),
    )
}
