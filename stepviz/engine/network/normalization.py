"""Normalises the sums of a layer, and takes the gradient back through the statistics."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from stepviz.engine.catalogue.normalizations import EPSILON, Normalization
from stepviz.engine.common.arrays import Array


def precise(dtype: np.dtype[np.floating]) -> np.dtype[np.floating]:
    """Return what the statistics of numbers in ``dtype`` are kept in: squares of float16 numbers soon overflow."""
    return np.dtype(np.float32) if dtype == np.float16 else dtype


def centred_product(runs: int, rows: int, examples: int, dtype: np.dtype[np.floating]) -> Callable[..., object]:
    """Return the product h^T error (R, rows, n) for errors that add up to 0 over the examples, as behind a mean.

    Then h counts only by how it differs between examples. Its first example is taken away before, so that what is the
    same for all of them, above all the column of ones that carries the biases, gives exactly 0 and no rounding.
    """
    room = np.empty((runs, rows, examples), dtype=dtype)

    def product(before_turned: Array, error: Array, out: Array) -> None:
        part = room[: len(before_turned)]
        np.subtract(before_turned, before_turned[:, :, :1], out=part)
        np.matmul(part, error, out=out)

    return product


class Normalizer:
    """The normalisation of one layer of a pass, R runs with B examples and n units.

    ``forward`` turns the sums u in ``z`` (R, B, n) into gamma û + beta in place, with û = (u - mu) / sqrt(s² + epsilon)
    kept in ``normalised`` (R, B, n); mu and s² (the mean of (u - mu)²) are over the examples, one per run and unit
    (Ioffe and Szegedy 2015, algorithm 1), or over the units, one per run and example (Ba et al. 2016, equation 4).

    ``backward`` takes delta = dL/dz to ``error`` = dL/du (R, B, n), through the statistics: with g = gamma delta and
    means over the same axis, dL/du = (g - mean(g) - û mean(g û)) / sqrt(s² + epsilon).

    One that ``follows`` goes by the mu and s² that ``follow`` copies from another: what the network answers to inputs
    that are not a batch is to be worked out with the statistics of the whole training set at the same parameters
    (Ioffe and Szegedy 2015, algorithm 2; «precise» in Wu and Johnson 2021). Nothing is carried from step to step.

    Where u is the same for every example (or unit), û is exactly 0: the first is taken away before the mean.
    Nothing is allocated after construction.
    """

    def __init__(
        self, normalization: Normalization, z: Array, parameters: Array, scratch: Array, *, follows: bool = False
    ) -> None:
        """Bind to ``z`` (R, B, n), and to gamma and beta in ``parameters`` (R, 2, n).

        ``scratch``: at least R * B * n numbers in the precision of the statistics (see ``precise``).
        """
        assert normalization.axis is not None
        self._axis: int = normalization.axis
        self._follows = follows and normalization.over_examples
        self._dtype = scratch.dtype
        self._z = z
        self._scale, self._shift = parameters[:, 0, None, :], parameters[:, 1, None, :]
        self._first = z[:, :1] if normalization.over_examples else z[:, :, :1]
        self._share = 1.0 / z.shape[self._axis]
        runs, examples, units = z.shape
        # Units before examples, as z lies in memory.
        turned = (runs, units, examples)
        self._scratch = scratch[: z.size].reshape(turned).transpose(0, 2, 1)
        self.normalised: Array = np.empty(turned, dtype=self._dtype).transpose(0, 2, 1)
        self._mean, self._inverse, self._signal, self._aligned = (
            np.full_like(self._first, np.nan, dtype=self._dtype) for _ in range(4)
        )

    def bind_gradient(self, delta: Array, gradient: Array) -> None:
        """Make ready for ``backward``: from ``delta`` (R, B, n), and into ``gradient`` (R, 2, n) of gamma and beta."""
        self._delta = delta
        self._scale_gradient, self._shift_gradient = gradient[:, 0], gradient[:, 1]
        runs, examples, units = delta.shape
        self.error: Array = np.empty((runs, units, examples), dtype=delta.dtype).transpose(0, 2, 1)
        self._exact = self.error if self._dtype == delta.dtype else np.empty_like(self.normalised)

    def follow(self, other: Normalizer) -> None:
        """Go by the statistics of ``other``, of its first runs."""
        if self._follows:
            runs = len(self._mean)
            np.copyto(self._mean, other._mean[:runs])
            np.copyto(self._inverse, other._inverse[:runs])

    @property
    def factor(self) -> Array:
        """Return gamma / sqrt(s² + epsilon) (R, B, n), a copy: how much larger a signal gets on its way back."""
        return np.multiply(np.broadcast_to(self._scale, self._z.shape), self._inverse)

    def forward(self) -> None:
        """Normalise what stands in ``z``."""
        normalised, scratch = self.normalised, self._scratch
        if self._follows:
            np.subtract(self._z, self._mean, out=normalised)
        else:
            self._measure()
        np.multiply(normalised, self._inverse, out=normalised)
        np.multiply(normalised, self._scale, out=scratch)
        np.add(scratch, self._shift, out=self._z)

    def _measure(self) -> None:
        """Take the mean away, and find the statistics."""
        normalised, mean, inverse = self.normalised, self._mean, self._inverse
        np.subtract(self._z, self._first, out=normalised, dtype=self._dtype)
        self._average(normalised, mean)
        np.subtract(normalised, mean, out=normalised)
        np.add(mean, self._first, out=mean)
        np.multiply(normalised, normalised, out=self._scratch)
        self._average(self._scratch, inverse)
        np.add(inverse, EPSILON, out=inverse)
        np.sqrt(inverse, out=inverse)
        np.reciprocal(inverse, out=inverse)

    def _average(self, values: Array, out: Array) -> None:
        np.add.reduce(values, axis=self._axis, out=out, keepdims=True)
        np.multiply(out, self._share, out=out)

    def backward(self) -> None:
        """Fill ``error`` and the gradient of gamma and beta, after ``forward`` on the same sums."""
        normalised, scratch, exact = self.normalised, self._scratch, self._exact
        np.multiply(self._delta, normalised, out=scratch)
        np.add.reduce(scratch, axis=1, dtype=self._dtype, out=self._scale_gradient)
        np.add.reduce(self._delta, axis=1, dtype=self._dtype, out=self._shift_gradient)
        np.multiply(self._delta, self._scale, out=exact, dtype=self._dtype)
        np.multiply(exact, normalised, out=scratch)
        self._average(exact, self._signal)
        self._average(scratch, self._aligned)
        np.subtract(exact, self._signal, out=exact)
        np.multiply(normalised, self._aligned, out=scratch)
        np.subtract(exact, scratch, out=exact)
        np.multiply(exact, self._inverse, out=self.error)
