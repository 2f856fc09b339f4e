"""The state of every unit of a recorded training, by a rule that never calls a living unit dead.

Dead is a unit that was silent for at least 100 updates that were looked at, with no example that had a gradient at
a watched update of that time. Sums of gradients can cancel, so that a silent sum proves nothing by itself. Where f' is
known, a dead unit is flat (f' is 0 for every example) or starved (it is not); where not, there is «no signal».
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import Bools, Ints, freeze
from stepviz.probes.stuck_units import ACTIVE, FLAT, NO_SIGNAL, NOT_SEEN, ROUNDED_AWAY, STARVED
from stepviz.runtime.unit_ledger import LedgerView, is_stuck

SILENT_UPDATES, SILENT_WATCHED = 100, 10
NOT_LOOKED_AT = -2

UnitRow = np.ndarray[Any, np.dtype[np.void]]


class UnitStates:
    """Takes the rows of the table ``units`` in the order of the run."""

    def __init__(self, widths: tuple[int, ...]) -> None:
        units = sum(widths)
        self.widths = widths
        self.step = -1
        self.looks = self.examples = self.watched = 0
        self.states: NDArray[np.uint8] = np.full(units, NOT_SEEN, np.uint8)
        self.signal: Ints = np.full(units, -1, np.int64)
        self.passing: Ints = np.full(units, -1, np.int64)
        # The most examples with f' not 0 at a watched update of the present silence, -1: not known.
        self._passed: Ints = np.full(units, -1, np.int64)
        # The newest sign of life, -1: none yet.
        self.newest: Ints = np.full(units, -1, np.int64)
        self._silence_watched: Ints = np.zeros(units, np.int64)
        self._silent_from: Ints = np.full(units, -1, np.int64)
        self._since: Ints = np.tile(np.array([-1, 0], np.int64), (units, 1))
        self._died: Ints = np.full((units, 2), -1, np.int64)
        self._revival: Ints = np.full((units, 2), -1, np.int64)
        self._revived: Ints = np.zeros(units, np.int64)
        # Sums that stayed 0 where no example could be seen: they prove nothing.
        self.silent_sums: Bools = np.zeros(units, np.bool_)

    @property
    def dead(self) -> Bools:
        """Return which units (units,) are dead by the rule: flat, starved, or without a signal."""
        return is_stuck(self.states)

    def take(self, row: UnitRow) -> None:
        """Take one row; one of an earlier step than the last is passed over."""
        step = int(row["step"])
        if step <= self.step:
            return
        signal, passing, last, seen = (row[name].astype(np.int64) for name in ("signal", "passing", "last", "seen"))
        summed = last > NOT_LOOKED_AT
        if (signal > 0).all() and not (row["update"] == 2).any():
            self._all_alive(row, step, signal, passing, np.maximum(last, seen), summed)
            return
        known, new_watched = signal >= 0, max(1, int(row["watched"]) - self.watched)
        alive_now = (signal > 0) | (seen > self.step)
        self._silence_watched = np.where(signal > 0, 0, np.where(alive_now, 1, self._silence_watched + new_watched))
        newest = np.maximum(np.where(summed, last, -1), seen)
        looked = np.where(last >= seen, row["silent"], (step - newest) * (int(row["looks"]) / max(1, step + 1)))
        looked = np.where(summed, looked, step - newest)
        silent = (looked >= SILENT_UPDATES) & (signal <= 0)
        # Of a batch f' may be 0 that is not 0 of the next one: all watched updates of the silence count.
        most = np.maximum(passing, np.where(alive_now, -1, self._passed))
        self.passing, self._passed = passing, np.where(signal > 0, -1, most)
        passing = self._passed
        dead = silent & known & (summed | (self._silence_watched >= SILENT_WATCHED))
        self.silent_sums = silent & ~known & summed
        states = np.where(dead, np.where(passing == 0, FLAT, np.where(passing > 0, STARVED, NO_SIGNAL)), ACTIVE)
        states = np.where(~dead & (row["update"] == 2), ROUNDED_AWAY, states)
        states = np.where(~known, np.where(summed & ~silent, ACTIVE, NOT_SEEN), states).astype(np.uint8)
        self._silent_from = np.where(
            signal == 0, np.where(alive_now | (self._silent_from < 0), step, self._silent_from), -1
        )
        self._enter(step, states, newest, summed)
        self._note(row, step, signal, newest)

    def _all_alive(
        self, row: UnitRow, step: int, signal: Ints, passing: Ints, newest: Ints, summed: Bools
    ) -> None:  # fmt: skip
        """Take a row in which every unit had a signal: most are like this, and quickly done."""
        for values, empty in ((self._silence_watched, 0), (self._silent_from, -1), (self._passed, -1)):
            values.fill(empty)
        self.silent_sums = np.zeros(len(signal), np.bool_)
        self.passing = passing
        self._enter(step, np.full(len(signal), ACTIVE, np.uint8), newest, summed)
        self._note(row, step, signal, newest)

    def _note(self, row: UnitRow, step: int, signal: Ints, newest: Ints) -> None:
        self.step, self.signal, self.newest = step, signal, newest
        self.looks, self.watched, self.examples = int(row["looks"]), int(row["watched"]), int(row["examples"])

    def _enter(self, step: int, states: NDArray[np.uint8], newest: Ints, summed: Bools) -> None:
        if self.step >= 0 and np.array_equal(states, self.states):
            return
        was, now = self.dead, is_stuck(states)
        # With a sum at every update the moment is known exactly: the one after the newest sign of life.
        by = np.where(summed, newest + 1, np.maximum(self._silent_from, newest + 1))
        moment = np.stack([newest, by], axis=1)
        plain = np.tile(np.array([self.step, step], np.int64), (len(states), 1))
        changed = states != self.states
        self._since = np.where(changed[:, None], np.where(now[:, None], moment, plain), self._since)
        self._died = np.where((now & ~was)[:, None], moment, self._died)
        revived = was & ~now & (states != NOT_SEEN)
        self._revived = self._revived + revived
        self._revival = np.where(revived[:, None], plain, self._revival)
        self.states = states

    def ledger(self) -> LedgerView:
        """Return what became of each unit."""
        born = self.dead & (self.newest < 0)
        died = np.where(born[:, None], -1, self._died)
        return LedgerView(
            step=self.step, widths=self.widths, states=freeze(self.states.copy()), since=freeze(self._since.copy()),
            born_dead=freeze(born), died=freeze(died), revived=freeze(self._revived.copy()),
            revival=freeze(self._revival.copy()),
        )  # fmt: skip
