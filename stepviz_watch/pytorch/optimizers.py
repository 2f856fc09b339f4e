"""The person's optimizers: found inside of what other libraries wrap around them, in the order in which they step."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from typing import Any

import torch


def own_optimizers(given: Any) -> list[torch.optim.Optimizer]:
    """Return the optimizers themselves. Raises TypeError for what is none."""
    several = list(given) if isinstance(given, (list, tuple)) else [given]
    if not several:
        raise TypeError("expected an optimizer, found an empty list")
    return [_inside(optimizer) for optimizer in several]


def _inside(optimizer: Any) -> torch.optim.Optimizer:
    found = optimizer
    for _ in range(5):
        if hasattr(found, "_optimizer_step_pre_hooks") and hasattr(found, "param_groups"):
            inside: torch.optim.Optimizer = found
            return inside
        found = getattr(found, "optimizer", None) or getattr(found, "_optimizer", None)
    raise TypeError(f"expected a torch.optim optimizer, or a list of such, found {type(optimizer).__name__}")


class Order:
    """Learns in which order several optimizers step: the last of a round ends the update."""

    def __init__(self, count: int) -> None:
        self._round: list[int] = []
        self._last: int | None = 0 if count == 1 else None

    @property
    def known(self) -> bool:
        """Whether a whole round was seen."""
        return self._last is not None

    def ends_update(self, number: int) -> bool:
        """Whether the update ends with the step that this optimizer has just done."""
        if self._last is None:
            if number in self._round:
                self._last = self._round[-1]
            else:
                self._round.append(number)
                return False
        return number == self._last


def learning_rates(optimizers: Sequence[torch.optim.Optimizer]) -> list[float]:
    """Return the learning rate of each parameter group; NaN for one that lies on a device."""
    rates = [group.get("lr") for optimizer in optimizers for group in optimizer.param_groups]
    return [float(rate) if isinstance(rate, (int, float)) else float("nan") for rate in rates]


def scaler_in_charge() -> Any:
    """Return the GradScaler that has called the optimizer's step just now, or None.

    It is the person's own and nobody tells of it, but it stands in the stack a few calls up.
    """
    frame = sys._getframe(1)
    for _ in range(14):
        if frame is None:
            return None
        code = frame.f_code
        if code.co_filename.replace("\\", "/").endswith("amp/grad_scaler.py") and "self" in code.co_varnames:
            return frame.f_locals.get("self")
        frame = frame.f_back  # type: ignore[assignment]  # checked at the top
    return None
