"""Losses at thousands of points by the compiled library, on all cores, without the interpreter's lock."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from itertools import pairwise
from threading import Thread
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import Array
from stepviz.engine.kernel.library import Library, find_library
from stepviz.engine.kernel.plan import RunPlan, address, layer_plans, pass_plan, unknown_functions
from stepviz.engine.network.network import Network
from stepviz.engine.training.stepper import NUMPY, chosen_stepper

_ALIGNED = 64
# So many multiplications are worth a thread of their own.
_WORTH_A_THREAD = 2**21


class Evaluator:
    """Mean losses of one network with many parameters, over fixed examples.

    All points see the same arithmetic, whatever is asked for at once and however many cores there are.
    """

    def __init__(self, library: Library, network: Network, inputs: Array, targets: Array) -> None:
        """Prepare for inputs (1, examples, n + 1) and targets (examples, outputs), both float32 or float64."""
        self._library, self._network = library, network
        self._inputs, self._targets = np.ascontiguousarray(inputs), np.ascontiguousarray(targets)
        self._dtype = self._inputs.dtype
        self._wide = self._dtype == np.float64
        self._layers = layer_plans(network, library.codes)
        self._cost = len(targets) * network.layout.size
        self._kept: list[NDArray[Any]] = []
        self._plans = []
        for _ in range(cores()):
            plan = pass_plan(network, library.codes, self._layers, self._inputs, self._targets)
            gradient = np.zeros(network.layout.size, dtype=self._dtype)
            work = np.zeros(library.room(plan, self._wide) + _ALIGNED, dtype=np.uint8)
            plan.gradient = address(gradient)
            plan.work = address(work) + -address(work) % _ALIGNED
            self._kept += [gradient, work]
            self._plans.append(plan)

    def rows(self, rows: Array) -> Array:
        """Return the losses (k,) of networks with the parameters ``rows`` (k, parameters)."""
        given = np.ascontiguousarray(rows, dtype=self._dtype)
        losses = np.empty(len(given), dtype=self._dtype)
        self._share(len(given), lambda plan, part: self._library.losses(
            plan, self._wide, given[part], None, given[part], losses[part], None,
        ))  # fmt: skip
        return losses

    def plane(self, theta: Array, first: Array, second: Array, points: Array) -> Array:
        """Return the losses (k,) at theta + alpha first + beta second for points (k, 2), rows of (alpha, beta)."""
        return self._on_plane(theta, first, second, points, None)

    def line(self, theta: Array, direction: Array, places: Array) -> tuple[Array, Array]:
        """Return losses and slopes dL/dalpha (k,) at theta + alpha direction for the places (k,)."""
        slopes = np.empty(len(places), dtype=self._dtype)
        points = np.stack([places, np.zeros_like(places)], axis=1)
        return self._on_plane(theta, direction, None, points, slopes), slopes

    def _on_plane(self, theta: Array, first: Array, second: Array | None, points: Array, slopes: Array | None) -> Array:
        base, one = (np.ascontiguousarray(row, dtype=self._dtype) for row in (theta, first))
        other = None if second is None else np.ascontiguousarray(second, dtype=self._dtype)
        places = np.ascontiguousarray(points, dtype=np.float64)
        losses = np.empty(len(places), dtype=self._dtype)
        self._share(len(places), lambda plan, part: self._library.losses(
            plan, self._wide, base, (one, other), places[part], losses[part], None if slopes is None else slopes[part],
        ))  # fmt: skip
        return losses

    def _share(self, count: int, work: Callable[[RunPlan, slice], None]) -> None:
        """Let threads do parts of the work, and this one the first; as many as are worth it."""
        wanted = max(1, min(len(self._plans), count * self._cost // _WORTH_A_THREAD))
        bounds = [count * number // wanted for number in range(wanted + 1)]
        parts = [slice(start, stop) for start, stop in pairwise(bounds)]
        others = [Thread(target=work, args=pair) for pair in zip(self._plans[1:wanted], parts[1:], strict=True)]
        for thread in others:
            thread.start()
        work(self._plans[0], parts[0])
        for thread in others:
            thread.join()


def evaluator_of(network: Network, inputs: Array, targets: Array) -> Evaluator | None:
    """Return an evaluator where the library is wanted, is there and knows the network; else None."""
    library = find_library()
    if chosen_stepper() == NUMPY or not isinstance(library, Library):
        return None
    if unknown_functions(network, library.codes, training=False) or network.loss.key not in library.codes.losses:
        return None
    return Evaluator(library, network, inputs, targets)


def cores() -> int:
    """Return how many cores this process may use."""
    return len(os.sched_getaffinity(0)) if sys.platform.startswith("linux") else os.cpu_count() or 1
