"""Runs of one shape that differ in what their units compute or in how they are updated, as one population.

Rows that agree stand together. The matrix products are made for all rows at once; what differs is done piece by piece,
on the rows where it holds, with the same formulas as for a run alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace as with_parts
from itertools import groupby
from typing import TypeVar

import numpy as np

from stepviz.engine.catalogue.activation import Activation, Function, Values
from stepviz.engine.catalogue.backward_rules import BACKWARD_RULES
from stepviz.engine.catalogue.losses import Loss
from stepviz.engine.catalogue.optimizers import Optimizer, Rate
from stepviz.engine.common.arrays import Array
from stepviz.engine.network.recorded_ufuncs import Call, bind, replay
from stepviz.engine.network.unit_function import UnitFunction

T = TypeVar("T")

KEY = "mixed"

# Rows, the function that holds on them, and its parameter values.
_Piece = tuple[slice, Function, Values]


def mixed_functions(layers: Sequence[Sequence[UnitFunction]]) -> list[UnitFunction]:
    """Return each layer's function, where run i of layer l computes ``layers[l][i]``; none has trained parameters.

    Runs that all compute the same function gain too: it is recorded and replayed.
    """
    hidden = layers[:-1]
    alike = len(hidden) > 1 and all(list(functions) == list(hidden[0]) for functions in hidden)
    shared = _SharedSlopes(_slopes(hidden[0]), len(hidden)) if alike else None
    return [
        functions[0] if _is_linear(functions) else _mixed(functions, shared if layer < len(hidden) else None, layer)
        for layer, functions in enumerate(layers)
    ]


def _mixed(functions: Sequence[UnitFunction], shared: _SharedSlopes | None, layer: int) -> UnitFunction:
    value: Function = _Piecewise(
        [(rows, function.activation.value, function.values) for rows, function in _pieces(functions)]
    )
    slope: Function = _Piecewise(_slopes(functions))
    if shared is not None:
        value, slope = shared.noting(layer, value), shared.of(layer)
    activation = Activation(KEY, "Mixed", "", "", (), value, slope, lambda p: (), lambda p: (), lambda p: 1.0)
    return UnitFunction(activation, (), BACKWARD_RULES["true"], (), ())


def _slopes(functions: Sequence[UnitFunction]) -> list[_Piece]:
    return [
        (rows, function.activation.derivative, function.values)
        if function.rule.derivative is None
        else (rows, function.rule.derivative, function.rule_values)
        for rows, function in _pieces(functions)
    ]


class _Piecewise:
    """One function per piece of rows, recorded for each set of arrays that it is called with."""

    def __init__(self, pieces: Sequence[_Piece]) -> None:
        self._pieces = pieces
        # The arrays are kept with their calls: their ids stay theirs.
        self._bound: dict[tuple[int, int, int], tuple[list[Call], tuple[Array, Array, Array]]] = {}

    def __call__(self, z: Array, _values: Values, out: Array, scratch: Array) -> None:
        key = (id(z), id(out), id(scratch))
        found = self._bound.get(key)
        if found is None:
            found = self._bound[key] = (bind_pieces(self._pieces, z, out, scratch), (z, out, scratch))
        replay(found[0])


def bind_pieces(pieces: Sequence[_Piece], z: Array, out: Array, scratch: Array) -> list[Call]:
    """Return the calls of all pieces, each on its rows of the arrays."""
    return [
        call for rows, function, values in pieces for call in bind(function, values, z[rows], out[rows], scratch[rows])
    ]


class _SharedSlopes:
    """The derivatives of all hidden layers at once, where all compute the same functions.

    When the backward pass comes to the last hidden layer, the pre-activations of all of them are known: side by side
    in one array they cost as many calls as one layer's.
    """

    def __init__(self, pieces: Sequence[_Piece], layers: int) -> None:
        self._pieces, self._layers = pieces, layers
        self._seen: list[Array | None] = [None] * layers
        # By the id of the last hidden layer's z, which is kept with it: where the layers' slopes are, and the calls.
        self._bound: dict[int, tuple[Array, list[Array], list[Call]]] = {}
        self._now: list[Array] = []

    def noting(self, layer: int, value: Function) -> Function:
        """Return a layer's value function, which also notes where its pre-activations are."""

        def noted(z: Array, values: Values, out: Array, scratch: Array) -> None:
            self._seen[layer] = z
            value(z, values, out, scratch)

        return noted

    def of(self, layer: int) -> Function:
        """Return the derivative of a layer (from 0)."""

        def slope(z: Array, _values: Values, out: Array, _scratch: Array) -> None:
            if layer == self._layers - 1:
                self._work_out(z)
            np.copyto(out, self._now[layer])

        return slope

    def _work_out(self, last: Array) -> None:
        found = self._bound.get(id(last))
        if found is None:
            found = self._bound[id(last)] = self._bind(last)
        self._now = found[1]
        replay(found[2])

    def _bind(self, last: Array) -> tuple[Array, list[Array], list[Call]]:
        sources = [z for z in self._seen if z is not None]
        assert len(sources) == self._layers
        assert sources[-1] is last
        sizes = [z[0].size for z in sources]
        side_by_side, slopes, scratch = (np.zeros((last.shape[0], sum(sizes)), dtype=last.dtype) for _ in range(3))
        calls, parts, start = [], [], 0
        for z, size in zip(sources, sizes, strict=True):
            columns = slice(start, start + size)
            copied, part = (array[:, columns].reshape(z.shape) for array in (side_by_side, slopes))
            calls.append((np.copyto, (copied, z)))
            parts.append(part)
            start += size
        return last, parts, [*calls, *bind_pieces(self._pieces, side_by_side, slopes, scratch)]


def replayed(loss: Loss) -> Loss:
    """Return the loss with its derivative recorded for each set of arrays."""
    bound: dict[tuple[int, int, int], tuple[list[Call], tuple[Array, ...]]] = {}

    def delta(y: Array, targets: Array, out: Array, scratch: Array) -> None:
        key = (id(y), id(targets), id(out))
        found = bound.get(key)
        if found is None:
            found = bound[key] = (bind(loss.delta, targets, y, out, scratch), (y, targets, out, scratch))
        replay(found[0])

    return with_parts(loss, delta=delta)


def mixed_optimizer(choices: Sequence[tuple[Optimizer, tuple[float, ...], float]]) -> Optimizer:
    """Return the optimizer whose run i is updated by ``choices[i]``: an optimizer, its values, a learning rate.

    It has the most slots that any of them has, and takes no rate or values from outside.
    """
    pieces = []
    for rows, (optimizer, values) in _pieces([choice[:2] for choice in choices]):
        rates = [rate for _, _, rate in choices[rows]]
        same = all(rate == rates[0] for rate in rates)
        pieces.append((rows, optimizer, values, rates[0] if same else np.array(rates)[:, None]))
    slots = max((optimizer.slots for _, optimizer, _, _ in pieces), key=len)

    def update(
        theta: Array, g: Array, memory: Array, _rate: Rate, _values: Sequence[float], t: int, scratch: Array
    ) -> None:
        for rows, optimizer, values, rate in pieces:
            if not isinstance(rate, float) and rate.dtype != theta.dtype:
                # A product of two precisions would be worked out in the higher one, several times as slowly.
                rate = rate.astype(theta.dtype)
            if len(pieces) == 1:
                optimizer.update(theta, g, memory, rate, values, t, scratch)
            else:
                own = memory[: len(optimizer.slots), rows]
                optimizer.update(theta[rows], g[rows], own, rate, values, t, scratch[:, rows])

    return Optimizer(KEY, "Mixed", "", (), slots, update)


def _pieces(items: Sequence[T]) -> list[tuple[slice, T]]:
    pieces = []
    for item, group in groupby(range(len(items)), key=lambda place: items[place]):
        places = list(group)
        pieces.append((slice(places[0], places[-1] + 1), item))
    return pieces


def _is_linear(functions: Sequence[UnitFunction]) -> bool:
    # Behind the identity a pass has nothing to compute, and knows that by its name.
    return all(function.activation.key == "linear" for function in functions)
