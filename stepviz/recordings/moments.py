"""What was known of the units at moments spread over a recording: for the slider, in bounded memory."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import Array, freeze
from stepviz.probes.stuck_units import ALL_STATES, StuckUnits
from stepviz.recordings.unit_states import UnitStates
from stepviz.runtime.unit_ledger import LedgerView, is_stuck

MOST = 400
LARGEST_BYTES = 64 * 2**20
# A share in a byte; the last code says that it is not known.
FULL, UNKNOWN = 254, 255
MOST_COUNTS = 4096


@dataclass(frozen=True, slots=True)
class UnitMoment:
    """The states of all units at a step, and in how many of the examples f' and the signal were not 0.

    With ``examples`` these are counts, without (0) shares in a byte.
    """

    step: int
    states: NDArray[np.uint8]
    passing: NDArray[Any]
    signal: NDArray[Any]
    examples: int = 0


class UnitMoments:
    """Moments by rising step; when there is no room every second one is dropped. ``counts`` of all states stay."""

    def __init__(self) -> None:
        self._moments: list[UnitMoment] = []
        self._newest: UnitMoment | None = None
        self._offered, self._stride = 0, 1
        self.count_steps: list[int] = []
        self.counts: list[Array] = []

    def add(self, units: UnitStates) -> None:
        """Keep how the units are now."""
        self._newest = UnitMoment(units.step, units.states, units.passing, units.signal, units.examples)
        if self._offered % self._stride == 0:
            self._moments.append(_small(self._newest))
            if len(self._moments) > max(8, min(MOST, LARGEST_BYTES // (3 * max(1, len(units.states))))):
                self._moments = self._moments[::2]
                self._stride *= 2
        self._offered += 1
        self.count_steps.append(units.step)
        self.counts.append(np.bincount(units.states, minlength=len(ALL_STATES)).astype(np.float64))
        if len(self.counts) > MOST_COUNTS:
            self.count_steps, self.counts = self.count_steps[1::2], self.counts[1::2]

    def at(self, step: int) -> UnitMoment | None:
        """Return the newest moment not after a step; None where there is none."""
        if self._newest is not None and self._newest.step <= step:
            return _small(self._newest)
        before = [moment for moment in self._moments if moment.step <= step]
        return before[-1] if before else None


def reading_of(moment: UnitMoment, widths: tuple[int, ...]) -> StuckUnits:
    """Return what the panel of stuck units shows; a share that is not known is -1."""
    bounds = np.cumsum(widths)[:-1]
    states = tuple(freeze(part.copy()) for part in np.split(moment.states, bounds))
    passing, signal = (tuple(map(_shares, np.split(part, bounds))) for part in (moment.passing, moment.signal))
    return StuckUnits(states, passing, signal)


def ledger_at(ledger: LedgerView, moment: UnitMoment) -> LedgerView:
    """Return a ledger as it was at an earlier moment, as far as the present one tells."""
    if moment.step >= ledger.step:
        return ledger
    # A death is known a hundred updates after it.
    came_back = (ledger.revival[:, 1] >= 0) & (ledger.revival[:, 1] <= moment.step)
    known = (ledger.died[:, 1] <= moment.step) & (is_stuck(moment.states) | came_back)
    return replace(
        ledger, step=moment.step, states=freeze(moment.states.copy()),
        since=freeze(np.minimum(ledger.since, moment.step)), died=freeze(np.where(known[:, None], ledger.died, -1)),
    )  # fmt: skip


def _small(moment: UnitMoment) -> UnitMoment:
    passing, signal = (_bytes(values, moment.examples) for values in (moment.passing, moment.signal))
    return UnitMoment(moment.step, moment.states, passing, signal)


def _bytes(values: NDArray[np.int64], examples: int) -> NDArray[np.uint8]:
    shares = np.clip(np.ceil(values * (FULL / max(1, examples))), 0, FULL)
    return np.where(values < 0, UNKNOWN, shares).astype(np.uint8)


def _shares(codes: NDArray[np.uint8]) -> Array:
    return freeze(np.where(codes == UNKNOWN, -1.0, codes / FULL))
