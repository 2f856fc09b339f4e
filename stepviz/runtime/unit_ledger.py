"""The ledger of hidden units: what became of each since the start of the run."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from stepviz.engine.common.arrays import Bools, Ints, freeze
from stepviz.probes.stuck_units import STATES, STUCK, StuckUnits

# A step back undoes at most 16 updates: of that many readings, and a few more, the ledger can go back to.
REMEMBERED = 32
NEVER = (-1, -1)
BEFORE_THE_RUN = (-1, 0)


@dataclass(frozen=True, slots=True, eq=False)
class LedgerView:
    """One entry per hidden unit, layer after layer; nothing in it is ever written again.

    A unit is looked at when a frame is made and whenever somebody changes the run, not at every update. So a moment
    is a pair ``(after, by)``: it happened after the one step and by the other. The two are one step apart, or the
    same step where a person changed the run, where it is known exactly; ``after`` is -1 at the first look.

    ``step`` of the newest look (-1: none yet), ``widths`` of the hidden layers; per unit (units,): ``states`` as coded
    in ``probes.stuck_units``, ``since`` (units, 2) the moment from which the state holds, ``born_dead`` whether it was
    stuck at step 0 with weights drawn for this run, ``died`` (units, 2) the newest moment at which it became stuck
    (NEVER if none was seen; BEFORE_THE_RUN where the run began with such weights),
    ``revived`` how often it was stuck and then no longer, ``revival`` (units, 2) the newest moment of that.
    """

    step: int
    widths: tuple[int, ...]
    states: NDArray[np.uint8]
    since: Ints
    born_dead: Bools
    died: Ints
    revived: Ints
    revival: Ints

    @property
    def stuck(self) -> Bools:
        """Return which units are stuck (units,): flat or starved."""
        return is_stuck(self.states)

    def index(self, layer: int, unit: int) -> int | None:
        """Return a unit's place in the arrays (layer and unit from 0); None where there is no such unit."""
        if not (0 <= layer < len(self.widths) and 0 <= unit < self.widths[layer]):
            return None
        return sum(self.widths[:layer]) + unit

    def place(self, index: int) -> tuple[int, int]:
        """Return the layer and the unit (from 0) of an entry."""
        for layer, width in enumerate(self.widths):
            if index < width:
                return layer, index
            index -= width
        raise IndexError(index)

    def fate(self, index: int) -> str:
        """Return in words how a unit became stuck: «born dead», «died between step 120 and 180», or nothing."""
        if tuple(self.died[index].tolist()) == BEFORE_THE_RUN:
            return "died before step 0"
        if self.died[index, 1] >= 0:
            return f"died {moment_text(*self.died[index].tolist())}"
        return "born dead" if self.born_dead[index] else ""


def moment_text(after: int, by: int) -> str:
    """Return a moment in words that claim no more than was seen."""
    if by - after <= 1:
        return f"at step {by:,}"
    return f"by step {by:,}" if after < 0 else f"between step {after:,} and {by:,}"


def is_stuck(states: NDArray[np.uint8]) -> Bools:
    """Return which of ``states`` are those of a stuck unit."""
    return np.isin(states, STUCK)


class UnitLedger:
    """Keeps the ledger of one run: its readings come in the order of the run.

    ``given``: the run begins with weights that another one ended with. What is stuck at step 0 was not born so then.
    """

    def __init__(self, views: Iterable[LedgerView] = (), *, given: bool = False) -> None:
        """Go on from ``views``, the newest last."""
        self._given = given
        self._views: deque[LedgerView] = deque(views, maxlen=REMEMBERED)

    @property
    def views(self) -> tuple[LedgerView, ...]:
        """Return the ledger as it stood, by rising step."""
        return tuple(self._views)

    @property
    def view(self) -> LedgerView:
        """Return the ledger as it stands."""
        return self._views[-1] if self._views else EMPTY

    def observe(self, step: int, units: StuckUnits) -> None:
        """Enter a reading of ``step``; several of one step are the work of a person."""
        widths = tuple(map(len, units.states))
        states = np.concatenate(units.states) if widths else EMPTY.states
        before = self.view
        if before.step < 0 or before.widths != widths:
            self._views.clear()
            self._views.append(_first(step, widths, states, given=self._given))
        elif np.array_equal(before.states, states):
            after = replace(before, step=step)
            if before.step == step:
                self._views[-1] = after
            else:
                self._views.append(after)
        else:
            self._views.append(_next(before, step, states))

    def cut(self, step: int) -> None:
        """Forget what came after ``step``: the run went back."""
        while self._views and self._views[-1].step > step:
            self._views.pop()


def all_in_state(step: int, widths: Sequence[int], state: int) -> LedgerView:
    """Return the ledger of units that were first looked at at a step, when all were in one state."""
    return _first(step, tuple(widths), np.full(sum(widths), state, dtype=np.uint8))


def to_table(view: LedgerView) -> Ints:
    """Return the arrays of a ledger side by side (units, 9): state, since, born dead, died, revived, revival."""
    single = (view.states[:, None], view.since, view.born_dead[:, None], view.died, view.revived[:, None], view.revival)
    return np.concatenate([part.astype(np.int64) for part in single], axis=1)


def from_table(step: int, widths: tuple[int, ...], table: Ints) -> LedgerView | None:
    """Return the ledger that ``to_table`` was given; None for numbers that no ledger has."""
    states, born_dead, revived = table[:, 0], table[:, 3], table[:, 6]
    moments = [table[:, 1:3], table[:, 4:6], table[:, 7:9]]
    possible = (states >= 0).all() and (states < len(STATES)).all() and np.isin(born_dead, (0, 1)).all()
    ordered = all((part[:, 0] <= part[:, 1]).all() and (part >= -1).all() and (part <= step).all() for part in moments)
    if not (possible and ordered and (revived >= 0).all()):
        return None
    since, died, revival = (freeze(part.copy()) for part in moments)
    return LedgerView(
        step, widths, freeze(states.astype(np.uint8)), since, freeze(born_dead.astype(np.bool_)), died,
        freeze(revived.copy()), revival,
    )  # fmt: skip


def _first(step: int, widths: tuple[int, ...], states: NDArray[np.uint8], *, given: bool = False) -> LedgerView:
    never: Ints = np.full((len(states), 2), NEVER, dtype=np.int64)
    seen = np.tile(np.array([[-1, step]], dtype=np.int64), (len(states), 1))
    stuck = is_stuck(states)
    return LedgerView(
        step=step,
        widths=widths,
        states=freeze(states),
        since=freeze(seen),
        born_dead=freeze(stuck & (step == 0 and not given)),
        died=freeze(np.where((stuck & (step > 0 or given))[:, None], seen, never)),
        revived=freeze(np.zeros(len(states), dtype=np.int64)),
        revival=freeze(never),
    )


def _next(before: LedgerView, step: int, states: NDArray[np.uint8]) -> LedgerView:
    moment = np.array([before.step, step], dtype=np.int64)
    was, now = before.stuck, is_stuck(states)
    revived = was & ~now
    return replace(
        before,
        step=step,
        states=freeze(states),
        since=freeze(np.where((states != before.states)[:, None], moment, before.since)),
        died=freeze(np.where((now & ~was)[:, None], moment, before.died)),
        revived=freeze(before.revived + revived),
        revival=freeze(np.where(revived[:, None], moment, before.revival)),
    )


EMPTY = LedgerView(
    step=-1,
    widths=(),
    states=freeze(np.empty(0, dtype=np.uint8)),
    since=freeze(np.empty((0, 2), dtype=np.int64)),
    born_dead=freeze(np.empty(0, dtype=np.bool_)),
    died=freeze(np.empty((0, 2), dtype=np.int64)),
    revived=freeze(np.empty(0, dtype=np.int64)),
    revival=freeze(np.empty((0, 2), dtype=np.int64)),
)
