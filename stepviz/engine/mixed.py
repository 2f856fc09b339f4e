"""Runs of one shape that differ in what their units compute or in how they are updated, as one population.

Rows that agree stand together. The matrix products are made for all rows at once; what differs is done piece by piece,
on the rows where it holds, with the same formulas as for a run alone.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import TypeVar

import numpy as np

from stepviz.engine.activation import Activation, Function, Values
from stepviz.engine.arrays import Array
from stepviz.engine.backward_rules import BACKWARD_RULES
from stepviz.engine.network import UnitFunction
from stepviz.engine.optimizers import Optimizer, Rate
from stepviz.engine.replay import Call, bind, replay

T = TypeVar("T")

KEY = "mixed"


def mixed_function(functions: Sequence[UnitFunction]) -> UnitFunction:
    """Return the function of a layer whose run i computes ``functions[i]``; that one itself where all are equal.

    None of them may have trained parameters.
    """
    if all(function == functions[0] for function in functions):
        return functions[0]
    values, slopes = [], []
    for rows, function in _pieces(functions):
        values.append((rows, function.activation.value, function.values))
        if function.rule.derivative is None:
            slopes.append((rows, function.activation.derivative, function.values))
        else:
            slopes.append((rows, function.rule.derivative, function.rule_values))
    activation = Activation(
        KEY, "Mixed", "", "", (), _Piecewise(values), _Piecewise(slopes), lambda p: (), lambda p: (), lambda p: 1.0
    )
    return UnitFunction(activation, (), BACKWARD_RULES["true"], (), ())


class _Piecewise:
    """One function per piece of rows, recorded for each set of arrays that it is called with."""

    def __init__(self, pieces: Sequence[tuple[slice, Function, Values]]) -> None:
        self._pieces = pieces
        # The arrays are kept with their calls: their ids stay theirs.
        self._bound: dict[tuple[int, int, int], tuple[list[Call], tuple[Array, Array, Array]]] = {}

    def __call__(self, z: Array, _values: Values, out: Array, scratch: Array) -> None:
        key = (id(z), id(out), id(scratch))
        found = self._bound.get(key)
        if found is None:
            calls = [
                call
                for rows, function, values in self._pieces
                for call in bind(function, values, z[rows], out[rows], scratch[rows])
            ]
            found = self._bound[key] = (calls, (z, out, scratch))
        replay(found[0])


def mixed_optimizer(choices: Sequence[tuple[Optimizer, tuple[float, ...], float]]) -> Optimizer:
    """Return the optimiser whose run i is updated by ``choices[i]``: an optimiser, its values, a learning rate.

    It has the most slots that any of them has, and takes no rate or values from outside.
    """
    pieces = []
    for rows, (optimizer, values) in _pieces([choice[:2] for choice in choices]):
        rates = [rate for _, _, rate in choices[rows]]
        pieces.append((rows, optimizer, values, rates))
    slots = max((optimizer.slots for _, optimizer, _, _ in pieces), key=len)

    def update(
        theta: Array, g: Array, memory: Array, _rate: Rate, _values: Sequence[float], t: int, scratch: Array
    ) -> None:
        for rows, optimizer, values, rates in pieces:
            same = all(rate == rates[0] for rate in rates)
            rate: Rate = rates[0] if same else np.array(rates, dtype=theta.dtype)[:, None]
            own = memory[: len(optimizer.slots), rows]
            optimizer.update(theta[rows], g[rows], own, rate, values, t, scratch[:, rows])

    return Optimizer(KEY, "Mixed", "", (), slots, update)


def _pieces(items: Sequence[T]) -> list[tuple[slice, T]]:
    pieces = []
    for item, group in groupby(range(len(items)), key=lambda place: items[place]):
        places = list(group)
        pieces.append((slice(places[0], places[-1] + 1), item))
    return pieces
