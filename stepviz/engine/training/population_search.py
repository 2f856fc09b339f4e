"""Tries changed copies of all parameters, as rows of one population, for the optimizers that search."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from stepviz.engine.catalogue.search_rules import Trials
from stepviz.engine.common.arrays import Array
from stepviz.engine.common.errors import InputError
from stepviz.engine.data.examples import Examples
from stepviz.engine.network.dropout import Dropout, drops
from stepviz.engine.network.forward_backward import Pass
from stepviz.engine.network.penalties import penalties_of
from stepviz.engine.setup.setup import BoundExperiment

# The changes of one update of all runs, and what the passes that try them hold.
LARGEST_TRIALS, _LARGEST_PASS = 50_000_000, 2**18
# Changes have a random stream of their own.
_STREAM = 5


class Searcher:
    """Finds the next step of a search for all runs of a trainer, without a backward pass.

    The changes depend on the run's seed and the number of the update alone: a run that goes on from a kept moment, or
    that is one of a population, tries the same ones. Nothing of the size of the changes is allocated after the first
    update.
    """

    def __init__(self, setup: BoundExperiment, theta: Array, slots: Array, seeds: Sequence[int]) -> None:
        """Bind to the parameters (R, parameters) and the optimizer's memory, one seed for each run."""
        assert setup.optimizer.search is not None
        self._search, self._setup, self._values = setup.optimizer.search, setup, setup.optimizer_values
        self._theta, self._state = theta, slots
        runs, size = theta.shape
        signs = (1.0, -1.0) if self._search.pairs(self._values) else (1.0,)
        draws = self._search.draws(self._values)
        precise: type[np.floating] = np.float64 if theta.dtype == np.float64 else np.float32
        # The first copy is theta itself, with changes of 0: its loss compares with the others to the last bit.
        self._changes = np.zeros((runs, 1 + draws, size), dtype=theta.dtype)
        self._drawn = np.empty((draws, size), dtype=precise)
        self._losses = np.empty((len(signs), runs, 1 + draws), dtype=precise)
        self._sigma = np.empty(runs, dtype=theta.dtype)
        self._lengths = [(sign, np.empty((runs, 1, 1), dtype=theta.dtype)) for sign in signs]
        self._trials = Trials(self._changes[:, 1:], self._sigma, self._losses[:, :, 1:], self._losses[0, :, 0])
        self._seeds = tuple(seeds)
        self._streams = [np.random.Philox(key=(seed, _STREAM)) for seed in seeds]
        self._states = [stream.state for stream in self._streams]
        self._generators = [np.random.Generator(stream) for stream in self._streams]
        self._penalties = penalties_of(setup.experiment, setup.network.layout, setup.experiment.precision)
        self._passes: dict[int, _Copies] = {}

    def find(self, batch: Examples, step: int, slope: float | None, out: Array) -> None:
        """Write what is to be taken away from theta after ``step`` updates to ``out`` (R, parameters).

        ``slope``: that of annealed layers, if any. The optimizer's memory moves on.
        """
        self._draw(step)
        self._measure_sigma()
        copies = self._copies(len(batch))
        if slope is not None:
            copies.evaluation.set_slope(slope)
        if copies.evaluation.dropout is not None:
            copies.evaluation.dropout.draw(step)
        for (sign, lengths), losses in zip(self._lengths, self._losses, strict=True):
            np.multiply(self._sigma[:, None, None], sign, out=lengths)
            self._try(copies, batch, lengths, losses)
        # A copy that is not a number is worse than any other.
        np.copyto(self._losses, np.inf, where=np.isnan(self._losses))
        self._search.look(self._trials, self._state, self._values, out)

    @property
    def sigma(self) -> float:
        """Return sigma of the first run's next copies."""
        self._measure_sigma()
        return float(self._sigma[0])

    def _measure_sigma(self) -> None:
        if len(self._state):
            np.exp(self._state[0, :, 0], out=self._sigma)
            np.multiply(self._sigma, self._values[0], out=self._sigma)
        else:
            self._sigma.fill(self._values[0])

    def _draw(self, step: int) -> None:
        uniform = self._search.uniform(self._values)
        for run, generator in enumerate(self._generators):
            # A counter says where a stream is: its low words run on, the third is the number of the update.
            state = self._states[run]
            state["state"]["counter"][:] = (0, 0, step, 0)
            self._streams[run].state = state
            if uniform:
                generator.random(dtype=self._drawn.dtype, out=self._drawn)
                np.multiply(self._drawn, 2.0, out=self._drawn)
                np.subtract(self._drawn, 1.0, out=self._drawn)
            else:
                generator.standard_normal(dtype=self._drawn.dtype, out=self._drawn)
            np.copyto(self._changes[run, 1:], self._drawn, casting="same_kind")

    def _copies(self, examples: int) -> _Copies:
        found = self._passes.get(examples)
        if found is None:
            runs, copies, size = self._changes.shape
            widths = sum(shape.outputs + 1 for shape in self._setup.network.layout.layers)
            count = min(copies, max(1, _LARGEST_PASS // (runs * max(examples * widths, size))))
            rows = np.empty((runs, count, size), dtype=self._theta.dtype)
            flat = rows.reshape(runs * count, size)
            network = self._setup.network
            # The same units are left out of all copies of a run: they differ in their parameters alone.
            seeds = [seed for seed in self._seeds for _ in range(count)]
            dropout = Dropout(network, seeds, examples, flat.dtype) if drops(network) else None
            found = _Copies(
                rows,
                Pass(network, flat, examples, dropout=dropout),
                np.empty(runs * count, dtype=self._losses.dtype),
                np.empty_like(flat) if self._penalties else None,
            )
            self._passes[examples] = found
        return found

    def _try(self, copies: _Copies, batch: Examples, lengths: Array, losses: Array) -> None:
        """Write the losses (R, 1 + draws) of theta + lengths * changes."""
        runs, count, size = copies.rows.shape
        total = self._changes.shape[1]
        for start in range(0, total, count):
            # The last part begins earlier instead of being shorter: every copy sees the same arithmetic.
            part = slice(min(start, total - count), min(start, total - count) + count)
            np.multiply(self._changes[:, part], lengths, out=copies.rows)
            np.add(copies.rows, self._theta[:, None, :], out=copies.rows)
            copies.evaluation.forward(batch.inputs)
            copies.evaluation.losses(batch.targets, copies.losses)
            for penalty in self._penalties:
                assert copies.scratch is not None
                penalty.add_to_losses(copies.rows.reshape(runs * count, size), copies.losses, copies.scratch)
            losses[:, part] = copies.losses.reshape(runs, count)


@dataclass(frozen=True, slots=True)
class _Copies:
    """Buffers for some of the copies of all runs: ``rows`` (R, count, parameters), ``losses`` (R * count,)."""

    rows: Array
    evaluation: Pass
    losses: Array
    scratch: Array | None


def check_trials(setup: BoundExperiment, runs: int = 1) -> None:
    """Raise InputError where the copies that a search tries at once would not fit into memory."""
    optimizer, values = setup.optimizer, setup.optimizer_values
    if optimizer.search is None:
        return
    draws = optimizer.search.draws(values)
    numbers = runs * draws * setup.network.layout.size
    if numbers > LARGEST_TRIALS:
        field = f"optimizer.parameters.{optimizer.parameters[1].name}"
        raise InputError(field, f"copies of {numbers:,} numbers", f"at most {LARGEST_TRIALS:,}: fewer copies or runs")
