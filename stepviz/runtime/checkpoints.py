"""Moments of a run to go back to, spread evenly over it, in bounded memory."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from stepviz.engine.training.snapshot import TrainerState

MOST = 2000
LARGEST_BYTES = 128 * 2**20


@dataclass(frozen=True, slots=True)
class Held:
    """What a ring holds: so many moments, their bytes, and the least number of steps between two."""

    moments: int
    nbytes: int
    interval: int


class Checkpoints:
    """Moments by rising step: at most 2000, and at most 128 MiB of them and of the data that they were trained on.

    When there is no room, every second one is dropped (never the first), and from then on they are kept half as often:
    ``interval`` is how many steps there are between two, at least.
    """

    def __init__(self) -> None:
        self._moments: list[TrainerState] = []
        self._steps: list[int] = []
        self._bytes = 0
        self.interval = 1

    def __len__(self) -> int:
        return len(self._moments)

    @property
    def nbytes(self) -> int:
        """Return the bytes that the moments keep."""
        return self._bytes

    @property
    def held(self) -> Held:
        """Return what it holds."""
        return Held(len(self._moments), self._bytes, self.interval)

    @property
    def moments(self) -> tuple[TrainerState, ...]:
        """Return the moments, by rising step."""
        return tuple(self._moments)

    @property
    def first(self) -> int | None:
        """Return the step of the earliest moment, None where there is none."""
        return self._steps[0] if self._steps else None

    def copy(self) -> Checkpoints:
        """Return another one that holds the same moments."""
        copied = Checkpoints()
        copied._moments, copied._steps = list(self._moments), list(self._steps)
        copied._bytes, copied.interval = self._bytes, self.interval
        return copied

    def due(self, step: int) -> bool:
        """Return whether a moment at ``step`` would be kept."""
        return not self._steps or step >= self._steps[-1] + self.interval

    def keep(self, moment: TrainerState) -> None:
        """Keep a moment later than all before it."""
        self._moments.append(moment)
        self._steps.append(moment.step)
        self._bytes += _cost(moment, self._moments[-2] if len(self._moments) > 1 else moment)
        while len(self._moments) > 2 and (len(self._moments) > MOST or self._bytes > LARGEST_BYTES):
            self._moments = self._moments[::2]
            self._steps = self._steps[::2]
            self._bytes = _cost_of_all(self._moments)
            self.interval *= 2

    def at(self, step: int) -> TrainerState | None:
        """Return the last moment not after ``step``, the first one where all are after it."""
        if not self._moments:
            return None
        return self._moments[max(0, bisect_right(self._steps, step) - 1)]

    def cut(self, step: int) -> None:
        """Forget the moments from ``step`` on: the run takes another way."""
        kept = bisect_right(self._steps, step - 1)
        del self._moments[kept:], self._steps[kept:]
        self._bytes = _cost_of_all(self._moments)


def _cost_of_all(moments: Sequence[TrainerState]) -> int:
    return sum(_cost(moment, before) for before, moment in pairwise([*moments[:1], *moments]))


def _cost(moment: TrainerState, before: TrainerState) -> int:
    """Return the bytes of a moment, with those of its data where they are others than those of the moment before."""
    if moment.setup.dataset is before.setup.dataset:
        return moment.nbytes
    return moment.nbytes + moment.setup.data_bytes
