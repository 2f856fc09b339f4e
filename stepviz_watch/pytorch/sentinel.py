"""At every update: which units had a bias gradient that was not exactly 0. One device operation."""

from __future__ import annotations

from collections.abc import Sequence

import torch

from stepviz_watch.tables import NEVER

RING = 64


class Sentinel:
    """Keeps per unit the last update with a bias gradient that was not 0, and how many looks have passed since.

    ``biases`` are the parameters of all the units that it can see, one after another. A bias gradient is the sum of
    the unit's error signals: where it is not 0 the unit lives, and where it is 0 they may have cancelled. So this
    proves life, never death. The gradients are copied into rows that are there already: to keep the tensors themselves
    looked free but made the allocator give memory back and take it again at each update.
    """

    def __init__(self, biases: Sequence[torch.nn.Parameter]) -> None:
        self.biases = list(biases)
        sizes = [bias.numel() for bias in self.biases]
        self.units = sum(sizes)
        self._places = [slice(sum(sizes[:number]), sum(sizes[: number + 1])) for number in range(len(sizes))]
        device = self.biases[0].device if self.biases else torch.device("cpu")
        wide = any(bias.dtype == torch.float64 for bias in self.biases)
        self._ring = torch.zeros(RING, self.units, dtype=torch.float64 if wide else torch.float32, device=device)
        self._rows = list(self._ring)
        self._steps: list[int] = []
        self._order = torch.arange(RING, device=device)
        self._last = torch.full((self.units,), NEVER, dtype=torch.int64, device=device)
        self._silent = torch.zeros(self.units, dtype=torch.int64, device=device)
        self.looks = 0
        self._trained: list[torch.nn.Parameter] = []
        self._all_in_one = False
        self.refresh()

    def refresh(self) -> None:
        """See anew which biases are trained: a person may freeze and unfreeze them."""
        self._trained = [bias for bias in self.biases if bias.requires_grad]
        same_type = len({bias.dtype for bias in self._trained}) == 1 and all(not b.is_complex() for b in self._trained)
        self._all_in_one = same_type and len(self._trained) == len(self.biases)

    def look(self, step: int) -> None:
        """Look at the gradients as they are now, before the optimizer uses them."""
        row = self._rows[len(self._steps)]
        try:
            if not self._all_in_one:
                raise TypeError
            torch.cat([bias.grad for bias in self.biases], out=row)
        except (TypeError, RuntimeError):
            self._one_by_one(row)
        self._steps.append(step)
        self.looks += 1
        if len(self._steps) == RING:
            self.work_off()

    @torch.no_grad()
    def _one_by_one(self, row: torch.Tensor) -> None:
        for bias, place in zip(self.biases, self._places):
            gradient = bias.grad
            if gradient is None:
                row[place].zero_()
            elif gradient.is_complex():
                row[place].copy_(gradient.abs().reshape(-1))
            else:
                row[place].copy_(gradient.reshape(-1))

    @torch.no_grad()
    def work_off(self) -> None:
        """Turn the rows into the two figures per unit."""
        count = len(self._steps)
        if not count or not self.units:
            self._steps.clear()
            return
        alive = self._ring[:count] != 0
        steps = torch.tensor(self._steps, device=self._ring.device)
        newest = torch.where(alive, self._order[:count, None], -1).amax(0)
        lived = newest >= 0
        self._last = torch.where(lived, steps[newest.clamp(min=0)], self._last)
        self._silent = torch.where(lived, count - 1 - newest, self._silent + count)
        self._steps.clear()

    def figures(self) -> tuple[torch.Tensor, torch.Tensor]:
        """Return per unit the last update with a gradient (-1: none), and the looks since then; both int64 (units,)."""
        self.work_off()
        return self._last, self._silent
